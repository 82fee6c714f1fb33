"""What hangs on runs, read for many runs in one statement a kind."""

from collections.abc import Collection
from typing import NamedTuple

from sqlalchemy import bindparam, select

from app.database import db, in_parts
from app.prepared import Prepared
from app.tracking.models import Metric, Param, RunTag

METRIC = Metric.__table__.c


class MetricRow(NamedTuple):
    """One point of a metric; `value` may be NaN, `timestamp` is in milliseconds."""

    key: str
    value: float
    timestamp: int
    step: int


_METRICS = select(
    METRIC.run_id, METRIC.key, METRIC.value, METRIC.timestamp, METRIC.step, METRIC.is_nan
).order_by(METRIC.run_id, METRIC.key)
_METRICS_OF_ONE = Prepared(_METRICS.where(METRIC.run_id == bindparam("run_id")))


def metrics_of_one(run_id: int) -> list[MetricRow]:
    """The newest point of every metric of this run, by key."""
    return [_metric(*row) for _run_id, *row in _METRICS_OF_ONE.rows(run_id=run_id)]


def metrics_of(run_ids: Collection[int]) -> dict[int, list[MetricRow]]:
    """The newest point of every metric of these runs, by key."""
    found: dict[int, list[MetricRow]] = {run_id: [] for run_id in run_ids}
    for some in in_parts(found):
        for run_id, *row in db.session.execute(_METRICS.where(METRIC.run_id.in_(some))):
            found[run_id].append(_metric(*row))
    return found


def _metric(key: str, value: float, timestamp: int, step: int, is_nan: bool) -> MetricRow:
    return MetricRow(key, float("nan") if is_nan else value, timestamp, step)


def params_of(run_ids: Collection[int]) -> dict[int, dict[str, str]]:
    """The parameters of these runs, by key."""
    return _texts_of(Param, run_ids)


def tags_of(run_ids: Collection[int]) -> dict[int, dict[str, str]]:
    """The tags of these runs, by key."""
    return _texts_of(RunTag, run_ids)


def _texts_of(table: type[Param] | type[RunTag], run_ids: Collection[int]) -> dict[int, dict[str, str]]:
    found: dict[int, dict[str, str]] = {run_id: {} for run_id in run_ids}
    columns = table.__table__.c
    query = select(columns.run_id, columns.key, columns.value).order_by(columns.run_id, columns.key)
    for some in in_parts(found):
        for run_id, key, value in db.session.execute(query.where(columns.run_id.in_(some))):
            found[run_id][key] = value
    return found
