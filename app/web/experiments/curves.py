"""A run's curves of metrics, and the points that the script asks for to draw them finer."""

from typing import NamedTuple

import orjson
from flask import Blueprint, Response, request
from werkzeug.datastructures import MultiDict

from app.authz.permissions import Permission
from app.core.mlflow_tags import is_system_metric
from app.core.numbers import is_finite
from app.http.application import needs
from app.tracking.metrics import curves
from app.tracking.metrics.curves import Curve
from app.tracking.metrics.series import LAST_STEP
from app.tracking.runs import RunRow
from app.web.charts.metric_curves import AXES, POINTS_DRAWN, SMOOTHINGS, CurveChart, CurveStyle, curve_chart
from app.web.errors import InvalidStep

blueprint = Blueprint("curves", __name__)

A_PAGE = 12  # curves
MAX_POINTS = 2_000  # that a script gets of one curve, and of several together
MAX_POINTS_IN_ALL = 20_000
MAX_RUNS = 100


def style_of(args: "MultiDict[str, str]") -> CurveStyle:
    """Returns the style that an address asks for; an unusable value counts as not given."""
    return CurveStyle(
        smooth=args.get("smooth", "0") if args.get("smooth") in SMOOTHINGS else "0",
        is_log=args.get("log") == "1",
        axis=args.get("axis", "step") if args.get("axis") in AXES else "step",
    )


class CurvePage(NamedTuple):
    """Some of a run's curves, how many it has in all, and where the next page begins (0: nowhere)."""

    charts: list[CurveChart]
    total: int
    following: int


def of_run(run: RunRow, style: CurveStyle, begin: int) -> CurvePage:
    """Returns a run's curves from the index `begin` on, by name, those of the machine last."""
    keys = sorted(curves.keys_of(run.id), key=lambda key: (is_system_metric(key), key))
    shown = curves.of_run(run.id, keys[begin : begin + A_PAGE], most=POINTS_DRAWN)
    charts = [curve_chart(curve.key, {run.uuid: (run.name, curve.points)}, style) for curve in shown]
    following = begin + A_PAGE if len(keys) > begin + A_PAGE else 0
    return CurvePage([chart for chart in charts if chart], len(keys), following)


@blueprint.get("/curves.json")
@needs(Permission.EXPERIMENTS_READ)
def points() -> Response:
    """Answers with points of a metric of some runs, between two steps if given: `runs`, `metric`, `low`, `high`.

    Runs that do not exist, or that the viewer may not read, have none.
    """
    uuids = list(dict.fromkeys(request.args.getlist("runs")))[:MAX_RUNS]
    steps = (_step("low", -LAST_STEP), _step("high", LAST_STEP))
    most = min(MAX_POINTS, MAX_POINTS_IN_ALL // max(1, len(uuids)))
    by_run = {
        curve.run_uuid: curve
        for curve in curves.of_runs(uuids, request.args.get("metric", ""), most=most, steps=steps)
    }
    series = [_series(by_run.get(uuid) or Curve(uuid, "", [], 0)) for uuid in uuids]
    return Response(orjson.dumps({"series": series}), content_type="application/json")


def _series(curve: Curve) -> dict[str, object]:
    return {
        "run": curve.run_uuid,
        "steps": [point.step for point in curve.points],
        "times": [point.timestamp for point in curve.points],
        # What is no finite number is null, which the script draws as a gap.
        "values": [point.value if is_finite(point.value) else None for point in curve.points],
        "whole": len(curve.points) == curve.total,
    }


def _step(name: str, otherwise: int) -> int:
    text = request.args.get(name, "")
    if not text:
        return otherwise
    try:
        return max(-LAST_STEP, min(int(text[:30]), LAST_STEP))
    except ValueError as error:
        raise InvalidStep(text[:30], name) from error
