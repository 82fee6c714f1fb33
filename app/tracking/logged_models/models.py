"""Logged models: a model as a training program made it, before and beside any registration.

Their tags, parameters and metrics are read and written in `children` and `metrics` beside this module; `search`
says how they are searched.
"""

import json
import uuid
from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple

import orjson
from sqlalchemy import bindparam, exists, func, insert, literal_column, select, update

from app.authz.actors import Actor
from app.authz.permissions import Permission
from app.core import clock
from app.core.errors import PermissionDenied
from app.core.ids import LoggedModelId
from app.core.mlflow_tags import MODEL_VERSIONS
from app.db.json_aggregates import read_object
from app.db.statements import Statement, each_of, narrow
from app.tracking import access, artifact_locations, experiments, names, run_names
from app.tracking.access import ActorLookup
from app.tracking.errors import (
    InvalidLoggedModelName,
    LoggedModelNotFound,
    LoggedModelParamChanged,
    LoggedModelTagNotFound,
    UnknownLoggedModelStatus,
)
from app.tracking.logged_models import children
from app.tracking.logged_models.children import PARAMS, TAGS
from app.tracking.logged_models.metrics import (
    LoggedMetric,
    ModelMetricRow,
    log_metrics,
    metrics_of,
)
from app.tracking.logged_models.registered_versions import noted, shown_tags
from app.tracking.tables import MODEL_STATUSES, LoggedModel, LoggedModelMetric

__all__ = ["LoggedMetric", "LoggedModelDetails", "LoggedModelRow", "ModelMetricRow", "log_metrics"]

MAX_NAME_LENGTH = 500
MAX_KEY_LENGTH = 255
MAX_RUN_ID_LENGTH = 64

# Characters that mean something in the addresses of models (`mlflow.utils.validation`).
_FORBIDDEN_CHARACTERS = ("/", ":", ".", "%", '"', "'")

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
    # Empty where there is none, because filters want it so (see `LoggedModel`).
    func.nullif(MODEL.model_type, literal_column("''")).label("model_type"),
    func.nullif(MODEL.source_run_uuid, literal_column("''")).label("source_run_uuid"),
    MODEL.created_at,
    MODEL.updated_at,
    MODEL.created_by,
    MODEL.deleted_at,
)
LISTED = (
    *COLUMNS,
    TAGS,
    PARAMS,
    exists().where(LoggedModelMetric.__table__.c.logged_model_id == MODEL.id).label("has_metrics"),
)


class LoggedModelRow(NamedTuple):
    """A logged model as it is shown; times in milliseconds, `status` one of `MODEL_STATUSES`."""

    id: int
    model_id: LoggedModelId
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


class ListedLoggedModel(NamedTuple):
    """A row of `LISTED`: a logged model with its tags and parameters as JSON, and whether it has metrics."""

    id: int
    model_id: LoggedModelId
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
    tags_json: str | None
    params_json: str | None
    has_metrics: bool


