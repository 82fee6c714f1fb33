"""Writes and reads the metrics that runs measured of logged models."""

import math
import sys
from collections.abc import Collection, Sequence
from typing import Any, NamedTuple

import orjson
from sqlalchemy import Executable, bindparam, select

from app.authz.actors import Actor
from app.authz.permissions import Permission
from app.core.ids import LoggedModelId
from app.db.statements import Statement, each_of, narrow
from app.db.transactions import upsert
from app.tracking import names
from app.tracking.access import ActorLookup
from app.tracking.errors import UnknownLoggedModel
from app.tracking.tables import LoggedModel, LoggedModelMetric, Run

MAX_DATASET_NAME_LENGTH = 500
MAX_DATASET_DIGEST_LENGTH = 36

METRIC = LoggedModelMetric.__table__.c
MODEL = LoggedModel.__table__.c
RUN = Run.__table__.c


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

    model_id: LoggedModelId
    run_id: int
    key: str
    value: float
    timestamp: int
    step: int = 0
    dataset_name: str | None = None
    dataset_digest: str | None = None


_POINTS = (
    select(
        METRIC.logged_model_id,
        METRIC.is_nan,
        METRIC.value,
        METRIC.key,
        METRIC.timestamp,
        METRIC.step,
        RUN.uuid.label("run_uuid"),
        METRIC.dataset_name,
        METRIC.dataset_digest,
    )
    .join(Run.__table__, RUN.id == METRIC.run_id)
    .order_by(METRIC.id)
)
_POINTS_OF_ONE = Statement(_POINTS.where(METRIC.logged_model_id == bindparam("logged_model_id")))
_POINTS_OF_MANY = Statement(
    lambda: _POINTS.where(METRIC.logged_model_id.in_(each_of("logged_model_ids", int)))
)


def _upsert() -> Executable:
    """Returns an INSERT that replaces the value and the data set of a point that is there."""
    statement = upsert(LoggedModelMetric.__table__)
    changed = {
        name: statement.excluded[name] for name in ("value", "is_nan", "dataset_name", "dataset_digest")
    }
    return statement.on_conflict_do_update(
        index_elements=["logged_model_id", "key", "timestamp", "step", "run_id"], set_=changed
    )


_WRITE = Statement(_upsert, columns=tuple(column.name for column in METRIC if column.name != "id"))


class _Key(NamedTuple):
    id: int


_KEY = ActorLookup(select(MODEL.id).where(MODEL.model_id == bindparam("model_id")), MODEL.experiment_id, _Key)


def metrics_of_one(key: int) -> list[ModelMetricRow]:
    """Returns every point of the metrics of the model with this surrogate key, as they came."""
    return list(map(_shown, _POINTS_OF_ONE.rows(logged_model_id=key)))


def metrics_of(keys: Collection[int]) -> dict[int, list[ModelMetricRow]]:
    """Returns the same for many models, in one statement."""
    metrics: dict[int, list[ModelMetricRow]] = {key: [] for key in keys}
    if metrics:
        for row in _POINTS_OF_MANY.rows(logged_model_ids=orjson.dumps(list(metrics)).decode()):
            metrics[row.logged_model_id].append(_shown(row))
    return metrics


def _shown(row: Any) -> ModelMetricRow:
    point = narrow(row, ModelMetricRow)
    return point._replace(value=float("nan")) if row.is_nan else point


def log_metrics(rows: Sequence[LoggedMetric], *, actor: Actor) -> None:
    """Writes checked points of logged models, in two statements however many if they are of one model.

    A point with the model, key, time, step and run of an older one replaces it. Raises `PermissionDenied`
    for a model that the actor may read and not write to, `UnknownLoggedModel`, and `InvalidParameter` for a
    data set's name that is too long.
    """
    for row in rows:
        names.check_length("dataset_name", MAX_DATASET_NAME_LENGTH, row.dataset_name or "")
        names.check_length("dataset_digest", MAX_DATASET_DIGEST_LENGTH, row.dataset_digest or "")
    keys = {model_id: _key(model_id, actor) for model_id in dict.fromkeys(row.model_id for row in rows)}
    # Of points that are equal but for their value the last stands for them.
    points = {(keys[row.model_id], row.key, row.timestamp, row.step, row.run_id): row for row in rows}
    if points:
        _WRITE.run_many([_stored(keys[row.model_id], row) for row in points.values()])


def _key(model_id: LoggedModelId, actor: Actor) -> int:
    model = _KEY.first(Permission.EXPERIMENTS_EDIT, actor, f"logged model {model_id}", model_id=model_id)
    if model is None:
        raise UnknownLoggedModel(model_id)
    return model.id


def _stored(key: int, row: LoggedMetric) -> dict[str, Any]:
    value, is_nan = row.value, math.isnan(row.value)
    if is_nan:
        value = 0.0
    elif math.isinf(value):
        value = math.copysign(sys.float_info.max, value)
    return {
        "logged_model_id": key,
        "key": row.key,
        "value": value,
        "is_nan": is_nan,
        "timestamp": row.timestamp,
        "step": row.step,
        "run_id": row.run_id,
        "dataset_name": row.dataset_name,
        "dataset_digest": row.dataset_digest,
    }
