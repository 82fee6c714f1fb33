"""Samples the histories of a metric in many runs evenly by step, as the charts of MLflow's own pages ask for them."""

from collections.abc import Sequence
from typing import NamedTuple

import orjson
from sqlalchemy import BigInteger, bindparam, func, select

from app.db.statements import Statement, each_of
from app.tracking.metrics import series
from app.tracking.metrics.history import RunMetricRow
from app.tracking.metrics.series import EVERY_STEP, LAST_STEP, Point, Series, Steps
from app.tracking.tables import MetricPoint

POINT = MetricPoint.__table__.c
MAX_READ_WHOLE = 20_000  # points; of what is longer the database picks the steps


class _Range(NamedTuple):
    low: int
    high: int


_OF_METRIC = (POINT.metric_id == bindparam("metric_id"), series.is_within_steps())
_RANGE = Statement(
    select(func.min(POINT.step).label("low"), func.max(POINT.step).label("high")).where(*_OF_METRIC), _Range
)
# Divided, not subtracted from: the distance of two steps may be more than the database's integers hold.
_FIRST_STEPS = Statement(
    select(func.min(POINT.step))
    .where(*_OF_METRIC)
    .group_by(POINT.step.op("/")(bindparam("width", type_=BigInteger)))
)
_AT_STEPS = Statement(
    lambda: select(POINT.timestamp, POINT.step, POINT.value, POINT.is_nan).where(
        *_OF_METRIC, POINT.step.in_(each_of("steps", int))
    ),
    Point,
)


def of_runs(
    run_uuids: Sequence[str], key: str, *, max_results: int, steps: Steps | None = None
) -> list[RunMetricRow]:
    """Returns at most `max_results` points a run, spread evenly over its history by step, with the last one.

    `steps` bounds the history, both ends included. The runs are in the order given, without those that
    do not exist or that the viewer may not read.
    """
    within = steps or EVERY_STEP
    histories = series.of_runs(run_uuids, key, within)
    samples: dict[str, list[Point]] = {}
    for history, points in series.whole((one for one in histories if one.total <= MAX_READ_WHOLE), within):
        samples[history.run_uuid] = _spread(points, max_results)
    for history in histories:
        if history.total > MAX_READ_WHOLE:
            samples[history.run_uuid] = _spread_of_long(history, within, max_results)
    return [RunMetricRow(uuid, point.of(key)) for uuid in run_uuids for point in samples.get(uuid, ())]


def _spread(points: list[Point], most: int) -> list[Point]:
    """Returns the first point of each of so many equal parts, and the last of all in place of one too many."""
    size, longer = divmod(len(points), most)
    if size == 0:
        return points
    # The first parts are longer by one point.
    firsts = [part * size + min(part, longer) for part in range(most)]
    return _with_last([points[place] for place in firsts], points[-1], most)


def _with_last(points: list[Point], last: Point, most: int) -> list[Point]:
    if points[-1] == last:
        return points
    return [*points[: most - 1], last]


def _spread_of_long(history: Series, steps: Steps, most: int) -> list[Point]:
    asked = {"metric_id": history.metric_id, "first_step": steps[0], "last_step": steps[1]}
    bounds = _RANGE.first(**asked)
    assert bounds is not None, "an aggregate has one row"
    width = min(LAST_STEP, max(1, -(-(bounds.high - bounds.low + 1) // most)))
    wanted = sorted({*_FIRST_STEPS.scalars(**asked, width=width), bounds.high})
    points = sorted(_AT_STEPS.rows(**asked, steps=orjson.dumps(wanted).decode()), key=lambda at: at.by_step)
    # One of each step, however many points it has.
    by_step = {point.step: point for point in reversed(points)}
    return _with_last([by_step[step] for step in wanted[:most]], points[-1], most)
