"""Points of metrics in a request. A batch has a thousand, so that the common form is read column by column."""

from operator import itemgetter
from typing import Any

from app.api.fields import Item, Number, Text, Whole, all_have
from app.tracking.metrics.write import Point, Points

_COMMON = itemgetter("key", "value", "timestamp", "step")
_TYPES = [{str}, {float}, {int}, {int}]
_PLAIN = frozenset({"key", "value", "timestamp", "step", "run_id"})
_MAX_INT64 = 2**63 - 1


class PointList(Item):
    """A list of points, read as `app.tracking.metrics.write.Points`; each must have key, value and timestamp.

    What one leaves out is None, its step 0.
    """

    def __init__(self, name: str):
        super().__init__(
            Text(name="key"),
            Number(name="value"),
            Whole(name="timestamp"),
            Whole(name="step", default=0),
            Text(name="model_id"),
            Text(name="dataset_name"),
            Text(name="dataset_digest"),
            name=name,
            many=True,
            default=(),
            check=_check_whole,
        )

    def read(self, value: Any) -> Any:
        """Returns the points as they are read one by one, at a quarter of the cost where all have the common form."""
        common = _read_common(value) if isinstance(value, list) else None
        return Points.of(super().read(value)) if common is None else common

    def read_one(self, value: Any) -> Any:
        """Returns the point as it is read field by field, sooner where each field has its usual type."""
        if isinstance(value, dict) and value.keys() <= _PLAIN:
            get = value.get
            key, number, timestamp, step = get("key"), get("value"), get("timestamp"), get("step", 0)
            if (
                type(key) is str
                and type(number) is float
                and type(timestamp) is int
                and type(step) is int
                and -_MAX_INT64 <= timestamp <= _MAX_INT64
                and -_MAX_INT64 <= step <= _MAX_INT64
                and "\x00" not in key
            ):
                return Point(key, number, timestamp, step)
        read = super().read_one(value)
        return Point(
            read.key,
            read.value,
            read.timestamp,
            read.step,
            model_id=read.model_id or None,
            dataset_name=read.dataset_name or None,
            dataset_digest=read.dataset_digest or None,
        )


def _read_common(items: list[Any]) -> Points | None:
    """Returns the points, or None where one of them has other fields, or values of other types or beyond bounds."""
    try:
        columns = list(zip(*map(_COMMON, items), strict=True))
    except (KeyError, TypeError):
        return None
    if [set(map(type, column)) for column in columns] != _TYPES or set(map(len, items)) != {len(_TYPES)}:
        return None
    keys, values, timestamps, steps = columns
    if any(max(column) > _MAX_INT64 or min(column) < -_MAX_INT64 for column in (timestamps, steps)):
        return None
    if any("\x00" in key for key in set(keys)):
        return None
    nothing = (None,) * len(items)
    return Points(keys, values, timestamps, steps, nothing, nothing, nothing)


_check_each = all_have("metrics", "key", "value", "timestamp")


def _check_whole(points: Points) -> None:
    if not all(set(points.keys)) or None in points.values or None in points.timestamps:
        _check_each([points[index] for index in range(len(points))])
