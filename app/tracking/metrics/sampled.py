"""The curves of a run: those of its metrics that were logged more than once, thinned out for a picture."""

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import bindparam, func, or_, select

from app.db.statements import Statement
from app.db.transactions import db
from app.tracking.run_children import MetricRow
from app.tracking.tables import Metric, MetricPoint

METRIC = Metric.__table__.c
POINT = MetricPoint.__table__.c

# The second point of a metric, looked for in the index: a history of a million points costs no more than two.
_SECOND = (
    select(POINT.step).where(POINT.metric_id == METRIC.id).limit(1).offset(1).correlate(Metric.__table__)
)
_KEYS = Statement(
    select(METRIC.key)
    .where(METRIC.run_id == bindparam("run_id"), _SECOND.scalar_subquery().is_not(None))
    .order_by(METRIC.key)
)


class Curve(NamedTuple):
    """Points of a metric by step, the first and the last among them, and how many it has in all."""

    key: str
    points: list[MetricRow]
    total: int


def keys_of(run_id: int) -> list[str]:
    """The metrics of this run that have more than one point."""
    return [key for (key,) in _KEYS.rows(run_id=run_id)]


def of_run(run_id: int, keys: Sequence[str], *, most: int) -> list[Curve]:
    """The curves of these metrics of the run, in their order, in one statement; each of about `most` points."""
    if not keys:
        return []
    by_step = (POINT.step, POINT.timestamp, POINT.value)
    every = (
        select(
            METRIC.key,
            POINT.value,
            POINT.timestamp,
            POINT.step,
            POINT.is_nan,
            func.row_number().over(partition_by=POINT.metric_id, order_by=by_step).label("place"),
            func.count().over(partition_by=POINT.metric_id).label("total"),
        )
        .join(MetricPoint.__table__, POINT.metric_id == METRIC.id)
        .where(METRIC.run_id == run_id, METRIC.key.in_(keys))
        .subquery()
        .c
    )
    stride = (every.total + (most - 1)) // most
    thinned = select(every.key, every.value, every.timestamp, every.step, every.is_nan, every.total).where(
        or_((every.place - 1) % stride == 0, every.place == every.total)
    )
    found: dict[str, Curve] = {key: Curve(key, [], 0) for key in keys}
    for key, value, timestamp, step, is_nan, total in db.session.execute(thinned.order_by(every.place)):
        number = float("nan") if is_nan else value
        found[key].points.append(MetricRow(key, number, timestamp, step))
        found[key] = found[key]._replace(total=total)
    return [curve for curve in found.values() if curve.points]
