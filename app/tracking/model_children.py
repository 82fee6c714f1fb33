"""What hangs on logged models, read for many of them in one statement; and writing their metrics."""

import math
import sys
from collections.abc import Collection, Iterator, Sequence
from typing import Any, NamedTuple

from sqlalchemy import BigInteger, Boolean, Double, Select, String, cast, literal, null, select, union_all

from app.database import db, upsert
from app.errors import InvalidParameter
from app.tracking import names
from app.tracking.extra_models import LoggedModel, LoggedModelMetric, LoggedModelParam, LoggedModelTag
from app.tracking.models import Run

LONGEST_DATASET_NAME = 500
LONGEST_DATASET_DIGEST = 36

# SQLite takes 32,766 values in one statement, and each model is one value in each of three parts.
_MOST_AT_ONCE = 10_000

_TAG, _PARAM, _METRIC = 0, 1, 2


class ModelMetricRow(NamedTuple):
    """A point of a metric of a logged model; `value` may be NaN, `timestamp` is in milliseconds."""

    key: str
    value: float
    timestamp: int
    step: int
    run_uuid: str
    dataset_name: str | None
    dataset_digest: str | None


class LoggedMetric(NamedTuple):
    """A point to log of the model `model_id` by the run whose surrogate key is `run_id`."""

    model_id: str
    run_id: int
    key: str
    value: float
    timestamp: int
    step: int = 0
    dataset_name: str | None = None
    dataset_digest: str | None = None


class Children(NamedTuple):
    """What hangs on one logged model: tags and parameters by key, metrics as they came."""

    tags: dict[str, str]
    params: dict[str, str]
    metrics: list[ModelMetricRow]


def children_of(keys: Collection[int]) -> dict[int, Children]:
    """All that hangs on the logged models with these surrogate keys."""
    found = {key: Children({}, {}, []) for key in keys}
    for some in _slices(list(found)):
        for kind, parent, key, text, is_nan, value, *rest in db.session.execute(_everything(some)):
            children = found[parent]
            if kind == _METRIC:
                point = ModelMetricRow(key, float("nan") if is_nan else value, *rest[:-1])
                children.metrics.append(point)
            else:
                (children.tags if kind == _TAG else children.params)[key] = text
    return found


def _slices(keys: list[int]) -> Iterator[list[int]]:
    for start in range(0, len(keys), _MOST_AT_ONCE):
        yield keys[start : start + _MOST_AT_ONCE]


def _everything(keys: list[int]) -> Any:
    parts = union_all(
        _texts(_TAG, LoggedModelTag, keys), _texts(_PARAM, LoggedModelParam, keys), _points(keys)
    ).subquery()
    return select(parts).order_by(parts.c.kind, parts.c.position, parts.c.key)


def _texts(kind: int, table: type[LoggedModelTag] | type[LoggedModelParam], keys: list[int]) -> Select:
    return select(
        literal(kind).label("kind"), table.logged_model_id, table.key.label("key"), table.value.label("text"),
        cast(null(), Boolean).label("is_nan"), cast(null(), Double).label("value"),
        cast(null(), BigInteger).label("timestamp"), cast(null(), BigInteger).label("step"),
        cast(null(), String).label("run_uuid"), cast(null(), String).label("dataset_name"),
        cast(null(), String).label("dataset_digest"), cast(0, BigInteger).label("position"),
    ).where(table.logged_model_id.in_(keys))  # fmt: skip


def _points(keys: list[int]) -> Select:
    table = LoggedModelMetric
    query = select(
        literal(_METRIC), table.logged_model_id, table.key, cast(null(), String), table.is_nan, table.value,
        table.timestamp, table.step, Run.uuid, table.dataset_name, table.dataset_digest, table.id,
    )  # fmt: skip
    return query.join(Run, Run.id == table.run_id).where(table.logged_model_id.in_(keys))


def log_metrics(rows: Sequence[LoggedMetric]) -> None:
    """Write checked points of logged models, in two statements however many.

    A point with the model, key, time, step and run of an older one takes its place. Raises
    `InvalidParameter` for a model that there is not and for a data set's name that is too long.
    """
    for row in rows:
        names.check_length("dataset_name", LONGEST_DATASET_NAME, row.dataset_name or "")
        names.check_length("dataset_digest", LONGEST_DATASET_DIGEST, row.dataset_digest or "")
    keys = _keys_of({row.model_id for row in rows})
    # Of points that are equal but for their value the last stands for them.
    points = {(keys[row.model_id], row.key, row.timestamp, row.step, row.run_id): row for row in rows}
    if not points:
        return
    statement = upsert(LoggedModelMetric.__table__)
    changed = {
        name: statement.excluded[name] for name in ("value", "is_nan", "dataset_name", "dataset_digest")
    }
    statement = statement.on_conflict_do_update(
        index_elements=["logged_model_id", "key", "timestamp", "step", "run_id"], set_=changed
    )
    db.session.execute(statement, [_stored(keys[row.model_id], row) for row in points.values()])


def _keys_of(model_ids: Collection[str]) -> dict[str, int]:
    query = select(LoggedModel.model_id, LoggedModel.id).where(LoggedModel.model_id.in_(model_ids))
    keys = dict(db.session.execute(query).all()) if model_ids else {}
    for model_id in sorted(set(model_ids) - set(keys)):
        raise InvalidParameter(f"Logged model with ID '{model_id}' not found.", field="model_id")
    return keys


def _stored(key: int, row: LoggedMetric) -> dict[str, Any]:
    value, is_nan = row.value, math.isnan(row.value)
    if is_nan:
        value = 0.0
    elif math.isinf(value):
        value = math.copysign(sys.float_info.max, value)
    return {
        "logged_model_id": key, "key": row.key, "value": value, "is_nan": is_nan, "timestamp": row.timestamp,
        "step": row.step, "run_id": row.run_id, "dataset_name": row.dataset_name,
        "dataset_digest": row.dataset_digest,
    }  # fmt: skip
