"""Reads chosen runs, experiments and logged models at once, whatever experiments they belong to.

What does not exist, or what the viewer may not read, is left out without a word.
"""

from collections.abc import Collection, Iterable, Mapping
from typing import NamedTuple

import orjson
from sqlalchemy import select

from app.core.ids import LoggedModelId
from app.db.json_aggregates import read_object
from app.db.statements import Statement, each_of
from app.tracking import access, experiments, runs
from app.tracking.experiments import ExperimentRow
from app.tracking.logged_models import children, models
from app.tracking.logged_models.metrics import ModelMetricRow, metrics_of
from app.tracking.runs import RunDetails, RunRow
from app.tracking.search_fields import View

RUN = runs.RUN
MODEL = models.MODEL


class LoggedFigures(NamedTuple):
    """The newest point of each metric of a logged model, and its parameters."""

    metrics: dict[str, ModelMetricRow]
    params: dict[str, str]


_RUNS = Statement(
    lambda: select(*runs.COLUMNS).where(RUN.uuid.in_(each_of("uuids", str))),
    RunRow,
    visible_to=access.list_readers_of(RUN.experiment_id),
)
_LOGGED_MODELS = Statement(
    lambda: select(MODEL.id, MODEL.model_id, children.PARAMS).where(
        MODEL.model_id.in_(each_of("model_ids", str)), MODEL.deleted_at.is_(None)
    ),
    visible_to=access.list_readers_of(MODEL.experiment_id),
)


def runs_of(uuids: Collection[str]) -> dict[str, RunDetails]:
    """Returns the runs of these ids, deleted or not, with what they logged, in three statements."""
    if not uuids:
        return {}
    found = _RUNS.rows(uuids=orjson.dumps(list(set(uuids))).decode())
    return {details.run.uuid: details for details in runs.with_details(found)}


def experiments_of(ids: Iterable[int]) -> dict[int, ExperimentRow]:
    """Returns the experiments of these ids, deleted or not, in one statement."""
    wanted = sorted(set(ids))
    if not wanted:
        return {}
    listed = ", ".join(f"'{experiment_id}'" for experiment_id in wanted)
    rows, _token = experiments.search(
        filter=f"experiment_id IN ({listed})", view=View.ALL, max_results=len(wanted)
    )
    return {row.id: row for row in rows}


def figures_of(model_ids: Collection[LoggedModelId]) -> Mapping[LoggedModelId, LoggedFigures]:
    """Returns what the living logged models of these ids measured and were made with, in two statements."""
    if not model_ids:
        return {}
    found = _LOGGED_MODELS.rows(model_ids=orjson.dumps(list(set(model_ids))).decode())
    points = metrics_of([row.id for row in found])
    return {
        row.model_id: LoggedFigures(_newest(points[row.id]), read_object(row.params_json)) for row in found
    }


def _newest(points: Iterable[ModelMetricRow]) -> dict[str, ModelMetricRow]:
    in_order = sorted(points, key=lambda point: (point.step, point.timestamp))
    return {point.key: point for point in in_order}
