"""Points of metrics in a request. A batch has a thousand, so the common form of one is read in one step."""

from typing import Any

from app.api.fields import Item, Number, Text, Whole
from app.tracking.metrics import Point

_PLAIN = frozenset({"key", "value", "timestamp", "step", "run_id"})
_LAST_INT64 = 2**63 - 1


class Points(Item):
    """A list of points, read as `app.tracking.metrics.Point`; what one leaves out is None, its step 0."""

    def __init__(self, name: str, **rest: Any):
        super().__init__(
            Text(name="key"), Number(name="value"), Whole(name="timestamp"), Whole(name="step", default=0),
            Text(name="model_id"), Text(name="dataset_name"), Text(name="dataset_digest"),
            name=name, many=True, default=(), **rest,
        )  # fmt: skip

    def read_one(self, value: Any) -> Any:
        """The point as it is read field by field, sooner where each field has its usual type."""
        if isinstance(value, dict) and value.keys() <= _PLAIN:
            get = value.get
            key, number, timestamp, step = get("key"), get("value"), get("timestamp"), get("step", 0)
            if (
                type(key) is str and type(number) is float and type(timestamp) is int and type(step) is int
                and -_LAST_INT64 <= timestamp <= _LAST_INT64 and -_LAST_INT64 <= step <= _LAST_INT64
                and "\x00" not in key
            ):  # fmt: skip
                return Point(key, number, timestamp, step)
        read = vars(super().read_one(value))
        return Point(**{name: read[name] or None for name in ("model_id", "dataset_name", "dataset_digest")},
                     **{name: read[name] for name in ("key", "value", "timestamp", "step")})  # fmt: skip
