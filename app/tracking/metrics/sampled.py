"""Reads the curves of a run: its metrics that were logged more than once, thinned out for a picture."""

from collections.abc import Sequence
from typing import NamedTuple

import orjson
from sqlalchemy import BigInteger, Executable, bindparam, func, or_, select

from app.db.statements import Statement, each_of
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
    """Returns the metrics of this run that have more than one point."""
    return _KEYS.scalars(run_id=run_id)


def _thinned() -> Executable:
    by_step = (POINT.step, POINT.timestamp, POINT.value)
    every = (
        select(
            METRIC.key,
            POINT.value,
            POINT.timestamp,
            POINT.step,
            POINT.is_nan,
            func.row_number().over(partition_by=POINT.metric_id, order_by=by_step).label("number"),
            func.count().over(partition_by=POINT.metric_id).label("total"),
        )
        .join(MetricPoint.__table__, POINT.metric_id == METRIC.id)
        .where(METRIC.run_id == bindparam("run_id"), METRIC.key.in_(each_of("keys", str)))
        .subquery()
        .c
    )
    most = bindparam("most", type_=BigInteger)
    stride = (every.total + (most - 1)) // most
    return (
        select(every.key, every.value, every.timestamp, every.step, every.is_nan, every.total)
        .where(or_((every.number - 1) % stride == 0, every.number == every.total))
        .order_by(every.number)
    )


_THINNED = Statement(_thinned)


def of_run(run_id: int, keys: Sequence[str], *, most: int) -> list[Curve]:
    """Returns the curves of these metrics, in their order and in one statement; each of about `most` points."""
    if not keys:
        return []
    points: dict[str, list[MetricRow]] = {key: [] for key in keys}
    totals: dict[str, int] = {}
    for row in _THINNED.rows(run_id=run_id, keys=orjson.dumps(list(keys)).decode(), most=most):
        value = float("nan") if row.is_nan else row.value
        points[row.key].append(MetricRow(row.key, value, row.timestamp, row.step))
        totals[row.key] = row.total
    return [Curve(key, of_key, totals[key]) for key, of_key in points.items() if of_key]
