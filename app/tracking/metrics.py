"""Metrics of runs: writing points, and the newest one of each metric beside its history."""

import functools
import math
import sys
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import orjson
from sqlalchemy import bindparam, case, select, tuple_

from app.database import db, upsert
from app.errors import InvalidParameter
from app.prepared import Prepared, each_of
from app.tracking import names
from app.tracking.children import MetricRow
from app.tracking.models import Metric, MetricPoint
from app.tracking.runs import RunRow

METRIC = Metric.__table__.c
_OF_POINT = ("value", "is_nan", "timestamp", "step")
_INFINITE = (math.inf, -math.inf)
_IDS = Prepared(
    lambda: select(METRIC.key, METRIC.id).where(
        METRIC.run_id == bindparam("of_run"), METRIC.key.in_(each_of("keys", str))
    )
)

__all__ = ["MetricRow", "Point", "check", "put"]


class Point(NamedTuple):
    """A point to log; `model_id` and the data set name what else it is about, if anything."""

    key: str
    value: float
    timestamp: int
    step: int = 0
    model_id: str | None = None
    dataset_name: str | None = None
    dataset_digest: str | None = None


def check(points: Sequence[Point], path: str = "metrics") -> None:
    """Raise `InvalidParameter` for the first point that cannot be logged, saying which; an empty `path`
    means that there is but one."""
    good: set[str] = set()
    for index, point in enumerate(points):
        if (point.dataset_name is None) != (point.dataset_digest is None):
            raise InvalidParameter("Both dataset_name and dataset_digest must be provided if one is provided")
        if point.key in good and point.timestamp >= 0:
            continue
        _check_point(point, f"{path}[{index}]" if path else "")
        good.add(point.key)


def _check_point(point: Point, path: str) -> None:
    names.check_key(point.key, names.inside(path, "name"))
    if point.timestamp < 0:
        where = names.inside(path, "timestamp")
        why = f"metric '{point.key}' (value={point.value}). Timestamp must be a nonnegative long (64-bit integer) "
        raise InvalidParameter(names.invalid(where, point.timestamp, why), field=where)
    names.check_length("Metric name", names.LONGEST_KEY, point.key)


def put(run: RunRow, points: Iterable[Point]) -> None:
    """Write checked points of a run that can be logged to, in a few statements however many.

    A point that is there already stays one. The newest of a metric is the one with the greatest
    step, then timestamp, then value, whatever the order in which they arrive.
    """
    rows: list[tuple[str, dict[str, Any]]] = []
    newest: dict[str, tuple[tuple[int, int, float], dict[str, Any]]] = {}
    for key, value, timestamp, step, *_about in points:
        is_nan = value != value  # noqa: PLR0124
        if is_nan or value in _INFINITE:
            value = 0.0 if is_nan else math.copysign(sys.float_info.max, value)
        row = {"value": value, "is_nan": is_nan, "timestamp": timestamp, "step": step}
        rows.append((key, row))
        age, other = (step, timestamp, value), newest.get(key)
        if other is None or age > other[0]:
            newest[key] = age, row
    ids = _keep_newest(run.id, {key: row for key, (_age, row) in newest.items()})
    for key, row in rows:
        row["metric_id"] = ids[key]
    _keep_points(db.engine.dialect.name).run_many([row for _key, row in rows])


def _keep_newest(run_id: int, newest: dict[str, dict[str, Any]]) -> dict[str, int]:
    """Insert these metrics, or move each to its new point where that is newer; the ids by key."""
    dialect = db.engine.dialect.name
    if len(newest) == 1:
        [(key, row)] = newest.items()
        return {key: _move(dialect, returning=True).scalar(run_id=run_id, key=key, **row)}
    # In one order everywhere, so that two who log the same metrics at once wait and do not deadlock.
    _move(dialect).run_many([{"run_id": run_id, "key": key, **newest[key]} for key in sorted(newest)])
    return dict(_IDS.rows(of_run=run_id, keys=orjson.dumps(list(newest)).decode()))


@functools.cache
def _move(_dialect: str, *, returning: bool = False) -> Prepared:
    statement = upsert(Metric.__table__)
    new = statement.excluded
    is_newer = tuple_(new.step, new.timestamp, new.value) > tuple_(
        METRIC.step, METRIC.timestamp, METRIC.value
    )
    moved = {name: case((is_newer, new[name]), else_=METRIC[name]) for name in _OF_POINT}
    statement = statement.on_conflict_do_update(index_elements=["run_id", "key"], set_=moved)
    if returning:
        statement = statement.returning(METRIC.id)
    return Prepared(statement, columns=("run_id", "key", *_OF_POINT))


@functools.cache
def _keep_points(_dialect: str) -> Prepared:
    statement = upsert(MetricPoint.__table__).on_conflict_do_nothing()
    return Prepared(statement, columns=("metric_id", *_OF_POINT))
