"""Logged models: a model as a training program made it, before and beside any registration.

Their tags, parameters and metrics are read and written in `children` and `metrics` beside this module; `search`
says how they are searched.
"""

import json
import uuid
from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple

from sqlalchemy import bindparam, exists, insert, select, update

from app.authz import access_queries
from app.authz.actors import Actor
from app.authz.permissions import Permission
from app.core import clock
from app.core.errors import InvalidParameter, NotFound
from app.core.mlflow_tags import MODEL_VERSIONS
from app.db.json_aggregates import read_object
from app.db.statements import Statement
from app.db.transactions import db
from app.tracking import access, artifact_locations, experiments, names, run_names
from app.tracking.access import Asked
from app.tracking.logged_models import children
from app.tracking.logged_models.children import PARAMS, TAGS
from app.tracking.logged_models.metrics import (
    LoggedMetric,
    ModelMetricRow,
    log_metrics,
    metrics_of,
    metrics_of_one,
)
from app.tracking.logged_models.registered_versions import noted, shown_tags
from app.tracking.tables import MODEL_STATUSES, LoggedModel, LoggedModelMetric

__all__ = ["LoggedMetric", "LoggedModelDetails", "LoggedModelRow", "ModelMetricRow", "log_metrics"]

LONGEST_NAME = 500
LONGEST_KEY = 255
LONGEST_RUN = 64

# Characters that mean something in the addresses of models (`mlflow.utils.validation`).
_BAD_CHARACTERS = ("/", ":", ".", "%", '"', "'")

# The table, not the mapped class: rows are read as they are, without the ORM's machinery in between.
MODEL = LoggedModel.__table__.c

COLUMNS = (
    MODEL.id,
    MODEL.model_id,
    MODEL.experiment_id,
    MODEL.name,
    MODEL.artifact_uri,
    MODEL.status,
    MODEL.status_message,
    MODEL.model_type,
    MODEL.source_run_uuid,
    MODEL.created_at,
    MODEL.updated_at,
    MODEL.created_by,
    MODEL.deleted_at,
)
LISTED = (*COLUMNS, TAGS, PARAMS, exists().where(LoggedModelMetric.__table__.c.logged_model_id == MODEL.id))

_MODEL_ID = bindparam("model_id")
_BY_ID = select(*COLUMNS).where(MODEL.model_id == _MODEL_ID)
_FIND = access.viewed(_BY_ID, MODEL.experiment_id)
_TO_CHANGE = Asked(_BY_ID, MODEL.experiment_id)
_DETAILS = access.viewed(select(*LISTED).where(MODEL.model_id == _MODEL_ID), MODEL.experiment_id)
_INSERT = Statement(
    insert(LoggedModel.__table__).returning(MODEL.id), columns=tuple(column.name for column in COLUMNS[1:])
)
_FINALIZE = Statement(
    update(LoggedModel.__table__)
    .where(MODEL.model_id == bindparam("model_id_is"))
    .values(status=bindparam("new_status"), updated_at=bindparam("now"))
)
_DELETE = Statement(
    update(LoggedModel.__table__)
    .where(MODEL.id == bindparam("id_is"))
    .values(deleted_at=bindparam("now"), updated_at=bindparam("now"))
)


class LoggedModelRow(NamedTuple):
    """A logged model as it is shown; times in milliseconds, `status` one of `MODEL_STATUSES`."""

    id: int
    model_id: str
    experiment_id: int
    name: str
    artifact_uri: str
    status: str
    status_message: str | None
    model_type: str | None
    source_run_uuid: str | None
    created_at: int
    updated_at: int
    created_by: str
    deleted_at: int | None


class LoggedModelDetails(NamedTuple):
    """A logged model with its tags, its parameters and every point of its metrics."""

    model: LoggedModelRow
    tags: dict[str, str]
    params: dict[str, str]
    metrics: list[ModelMetricRow]


def row_of(columns: Collection) -> LoggedModelRow:
    """A row of `COLUMNS`; what is empty there because filters want it so is None here."""
    row = LoggedModelRow(*columns)
    if row.model_type and row.source_run_uuid:
        return row
    return row._replace(model_type=row.model_type or None, source_run_uuid=row.source_run_uuid or None)


