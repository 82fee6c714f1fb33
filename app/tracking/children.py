"""What hangs on runs, read for many runs in one statement a kind."""

from collections.abc import Collection, Iterator
from itertools import islice
from typing import NamedTuple

from sqlalchemy import select

from app.database import db
from app.tracking.models import Metric, Param, RunTag

# SQLite takes 32,766 values in a statement, and a page may have 50,000 rows.
PART = 10_000


class MetricRow(NamedTuple):
    """One point of a metric; `value` may be NaN, `timestamp` is in milliseconds."""

    key: str
    value: float
    timestamp: int
    step: int


def in_parts(ids: Collection[int]) -> Iterator[list[int]]:
    """The ids in parts that fit into one statement each; nothing for none."""
    rest = iter(ids)
    while part := list(islice(rest, PART)):
        yield part


def metrics_of(run_ids: Collection[int]) -> dict[int, list[MetricRow]]:
    """The newest point of every metric of these runs, by key."""
    found: dict[int, list[MetricRow]] = {run_id: [] for run_id in run_ids}
    query = select(Metric.run_id, Metric.key, Metric.value, Metric.timestamp, Metric.step, Metric.is_nan)
    query = query.order_by(Metric.run_id, Metric.key)
    for some in in_parts(found):
        for run_id, key, value, timestamp, step, is_nan in db.session.execute(
            query.where(Metric.run_id.in_(some))
        ):
            found[run_id].append(MetricRow(key, float("nan") if is_nan else value, timestamp, step))
    return found


def params_of(run_ids: Collection[int]) -> dict[int, dict[str, str]]:
    """The parameters of these runs, by key."""
    return _texts_of(Param, run_ids)


def tags_of(run_ids: Collection[int]) -> dict[int, dict[str, str]]:
    """The tags of these runs, by key."""
    return _texts_of(RunTag, run_ids)


def _texts_of(table: type[Param] | type[RunTag], run_ids: Collection[int]) -> dict[int, dict[str, str]]:
    found: dict[int, dict[str, str]] = {run_id: {} for run_id in run_ids}
    query = select(table.run_id, table.key, table.value).order_by(table.run_id, table.key)
    for some in in_parts(found):
        for run_id, key, value in db.session.execute(query.where(table.run_id.in_(some))):
            found[run_id][key] = value
    return found
