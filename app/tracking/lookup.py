"""What somebody picked by hand, read at once: some runs, some logged models, wherever they lie.

What is not there, or what the viewer may not read, is left out without a word.
"""

from collections.abc import Collection, Iterable, Mapping
from typing import NamedTuple

from sqlalchemy import select

from app.authz import access_queries
from app.db.json_aggregates import read_object
from app.db.transactions import db, in_parts
from app.tracking import experiments, runs
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


def runs_of(uuids: Collection[str]) -> dict[str, RunDetails]:
    """The runs of these ids, deleted or not, with what they logged, in four statements."""
    query = select(*runs.COLUMNS).where(*access_queries.listed(access_queries.EXPERIMENTS, RUN.experiment_id))
    rows = [
        RunRow(*row)
        for some in in_parts(set(uuids))
        for row in db.session.execute(query.where(RUN.uuid.in_(some)))
    ]
    return {one.run.uuid: one for one in runs.with_details(rows)} if rows else {}


def experiments_of(ids: Iterable[int]) -> dict[int, ExperimentRow]:
    """The experiments of these ids, deleted or not, in one statement."""
    wanted = sorted(set(ids))
    if not wanted:
        return {}
    listed = ", ".join(f"'{one}'" for one in wanted)
    rows, _token = experiments.search(
        filter=f"experiment_id IN ({listed})", view=View.ALL, max_results=len(wanted)
    )
    return {row.id: row for row in rows}


def figures_of(model_ids: Collection[str]) -> Mapping[str, LoggedFigures]:
    """What the living logged models of these ids measured and were made with, in two statements."""
    query = select(MODEL.id, MODEL.model_id, children.PARAMS).where(
        MODEL.model_id.in_(set(model_ids)),
        MODEL.deleted_at.is_(None),
        *access_queries.listed(access_queries.EXPERIMENTS, MODEL.experiment_id),
    )
    rows = db.session.execute(query).all() if model_ids else []
    points = metrics_of([row[0] for row in rows]) if rows else {}
    return {
        model_id: LoggedFigures(_newest(points[key]), read_object(params)) for key, model_id, params in rows
    }


def _newest(points: Iterable[ModelMetricRow]) -> dict[str, ModelMetricRow]:
    in_order = sorted(points, key=lambda point: (point.step, point.timestamp))
    return {point.key: point for point in in_order}