def find_or_none(model_id: str) -> LoggedModelRow | None:
    """The living logged model of that id, or None."""
    found = _FIND.first(model_id=model_id)
    row = found and row_of(found)
    return row if row and row.deleted_at is None else None


def find(model_id: str, *, deleted: bool = False) -> LoggedModelRow:
    """The logged model of that id, a deleted one only if asked for. Raises `NotFound`."""
    found = _FIND.first(model_id=model_id)
    row = found and row_of(found)
    if row is None or (row.deleted_at is not None and not deleted):
        raise access.unknown_logged_model(model_id)
    return row


def _changed(
    model_id: str, actor: Actor, permission: Permission = Permission.EXPERIMENTS_EDIT
) -> LoggedModelRow:
    """The model that is about to be changed, a deleted one too. Raises `NotFound`, `PermissionDenied`."""
    row = _TO_CHANGE.first(permission, actor, f"logged model {model_id}", model_id=model_id)
    if row is None:
        raise access.unknown_logged_model(model_id)
    return row_of(row)


def details(model_id: str, *, deleted: bool = False) -> LoggedModelDetails:
    """`find` with all that hangs on the model."""
    found = _DETAILS.first(model_id=model_id)
    if found is None:
        raise access.unknown_logged_model(model_id)
    *columns, tags, params, has_metrics = found
    row = row_of(columns)
    if row.deleted_at is not None and not deleted:
        raise access.unknown_logged_model(model_id)
    [shown] = shown_tags([read_object(tags)])
    return LoggedModelDetails(row, shown, read_object(params), metrics_of_one(row.id) if has_metrics else [])


def details_of(rows: Collection[Sequence]) -> list[LoggedModelDetails]:
    """Rows of `LISTED` as models with all that hangs on them, in one statement more at most.

    And one for the tags where some registered models are hidden from the viewer.
    """
    metrics = metrics_of([row[0] for row in rows if row[-1]])
    all_tags = shown_tags([read_object(row[-3]) for row in rows])
    return [
        LoggedModelDetails(row_of(columns), tags, read_object(params), metrics.get(columns[0], []))
        for (*columns, _tags, params, _has_metrics), tags in zip(rows, all_tags, strict=True)
    ]


def of_run(run_uuid: str, name: str) -> LoggedModelRow | None:
    """The newest finished and living model of that name which the run made, or None."""
    query = select(*COLUMNS).where(
        MODEL.source_run_uuid == run_uuid,
        MODEL.name == name,
        MODEL.status == "READY",
        MODEL.deleted_at.is_(None),
    )
    query = query.where(*access_queries.listed(access_queries.EXPERIMENTS, MODEL.experiment_id))
    row = db.session.execute(query.order_by(MODEL.id.desc()).limit(1)).first()
    return row_of(row) if row else None


def of_runs(run_uuids: Collection[str]) -> dict[str, list[LoggedModelRow]]:
    """The living models that each of these runs made, oldest first, in one statement."""
    found: dict[str, list[LoggedModelRow]] = {run_uuid: [] for run_uuid in run_uuids}
    query = select(*COLUMNS).where(MODEL.source_run_uuid.in_(found), MODEL.deleted_at.is_(None))
    query = query.where(*access_queries.listed(access_queries.EXPERIMENTS, MODEL.experiment_id))
    for columns in db.session.execute(query.order_by(MODEL.id)) if found else ():
        row = row_of(columns)
        found[row.source_run_uuid or ""].append(row)
    return found


