"""Metrics of runs: writing points, and the newest one of each metric beside its history."""

import functools
import math
import sys
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from sqlalchemy import case, select, tuple_

from app.database import db, upsert
from app.errors import InvalidParameter
from app.prepared import Prepared
from app.tracking import names
from app.tracking.children import MetricRow
from app.tracking.models import Metric, MetricPoint
from app.tracking.runs import RunRow

METRIC = Metric.__table__.c
_OF_POINT = ("value", "is_nan", "timestamp", "step")

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
    rows = [_row(point) for point in points]
    newest: dict[str, dict[str, Any]] = {}
    for row in rows:
        other = newest.get(row["key"])
        if other is None or _age(row) > _age(other):
            newest[row["key"]] = row
    ids = _keep_newest(run.id, newest)
    for row in rows:
        row["metric_id"] = ids[row.pop("key")]
    _keep_points(db.engine.dialect.name).run_many(rows)


def _row(point: Point) -> dict[str, Any]:
    value, is_nan = point.value, math.isnan(point.value)
    if is_nan:
        value = 0.0
    elif math.isinf(value):
        value = math.copysign(sys.float_info.max, value)
    return {"key": point.key, "value": value, "is_nan": is_nan,
            "timestamp": point.timestamp, "step": point.step}  # fmt: skip


def _age(row: dict[str, Any]) -> tuple[int, int, float]:
    return row["step"], row["timestamp"], row["value"]


def _keep_newest(run_id: int, newest: dict[str, dict[str, Any]]) -> dict[str, int]:
    """Insert these metrics, or move each to its new point where that is newer; the ids by key."""
    dialect = db.engine.dialect.name
    if len(newest) == 1:
        [(key, row)] = newest.items()
        return {key: _move(dialect, returning=True).scalar(run_id=run_id, **row)}
    # In one order everywhere, so that two who log the same metrics at once wait and do not deadlock.
    _move(dialect).run_many([{"run_id": run_id, **newest[key]} for key in sorted(newest)])
    query = select(METRIC.key, METRIC.id).where(METRIC.run_id == run_id, METRIC.key.in_(newest))
    return dict(db.session.execute(query).all())  # type: ignore[arg-type]


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
