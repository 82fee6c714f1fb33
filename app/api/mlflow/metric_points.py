"""Points of metrics in a request. A batch has a thousand, so that the common form is read column by column."""

from operator import itemgetter
from typing import Any

from app.api.fields import Item, Number, Text, Whole, all_have
from app.tracking.metrics.write import Point, Points

_COMMON = itemgetter("key", "value", "timestamp", "step")
_TYPES = [{str}, {float}, {int}, {int}]
_PLAIN = frozenset({"key", "value", "timestamp", "step", "run_id"})
_LAST_INT64 = 2**63 - 1


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
        """The points as they are read one by one, at a quarter of the cost where all have the common form."""
        common = _read_common(value) if isinstance(value, list) else None
        return Points.of(super().read(value)) if common is None else common

    def read_one(self, value: Any) -> Any:
        """The point as it is read field by field, sooner where each field has its usual type."""
        if isinstance(value, dict) and value.keys() <= _PLAIN:
            get = value.get
            key, number, timestamp, step = get("key"), get("value"), get("timestamp"), get("step", 0)
            if (
                type(key) is str
                and type(number) is float
                and type(timestamp) is int
                and type(step) is int
                and -_LAST_INT64 <= timestamp <= _LAST_INT64
                and -_LAST_INT64 <= step <= _LAST_INT64
                and "\x00" not in key
            ):
                return Point(key, number, timestamp, step)
        read = vars(super().read_one(value))
        return Point(
            **{name: read[name] or None for name in ("model_id", "dataset_name", "dataset_digest")},
            **{name: read[name] for name in ("key", "value", "timestamp", "step")},
        )


def _read_common(items: list[Any]) -> Points | None:
    """The points, or None where one of them has other fields, or values of other types or beyond bounds."""
    try:
        columns = list(zip(*map(_COMMON, items), strict=True))
    except (KeyError, TypeError):
        return None
    if [set(map(type, column)) for column in columns] != _TYPES or set(map(len, items)) != {len(_TYPES)}:
        return None
    keys, _values, *whole_numbers = columns
    if any(max(column) > _LAST_INT64 or min(column) < -_LAST_INT64 for column in whole_numbers):
        return None
    if any("\x00" in key for key in set(keys)):
        return None
    nothing = (None,) * len(items)
    return Points(*columns, nothing, nothing, nothing)


_find_missing = all_have("metrics", "key", "value", "timestamp")


def _check_whole(points: Points) -> None:
    if not all(set(points.keys)) or None in points.values or None in points.timestamps:
        _find_missing(list(points))
