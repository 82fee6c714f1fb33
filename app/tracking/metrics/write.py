"""Metrics of runs: writing points, and the newest one of each metric beside its history."""

import functools
import math
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import orjson
from sqlalchemy import bindparam, case, select, tuple_

from app.core.errors import InvalidParameter
from app.db.statements import BulkInsert, Statement, each_of
from app.db.transactions import db, upsert
from app.tracking import names
from app.tracking.run_children import MetricRow
from app.tracking.runs import RunRow
from app.tracking.tables import Metric, MetricPoint

METRIC = Metric.__table__.c
_OF_POINT = ("step", "timestamp", "value", "is_nan")
_Age = tuple[int, int, float]  # step, timestamp and value, by which a point is newer than another
_POINTS = BulkInsert(MetricPoint.__table__)
_IDS = Statement(
    lambda: select(METRIC.key, METRIC.id).where(
        METRIC.run_id == bindparam("of_run"), METRIC.key.in_(each_of("keys", str))
    )
)

__all__ = ["MetricRow", "Point", "Points", "check", "put"]


class Point(NamedTuple):
    """A point to log; `model_id` and the data set name what else it is about, if anything."""

    key: str
    value: float
    timestamp: int
    step: int = 0
    model_id: str | None = None
    dataset_name: str | None = None
    dataset_digest: str | None = None


@dataclass(frozen=True, slots=True)
class Points:
    """Points to log, column by column: of the thousand in a batch, that takes a fifth of looking at each."""

    keys: Sequence[str]
    values: Sequence[float]
    timestamps: Sequence[int]
    steps: Sequence[int]
    model_ids: Sequence[str | None]
    dataset_names: Sequence[str | None]
    dataset_digests: Sequence[str | None]

    @classmethod
    def of(cls, points: "Points | Sequence[Point]") -> "Points":
        """These points as columns, if they are not yet."""
        if isinstance(points, Points):
            return points
        return cls(*zip(*points, strict=True)) if points else cls((), (), (), (), (), (), ())

    def __len__(self) -> int:
        return len(self.keys)

    def __getitem__(self, index: int) -> Point:
        return Point(
            self.keys[index],
            self.values[index],
            self.timestamps[index],
            self.steps[index],
            self.model_ids[index],
            self.dataset_names[index],
            self.dataset_digests[index],
        )


def check(points: Points | Sequence[Point], path: str = "metrics") -> None:
    """Raise `InvalidParameter` for the first point that cannot be logged, saying which; an empty `path`
    means that there is but one."""
    points = Points.of(points)
    good: set[str] = set()
    # All of possible times and about no data set: then only the keys can be wrong.
    about = {*points.dataset_names, *points.dataset_digests}
    are_alike = min(points.timestamps, default=0) >= 0 and about <= {None}
    for index, key in enumerate(points.keys):
        if not are_alike or key not in good:
            _check_point(points[index], f"{path}[{index}]" if path else "")
            good.add(key)


def _check_point(point: Point, path: str) -> None:
    if (point.dataset_name is None) != (point.dataset_digest is None):
        raise InvalidParameter("Both dataset_name and dataset_digest must be provided if one is provided")
    names.check_key(point.key, names.inside(path, "name"))
    if point.timestamp < 0:
        where = names.inside(path, "timestamp")
        why = f"metric '{point.key}' (value={point.value}). Timestamp must be a nonnegative long (64-bit integer) "
        raise InvalidParameter(names.invalid(where, point.timestamp, why), field=where)
    names.check_length("Metric name", names.LONGEST_KEY, point.key)


def put(run: RunRow, points: Points | Sequence[Point]) -> None:
    """Write checked points of a run that can be logged to, in a few statements however many.

    A point that is there already stays one. The newest of a metric is the one with the greatest
    step, then timestamp, then value, whatever the order in which they arrive.
    """
    if not points:
        return
    points = Points.of(points)
    keys, timestamps, steps = points.keys, points.timestamps, points.steps
    values: Sequence[float] = list(map(float, points.values))  # an array of PostgreSQL's is of one type
    are_nan: Sequence[bool] = [False] * len(keys)
    if not all(map(math.isfinite, values)):
        values, are_nan = zip(*map(_stored, values), strict=True)
    newest: dict[str, tuple[_Age, bool]] = {}
    ages = zip(steps, timestamps, values, strict=True)
    for key, age, is_nan in zip(keys, ages, are_nan, strict=True):
        if key not in newest or age > newest[key][0]:
            newest[key] = age, is_nan
    ids = _keep_newest(run.id, newest)
    metric_ids = [ids[key] for key in keys]
    _POINTS.insert_new(list(zip(metric_ids, timestamps, steps, values, are_nan, strict=True)))


def _stored(value: float) -> tuple[float, bool]:
    """A value as it is kept (see `app.tracking.tables.Metric`), and whether it is no number."""
    if math.isnan(value):
        return 0.0, True
    return (math.copysign(sys.float_info.max, value) if math.isinf(value) else value), False


def _keep_newest(run_id: int, newest: dict[str, tuple[_Age, bool]]) -> dict[str, int]:
    """Insert these metrics, or move each to its new point where that is newer; the ids by key."""
    dialect = db.engine.dialect.name
    # In one order everywhere, so that two who log the same metrics at once wait and do not deadlock.
    rows = [
        {"run_id": run_id, "key": key, "step": step, "timestamp": timestamp, "value": value, "is_nan": is_nan}
        for key, ((step, timestamp, value), is_nan) in sorted(newest.items())
    ]
    if len(rows) == 1:
        return {rows[0]["key"]: _move(dialect, returning=True).scalar(**rows[0])}
    _move(dialect).run_many(rows)
    return dict(_IDS.rows(of_run=run_id, keys=orjson.dumps(list(newest)).decode()))


@functools.cache
def _move(_dialect: str, *, returning: bool = False) -> Statement:
    statement = upsert(Metric.__table__)
    new = statement.excluded
    is_newer = tuple_(new.step, new.timestamp, new.value) > tuple_(
        METRIC.step, METRIC.timestamp, METRIC.value
    )
    moved = {name: case((is_newer, new[name]), else_=METRIC[name]) for name in _OF_POINT}
    statement = statement.on_conflict_do_update(index_elements=["run_id", "key"], set_=moved)
    if returning:
        statement = statement.returning(METRIC.id)
    return Statement(statement, columns=("run_id", "key", *_OF_POINT))
