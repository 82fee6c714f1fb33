"""Metrics that runs measured of logged models: writing points, and reading those of many models at once."""

import functools
import math
import sys
from collections.abc import Collection, Sequence
from typing import Any, NamedTuple

from sqlalchemy import bindparam, select

from app.authz.actors import Actor
from app.authz.permissions import Permission
from app.core.errors import InvalidParameter
from app.db.statements import Statement
from app.db.transactions import db, in_parts, upsert
from app.tracking import names
from app.tracking.access import Asked
from app.tracking.tables import LoggedModel, LoggedModelMetric, Run

LONGEST_DATASET_NAME = 500
LONGEST_DATASET_DIGEST = 36

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

    model_id: str
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
        RUN.uuid,
        METRIC.dataset_name,
        METRIC.dataset_digest,
    )
    .join(Run.__table__, RUN.id == METRIC.run_id)
    .order_by(METRIC.id)
)
_POINTS_OF_ONE = Statement(_POINTS.where(METRIC.logged_model_id == bindparam("logged_model_id")))
_KEY = Asked(select(MODEL.id).where(MODEL.model_id == bindparam("model_id")), MODEL.experiment_id)


def metrics_of_one(key: int) -> list[ModelMetricRow]:
    """Every point of the metrics of the model with this surrogate key, as they came."""
    return [_shown(*row) for _key, *row in _POINTS_OF_ONE.rows(logged_model_id=key)]


def metrics_of(keys: Collection[int]) -> dict[int, list[ModelMetricRow]]:
    """The same for many models, in one statement."""
    found: dict[int, list[ModelMetricRow]] = {key: [] for key in keys}
    for some in in_parts(found):
        for key, *row in db.session.execute(_POINTS.where(METRIC.logged_model_id.in_(some))):
            found[key].append(_shown(*row))
    return found


def _shown(is_nan: bool, value: float, key: str, *rest: Any) -> ModelMetricRow:
    return ModelMetricRow(key, float("nan") if is_nan else value, *rest)


def log_metrics(rows: Sequence[LoggedMetric], *, actor: Actor) -> None:
    """Write checked points of logged models, in two statements however many if they are of one model.

    A point with the model, key, time, step and run of an older one takes its place. Raises
    `PermissionDenied` for a model that the actor may read and not write to, and `InvalidParameter` for
    one that there is not and for a data set's name that is too long.
    """
    for row in rows:
        names.check_length("dataset_name", LONGEST_DATASET_NAME, row.dataset_name or "")
        names.check_length("dataset_digest", LONGEST_DATASET_DIGEST, row.dataset_digest or "")
    keys = {model_id: _key(model_id, actor) for model_id in dict.fromkeys(row.model_id for row in rows)}
    # Of points that are equal but for their value the last stands for them.
    points = {(keys[row.model_id], row.key, row.timestamp, row.step, row.run_id): row for row in rows}
    if points:
        stored = [_stored(keys[row.model_id], row) for row in points.values()]
        _write(db.engine.dialect.name).run_many(stored)


def _key(model_id: str, actor: Actor) -> int:
    found = _KEY.first(Permission.EXPERIMENTS_EDIT, actor, f"logged model {model_id}", model_id=model_id)
    if found is None:
        raise InvalidParameter(f"Logged model with ID '{model_id}' not found.", field="model_id")
    return found[0]


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


@functools.cache
def _write(_dialect: str) -> Statement:
    statement = upsert(LoggedModelMetric.__table__)
    changed = {
        name: statement.excluded[name] for name in ("value", "is_nan", "dataset_name", "dataset_digest")
    }
    statement = statement.on_conflict_do_update(
        index_elements=["logged_model_id", "key", "timestamp", "step", "run_id"], set_=changed
    )
    return Statement(statement, columns=tuple(column.name for column in METRIC if column.name != "id"))
