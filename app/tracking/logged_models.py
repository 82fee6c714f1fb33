"""Logged models: a model as a training program made it, before and beside any registration.

What hangs on them is read by `app.tracking.model_children`, how they are searched is said in
`app.tracking.model_search`.
"""

import json
import uuid
from collections.abc import Collection, Mapping
from typing import NamedTuple

from sqlalchemy import delete as sql_delete
from sqlalchemy import insert, select, update
from sqlalchemy.sql.elements import ColumnElement

from app import clock
from app.accounts.actors import Actor
from app.database import db, upsert
from app.errors import InvalidParameter, NotFound
from app.tracking import experiments, locations, names, run_names
from app.tracking.extra_models import MODEL_STATUSES, LoggedModel, LoggedModelParam, LoggedModelTag
from app.tracking.model_children import LoggedMetric, ModelMetricRow, children_of, log_metrics

__all__ = ["LoggedMetric", "LoggedModelDetails", "LoggedModelRow", "ModelMetricRow", "log_metrics"]

LONGEST_NAME = 500
LONGEST_KEY = 255
LONGEST_RUN = 64

# In which MLflow's clients look for the versions that were made of a logged model.
VERSIONS_TAG = "mlflow.modelVersions"

# Characters that mean something in the addresses of models (`mlflow.utils.validation`).
_BAD_CHARACTERS = ("/", ":", ".", "%", '"', "'")

COLUMNS = (
    LoggedModel.id, LoggedModel.model_id, LoggedModel.experiment_id, LoggedModel.name,
    LoggedModel.artifact_uri, LoggedModel.status, LoggedModel.status_message, LoggedModel.model_type,
    LoggedModel.source_run_uuid, LoggedModel.created_at, LoggedModel.updated_at, LoggedModel.created_by,
    LoggedModel.deleted_at,
)  # fmt: skip


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
    return row._replace(model_type=row.model_type or None, source_run_uuid=row.source_run_uuid or None)


def find_or_none(model_id: str) -> LoggedModelRow | None:
    """The living logged model of that id, or None."""
    row = _first(LoggedModel.model_id == model_id)
    return row if row and row.deleted_at is None else None


def find(model_id: str, *, deleted: bool = False) -> LoggedModelRow:
    """The logged model of that id, a deleted one only if asked for. Raises `NotFound`."""
    row = _first(LoggedModel.model_id == model_id)
    if row is None or (row.deleted_at is not None and not deleted):
        raise _unknown(model_id)
    return row


def _first(condition: ColumnElement[bool]) -> LoggedModelRow | None:
    row = db.session.execute(select(*COLUMNS).where(condition)).first()
    return row_of(row) if row else None


def details(model_id: str, *, deleted: bool = False) -> LoggedModelDetails:
    """`find` with all that hangs on the model."""
    return with_details([find(model_id, deleted=deleted)])[0]


def with_details(rows: Collection[LoggedModelRow]) -> list[LoggedModelDetails]:
    """These models with all that hangs on them, in one statement more."""
    children = children_of([row.id for row in rows])
    return [LoggedModelDetails(row, *children[row.id]) for row in rows]


def of_run(run_uuid: str, name: str) -> LoggedModelRow | None:
    """The newest finished and living model of that name which the run made, or None."""
    query = select(*COLUMNS).where(
        LoggedModel.source_run_uuid == run_uuid,
        LoggedModel.name == name,
        LoggedModel.status == "READY",
        LoggedModel.deleted_at.is_(None),
    )
    row = db.session.execute(query.order_by(LoggedModel.id.desc()).limit(1)).first()
    return row_of(row) if row else None


def of_runs(run_uuids: Collection[str]) -> dict[str, list[LoggedModelRow]]:
    """The living models that each of these runs made, oldest first, in one statement."""
    found: dict[str, list[LoggedModelRow]] = {run_uuid: [] for run_uuid in run_uuids}
    query = select(*COLUMNS).where(LoggedModel.source_run_uuid.in_(found), LoggedModel.deleted_at.is_(None))
    for columns in db.session.execute(query.order_by(LoggedModel.id)) if found else ():
        row = row_of(columns)
        found[row.source_run_uuid or ""].append(row)
    return found


def create(
    experiment_id: int, *, name: str = "", model_type: str = "", source_run_uuid: str = "",
    params: Mapping[str, str] | None = None, tags: Mapping[str, str] | None = None, actor: Actor,
) -> LoggedModelDetails:  # fmt: skip
    """Begin a logged model, whose files are still to come. One without a name gets one.

    Raises `NotFound`, or `InvalidParameter` for a deleted experiment and for a name, a run's id or a
    key that cannot be used.
    """
    _check_name(name)
    names.check_length("model_type", LONGEST_NAME, model_type)
    names.check_length("source_run_id", LONGEST_RUN, source_run_uuid)
    params, tags = _checked(params or {}), _checked(tags or {})
    experiment = experiments.find(experiment_id)
    experiments.check_active(experiment)
    model_id, now = f"m-{uuid.uuid4().hex}", clock.now_ms()
    values = {
        "model_id": model_id, "experiment_id": experiment_id, "name": name or run_names.invent(),
        "artifact_uri": locations.below(experiment.artifact_location, "models", model_id, "artifacts"),
        "status": "PENDING", "status_message": None, "model_type": model_type,
        "source_run_uuid": source_run_uuid, "created_at": now, "updated_at": now,
        "created_by": actor.name, "deleted_at": None,
    }  # fmt: skip
    table = LoggedModel.__table__
    key = db.session.execute(insert(table).returning(table.c.id), values).scalar_one()
    for child, pairs in ((LoggedModelParam, params), (LoggedModelTag, tags)):
        if pairs:
            db.session.execute(insert(child.__table__), _rows(key, pairs))
    return LoggedModelDetails(row_of((key, *values.values())), tags, params, [])


