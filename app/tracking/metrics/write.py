"""Writes points of metrics of runs, and the newest one of each metric beside its history."""

import math
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import orjson
from sqlalchemy import Insert, bindparam, case, select, tuple_

from app.db.statements import BulkInsert, Statement, each_of
from app.db.transactions import upsert
from app.tracking import names
from app.tracking.errors import IncompleteDataset, NegativeTimestamp
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


def _upsert() -> Insert:
    """Returns an INSERT that moves a metric which is there to the new point, if that is newer."""
    statement = upsert(Metric.__table__)
    new = statement.excluded
    is_newer = tuple_(new.step, new.timestamp, new.value) > tuple_(
        METRIC.step, METRIC.timestamp, METRIC.value
    )
    moved = {name: case((is_newer, new[name]), else_=METRIC[name]) for name in _OF_POINT}
    return statement.on_conflict_do_update(index_elements=["run_id", "key"], set_=moved)


_MOVE = Statement(_upsert, columns=("run_id", "key", *_OF_POINT))
_MOVE_ONE = Statement(lambda: _upsert().returning(METRIC.id), columns=("run_id", "key", *_OF_POINT))


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
        """Returns these points as columns, if they are not yet."""
        if isinstance(points, Points):
            return points
        return cls(*zip(*points, strict=True)) if points else cls((), (), (), (), (), (), ())

    def __len__(self) -> int:
        return len(self.keys)

    def of_logged_models(self) -> list[Point]:
        """Returns the points that are about a logged model as well."""
        return [self[index] for index, model_id in enumerate(self.model_ids) if model_id]

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
    """Raises `InvalidParameter` for the first point that cannot be logged, saying which.

    An empty `path` means that there is only one.
    """
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
        raise IncompleteDataset()
    names.check_key(point.key, names.inside(path, "name"))
    if point.timestamp < 0:
        raise NegativeTimestamp(
            point.key, point.value, point.timestamp, field=names.inside(path, "timestamp")
        )
    names.check_length("Metric name", names.MAX_KEY_LENGTH, point.key)


def put(run: RunRow, points: Points | Sequence[Point]) -> None:
    """Writes checked points of a run that can be logged to, in a few statements however many.

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
    newest: dict[str, _Age] = {}
    newest_is_nan: dict[str, bool] = {}
    ages = zip(steps, timestamps, values, strict=True)
    for key, age, is_nan in zip(keys, ages, are_nan, strict=True):
        if key not in newest or age > newest[key]:
            newest[key], newest_is_nan[key] = age, is_nan
    ids = _keep_newest(run.id, newest, newest_is_nan)
    metric_ids = [ids[key] for key in keys]
    _POINTS.insert_new(list(zip(metric_ids, timestamps, steps, values, are_nan, strict=True)))


def _stored(value: float) -> tuple[float, bool]:
    """Returns a value as it is kept (see `app.tracking.tables.Metric`), and whether it is NaN."""
    if math.isnan(value):
        return 0.0, True
    return (math.copysign(sys.float_info.max, value) if math.isinf(value) else value), False


def _keep_newest(run_id: int, newest: dict[str, _Age], newest_is_nan: dict[str, bool]) -> dict[str, int]:
    """Inserts these metrics, or moves each to its new point where that is newer; returns the ids by key."""
    # In one order everywhere, so that two who log the same metrics at once wait and do not deadlock.
    rows = [
        {
            "run_id": run_id,
            "key": key,
            "step": step,
            "timestamp": timestamp,
            "value": value,
            "is_nan": newest_is_nan[key],
        }
        for key, (step, timestamp, value) in sorted(newest.items())
    ]
    if len(rows) == 1:
        return {key: _MOVE_ONE.scalar(**row) for key, row in zip(newest, rows, strict=True)}
    _MOVE.run_many(rows)
    return _IDS.mapping(of_run=run_id, keys=orjson.dumps(list(newest)).decode())