_THIS = MODEL.model_id == bindparam("model_id")
_FIND = Statement(
    select(*COLUMNS).where(_THIS), LoggedModelRow, visible_to=access.readers_of(MODEL.experiment_id)
)
_TO_CHANGE = ActorLookup(select(*COLUMNS).where(_THIS), MODEL.experiment_id, LoggedModelRow)
_DETAILS = Statement(
    select(*LISTED).where(_THIS), ListedLoggedModel, visible_to=access.readers_of(MODEL.experiment_id)
)
_LIVING_OF_RUNS = select(*COLUMNS).where(MODEL.deleted_at.is_(None))
_NEWEST_OF_RUN = Statement(
    _LIVING_OF_RUNS.where(
        MODEL.source_run_uuid == bindparam("run_uuid"),
        MODEL.name == bindparam("name"),
        MODEL.status == "READY",
    )
    .order_by(MODEL.id.desc())
    .limit(literal_column("1")),
    LoggedModelRow,
    visible_to=access.list_readers_of(MODEL.experiment_id),
)
_OF_RUNS = Statement(
    lambda: _LIVING_OF_RUNS.where(MODEL.source_run_uuid.in_(each_of("run_uuids", str))).order_by(MODEL.id),
    LoggedModelRow,
    visible_to=access.list_readers_of(MODEL.experiment_id),
)
_INSERT = Statement(
    insert(LoggedModel.__table__).returning(MODEL.id),
    columns=tuple(column.name for column in MODEL if column.name != "id"),
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


class LoggedModelDetails(NamedTuple):
    """A logged model with its tags, its parameters and every point of its metrics."""

    model: LoggedModelRow
    tags: dict[str, str]
    params: dict[str, str]
    metrics: list[ModelMetricRow]


def find_or_none(model_id: LoggedModelId) -> LoggedModelRow | None:
    """Returns the living logged model of that id, or None."""
    model = _FIND.first(model_id=model_id)
    return model if model and model.deleted_at is None else None


def find(model_id: LoggedModelId, *, deleted: bool = False) -> LoggedModelRow:
    """Returns the logged model of that id, a deleted one only if asked for. Raises `LoggedModelNotFound`."""
    model = _FIND.first(model_id=model_id)
    if model is None or (model.deleted_at is not None and not deleted):
        raise LoggedModelNotFound(model_id)
    return model


def _to_change(
    model_id: LoggedModelId, actor: Actor, permission: Permission = Permission.EXPERIMENTS_EDIT
) -> LoggedModelRow:
    """Returns the model that is about to be changed, even a deleted one.

    Raises `LoggedModelNotFound`, `PermissionDenied`.
    """
    model = _TO_CHANGE.first(permission, actor, f"logged model {model_id}", model_id=model_id)
    if model is None:
        raise LoggedModelNotFound(model_id)
    return model


def details(model_id: LoggedModelId, *, deleted: bool = False) -> LoggedModelDetails:
    """Returns what `find` does, with the model's tags, parameters and metrics."""
    listed = _DETAILS.first(model_id=model_id)
    if listed is None or (listed.deleted_at is not None and not deleted):
        raise LoggedModelNotFound(model_id)
    return details_of([listed])[0]


def details_of(models: Sequence[ListedLoggedModel]) -> list[LoggedModelDetails]:
    """Returns listed models with all that belongs to them, in one statement more at most.

    And one more for the tags where some registered models are hidden from the viewer.
    """
    metrics = metrics_of([model.id for model in models if model.has_metrics])
    all_tags = shown_tags([read_object(model.tags_json) for model in models])
    return [
        LoggedModelDetails(
            narrow(model, LoggedModelRow), tags, read_object(model.params_json), metrics.get(model.id, [])
        )
        for model, tags in zip(models, all_tags, strict=True)
    ]


def of_run(run_uuid: str, name: str) -> LoggedModelRow | None:
    """Returns the newest finished and living model of that name which the run made, or None."""
    return _NEWEST_OF_RUN.first(run_uuid=run_uuid, name=name)


def of_runs(run_uuids: Collection[str]) -> dict[str, list[LoggedModelRow]]:
    """Returns the living models that each of these runs made, oldest first, in one statement."""
    models: dict[str, list[LoggedModelRow]] = {run_uuid: [] for run_uuid in run_uuids}
    if models:
        for model in _OF_RUNS.rows(run_uuids=orjson.dumps(list(models)).decode()):
            models[model.source_run_uuid or ""].append(model)
    return models


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
    """Begins a logged model, whose files are still to come. One without a name gets one.

    Raises `ExperimentNotFound`, `ExperimentIsDeleted`, `PermissionDenied` (`ModelsOfRunDenied` for a run that
    the actor may not write to), or `InvalidParameter` for a name, a run's id or a key that cannot be used.
    """
    _check_name(name)
    names.check_length("model_type", MAX_NAME_LENGTH, model_type)
    names.check_length("source_run_id", MAX_RUN_ID_LENGTH, source_run_uuid)
    params, tags = _checked(params or {}), _checked(tags or {})
    location = experiments.location_for_writing(experiment_id, actor=actor)
    if source_run_uuid:
        access.check_may_log_models_of(source_run_uuid, actor)
    model_id, now = LoggedModelId(f"m-{uuid.uuid4().hex}"), clock.now_ms()
    model = LoggedModelRow(
        id=0,  # the database gives it
        model_id=model_id,
        experiment_id=experiment_id,
        name=name or run_names.invent(),
        artifact_uri=artifact_locations.below(location, "models", model_id, "artifacts"),
        status="PENDING",
        status_message=None,
        model_type=model_type or None,
        source_run_uuid=source_run_uuid or None,
        created_at=now,
        updated_at=now,
        created_by=actor.name,
        deleted_at=None,
    )
    values = model._asdict() | {"model_type": model_type, "source_run_uuid": source_run_uuid}
    del values["id"]
    model = model._replace(id=_INSERT.scalar(**values))
    children.write_params(model.id, params)
    children.write_tags(model.id, tags)
    return LoggedModelDetails(model, tags, params, [])


def finalize(model_id: LoggedModelId, status: str, *, actor: Actor) -> LoggedModelDetails:
    """Says how making the model ended; harmless to repeat.

    Raises `LoggedModelNotFound`, `PermissionDenied`, `UnknownLoggedModelStatus`.
    """
    if status not in MODEL_STATUSES:
        raise UnknownLoggedModelStatus(status)
    access.check_logged_model(model_id, Permission.EXPERIMENTS_EDIT, actor)
    _FINALIZE.run(model_id_is=model_id, new_status=status, now=clock.now_ms())
    return details(model_id, deleted=True)


def delete(model_id: LoggedModelId, *, actor: Actor) -> None:
    """Hides the model and keeps its files; doing it twice does no harm.

    Raises `LoggedModelNotFound`, `PermissionDenied`.
    """
    row = _to_change(model_id, actor, Permission.EXPERIMENTS_MANAGE)
    if row.deleted_at is None:
        _DELETE.run(id_is=row.id, now=clock.now_ms())


def set_tags(model_id: LoggedModelId, tags: Mapping[str, str], *, actor: Actor) -> None:
    """Sets these tags, replacing older values of their keys.

    Whoever registered somebody else's model has no right to change it, but MLflow's client repeats to it what
    `note_version` has noted: that is fine, and changes nothing. Raises `LoggedModelNotFound`, `PermissionDenied`,
    `InvalidParameter`.
    """
    tags = _checked(tags)
    try:
        row = _to_change(model_id, actor)
    except PermissionDenied:
        if _repeats_note(model_id, tags):
            return
        raise
    children.write_tags(row.id, tags)


def remove_tag(model_id: LoggedModelId, key: str, *, actor: Actor) -> None:
    """Removes a tag. Raises `LoggedModelNotFound`, `LoggedModelTagNotFound`, `PermissionDenied`."""
    row = _to_change(model_id, actor)
    if not children.remove_tag(row.id, key):
        raise LoggedModelTagNotFound(key, model_id)


def log_params(model_id: LoggedModelId, params: Mapping[str, str], *, actor: Actor) -> None:
    """Adds parameters, each written once; the same value again does no harm.

    Raises `LoggedModelNotFound`, `PermissionDenied`, `LoggedModelParamChanged`, or `InvalidParameter` for a
    key that cannot be used.
    """
    params = _checked(params)
    row = _to_change(model_id, actor)
    children.write_params(row.id, params)
    stored = children.params_of_one(row.id)
    for key, value in params.items():
        if stored[key] != value:
            raise LoggedModelParamChanged(key, stored[key], value, model_id)


def note_version(model_id: LoggedModelId, name: str, number: int, *, actor: Actor) -> None:
    """Writes into the model's tags, where MLflow's clients look, that this version was made of it.

    It is the server's own note, so the actor needs no more than to read the model. Does nothing for a model
    that is not known here, since versions may name models of another server.
    """
    row = find_or_none(model_id)
    if row is None:
        return
    made = noted(children.tag_to_change(row.id, MODEL_VERSIONS))
    version = {"name": name, "version": number}
    if version not in made:
        children.write_tags(row.id, {MODEL_VERSIONS: json.dumps([*made, version])})


def _repeats_note(model_id: LoggedModelId, tags: Mapping[str, str]) -> bool:
    """Returns whether the tags name nothing but versions that are noted in the model's tags."""
    if set(tags) != {MODEL_VERSIONS}:
        return False
    stored = children.tag_to_change(find(model_id).id, MODEL_VERSIONS)
    # MLflow's client writes the number of a version as a text in some releases.
    named, there = (
        {
            (str(version.get("name")), str(version.get("version")))
            for version in noted(tag)
            if isinstance(version, dict)
        }
        for tag in (tags[MODEL_VERSIONS], stored)
    )
    return bool(named) and named <= there


def _checked(pairs: Mapping[str, str]) -> dict[str, str]:
    for key in pairs:
        names.check_length("key", MAX_KEY_LENGTH, key)
    return dict(pairs)


def _check_name(name: str) -> None:
    if any(char in name for char in _FORBIDDEN_CHARACTERS):
        raise InvalidLoggedModelName(name, _FORBIDDEN_CHARACTERS)
    names.check_length("name", MAX_NAME_LENGTH, name)
