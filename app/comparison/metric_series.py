"""Reads a metric over the versions of a model: the points of a chart."""

from typing import NamedTuple

from sqlalchemy import Select, bindparam, select

from app.authz import access_queries
from app.db.statements import Statement
from app.registry import queries
from app.registry.tables import Stage
from app.tracking.tables import Metric, Run

RUN = Run.__table__.c
METRIC = Metric.__table__.c
MAX_POINTS = 200


class Point(NamedTuple):
    """What the run behind a version measured; `value` may be NaN."""

    number: int
    stage: str
    value: float


def _select() -> Select:
    # Limited before the metric is joined, so that a metric that few versions have costs no more.
    newest = (
        select(queries.VERSION.number, queries.VERSION.stage_id, queries.VERSION.run_uuid)
        .where(queries.VERSION.model_id == bindparam("of_model"), queries.VERSION.deleted_at.is_(None))
        .order_by(queries.VERSION.number.desc())
        .limit(MAX_POINTS)
        .subquery()
    )
    return (
        select(newest.c.number, queries.STAGE.name.label("stage"), METRIC.value, METRIC.is_nan)
        .select_from(newest)
        .join(Stage.__table__, queries.STAGE.id == newest.c.stage_id)
        .join(Run.__table__, RUN.uuid == newest.c.run_uuid)
        .join(Metric.__table__, METRIC.run_id == RUN.id)
        .where(METRIC.key == bindparam("key"))
        .order_by(newest.c.number)
    )


_SERIES = Statement(_select(), visible_to=access_queries.EXPERIMENTS.readers_of(RUN.experiment_id))


def of_metric(model_id: int, key: str) -> list[Point]:
    """Returns the metric of each of the newest `MAX_POINTS` versions that has it, by number.

    The caller has made sure that the viewer may see the model. Versions whose run the viewer may not read
    are left out.
    """
    rows = _SERIES.rows(of_model=model_id, key=key)
    return [Point(row.number, row.stage, float("nan") if row.is_nan else row.value) for row in rows]