def finalize(model_id: str, status: str, *, actor: Actor) -> LoggedModelDetails:
    """Say how making the model ended; harmless to repeat. Raises `NotFound`, `InvalidParameter`."""
    if status not in MODEL_STATUSES:
        raise InvalidParameter(f"Unknown model status: {status}", field="status")
    statement = update(LoggedModel).where(LoggedModel.model_id == model_id)
    statement = statement.values(status=status, updated_at=clock.now_ms()).returning(*COLUMNS)
    row = db.session.execute(statement.execution_options(synchronize_session=False)).first()
    if row is None:
        raise _unknown(model_id)
    return with_details([row_of(row)])[0]


def delete(model_id: str, *, actor: Actor) -> None:
    """Hide the model and keep its files; doing it twice does no harm. Raises `NotFound`."""
    row = find(model_id, deleted=True)
    if row.deleted_at is None:
        now = clock.now_ms()
        statement = update(LoggedModel).where(LoggedModel.id == row.id).values(deleted_at=now, updated_at=now)
        db.session.execute(statement.execution_options(synchronize_session=False))


def set_tags(model_id: str, tags: Mapping[str, str], *, actor: Actor) -> None:
    """Set these tags, over older values of their keys. Raises `NotFound`, `InvalidParameter`."""
    tags = _checked(tags)
    row = find(model_id, deleted=True)
    if tags:
        _write_tags(row.id, tags)


def remove_tag(model_id: str, key: str, *, actor: Actor) -> None:
    """Remove a tag. Raises `NotFound` where there is none."""
    row = find(model_id, deleted=True)
    statement = sql_delete(LoggedModelTag.__table__).where(
        LoggedModelTag.logged_model_id == row.id, LoggedModelTag.key == key
    )
    if not db.session.execute(statement).rowcount:  # type: ignore[attr-defined]
        raise NotFound(f"No tag with key {key!r} found for model with ID {model_id!r}.")


def log_params(model_id: str, params: Mapping[str, str], *, actor: Actor) -> None:
    """Add parameters, each written once; the same value again does no harm.

    Raises `NotFound`, or `InvalidParameter` for another value and for a key that cannot be used.
    """
    params = _checked(params)
    row = find(model_id, deleted=True)
    table = LoggedModelParam.__table__
    if not params:
        return
    db.session.execute(upsert(table).on_conflict_do_nothing(), _rows(row.id, params))
    query = select(table.c.key, table.c.value).where(
        table.c.logged_model_id == row.id, table.c.key.in_(params)
    )
    for key, value in db.session.execute(query):
        if value != params[key]:
            raise InvalidParameter(
                f"Changing param values is not allowed. Param with key='{key}' was already logged with "
                f"value='{value}' for model ID='{model_id}'. Attempted logging new value '{params[key]}'."
            )


def note_version(model_id: str, name: str, number: int, *, actor: Actor) -> None:
    """Write into the model's tags, where MLflow's clients look, that this version was made of it.

    Does nothing for a model that is not known here, since versions may name those of another server.
    """
    row = find_or_none(model_id)
    if row is None:
        return
    query = select(LoggedModelTag.value).where(
        LoggedModelTag.logged_model_id == row.id, LoggedModelTag.key == VERSIONS_TAG
    )
    made = _versions_in(db.session.execute(query.with_for_update()).scalar())
    version = {"name": name, "version": number}
    if version not in made:
        _write_tags(row.id, {VERSIONS_TAG: json.dumps([*made, version])})


def _versions_in(tag: str | None) -> list:
    """What stands in the tag; whoever wrote something else into it loses that."""
    try:
        made = json.loads(tag or "[]")
    except ValueError:
        return []
    return made if isinstance(made, list) else []


def _write_tags(key: int, tags: Mapping[str, str]) -> None:
    statement = upsert(LoggedModelTag.__table__)
    statement = statement.on_conflict_do_update(
        index_elements=["logged_model_id", "key"], set_={"value": statement.excluded.value}
    )
    db.session.execute(statement, _rows(key, tags))


def _rows(key: int, pairs: Mapping[str, str]) -> list[dict[str, int | str]]:
    # In one order everywhere, so that two who write the same keys at once wait and do not deadlock.
    return [{"logged_model_id": key, "key": name, "value": value} for name, value in sorted(pairs.items())]


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


def _unknown(model_id: str) -> NotFound:
    return NotFound(f"Logged model with ID '{model_id}' not found.")