def create(
    experiment_id: int,
    *,
    name: str = "",
    model_type: str = "",
    source_run_uuid: str = "",
    params: Mapping[str, str] | None = None,
    tags: Mapping[str, str] | None = None,
    actor: Actor,
) -> LoggedModelDetails:
    """Begin a logged model, whose files are still to come. One without a name gets one.

    Raises `NotFound`, `PermissionDenied`, a run that is not the actor's to write to among the reasons, or
    `InvalidParameter` for a deleted experiment and for a name, a run's id or a key that cannot be used.
    """
    _check_name(name)
    names.check_length("model_type", LONGEST_NAME, model_type)
    names.check_length("source_run_id", LONGEST_RUN, source_run_uuid)
    params, tags = _checked(params or {}), _checked(tags or {})
    place = experiments.place_for_writing(experiment_id, actor=actor)
    if source_run_uuid:
        access.check_made_by(source_run_uuid, actor)
    model_id, now = f"m-{uuid.uuid4().hex}", clock.now_ms()
    values = {
        "model_id": model_id,
        "experiment_id": experiment_id,
        "name": name or run_names.invent(),
        "artifact_uri": artifact_locations.below(place, "models", model_id, "artifacts"),
        "status": "PENDING",
        "status_message": None,
        "model_type": model_type,
        "source_run_uuid": source_run_uuid,
        "created_at": now,
        "updated_at": now,
        "created_by": actor.name,
        "deleted_at": None,
    }
    key = _INSERT.scalar(**values)
    children.write_params(key, params)
    children.write_tags(key, tags)
    return LoggedModelDetails(row_of((key, *values.values())), tags, params, [])


def finalize(model_id: str, status: str, *, actor: Actor) -> LoggedModelDetails:
    """Say how making the model ended; harmless to repeat.

    Raises `NotFound`, `PermissionDenied`, `InvalidParameter`.
    """
    if status not in MODEL_STATUSES:
        raise InvalidParameter(f"Unknown model status: {status}", field="status")
    access.check_logged_model(model_id, Permission.EXPERIMENTS_EDIT, actor)
    _FINALIZE.run(model_id_is=model_id, new_status=status, now=clock.now_ms())
    return details(model_id, deleted=True)


def delete(model_id: str, *, actor: Actor) -> None:
    """Hide the model and keep its files; doing it twice does no harm.

    Raises `NotFound`, `PermissionDenied`.
    """
    row = _changed(model_id, actor, Permission.EXPERIMENTS_MANAGE)
    if row.deleted_at is None:
        _DELETE.run(id_is=row.id, now=clock.now_ms())


def set_tags(model_id: str, tags: Mapping[str, str], *, actor: Actor) -> None:
    """Set these tags, over older values of their keys.

    Raises `NotFound`, `PermissionDenied`, `InvalidParameter`.
    """
    tags = _checked(tags)
    children.write_tags(_changed(model_id, actor).id, tags)


def remove_tag(model_id: str, key: str, *, actor: Actor) -> None:
    """Remove a tag. Raises `NotFound` where there is none, `PermissionDenied`."""
    row = _changed(model_id, actor)
    if not children.remove_tag(row.id, key):
        raise NotFound(f"No tag with key {key!r} found for model with ID {model_id!r}.")


def log_params(model_id: str, params: Mapping[str, str], *, actor: Actor) -> None:
    """Add parameters, each written once; the same value again does no harm.

    Raises `NotFound`, `PermissionDenied`, or `InvalidParameter` for another value and for a key that
    cannot be used.
    """
    params = _checked(params)
    row = _changed(model_id, actor)
    children.write_params(row.id, params)
    there = children.params_of_one(row.id)
    for key, value in params.items():
        if there[key] != value:
            raise InvalidParameter(
                f"Changing param values is not allowed. Param with key='{key}' was already logged with "
                f"value='{there[key]}' for model ID='{model_id}'. Attempted logging new value '{value}'."
            )


def note_version(model_id: str, name: str, number: int, *, actor: Actor) -> None:
    """Write into the model's tags, where MLflow's clients look, that this version was made of it.

    It is the server's own note, for which reading the model is enough. Does nothing for a model that is
    not known here, since versions may name those of another server.
    """
    row = find_or_none(model_id)
    if row is None:
        return
    made = noted(children.tag_to_change(row.id, MODEL_VERSIONS))
    version = {"name": name, "version": number}
    if version not in made:
        children.write_tags(row.id, {MODEL_VERSIONS: json.dumps([*made, version])})


def _checked(pairs: Mapping[str, str]) -> dict[str, str]:
    for key in pairs:
        names.check_length("key", LONGEST_KEY, key)
    return dict(pairs)


def _check_name(name: str) -> None:
    if any(char in name for char in _BAD_CHARACTERS):
        raise InvalidParameter(
            f"Invalid model name ({name!r}) provided. Model name must be a non-empty string "
            f"and cannot contain the following characters: {_BAD_CHARACTERS}",
            field="name",
        )
    names.check_length("name", LONGEST_NAME, name)
