"""Experiments: make, find, rename, tag, delete and restore."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from sqlalchemy import Executable, bindparam, select, update
from sqlalchemy import delete as sql_delete
from sqlalchemy.exc import IntegrityError

from app.artifacts.uris import experiment_root
from app.audit import recorder
from app.audit.recorder import Kind
from app.authz import access_queries
from app.authz.access_queries import Listed
from app.authz.actors import Actor
from app.authz.permissions import Permission
from app.core import clock
from app.core.errors import AlreadyExists, InvalidParameter, InvalidState, NotFound
from app.db.json_aggregates import json_object, read_object
from app.db.statements import Statement
from app.db.transactions import connection, upsert
from app.search import plan
from app.search.tree import Node
from app.tracking import access, artifact_locations, names
from app.tracking.access import Asked
from app.tracking.search_fields import EXPERIMENTS, View
from app.tracking.tables import Experiment, ExperimentTag, Run

# Tables, not mapped classes: rows are read as they are, without the ORM's machinery in between.
EXPERIMENT = Experiment.__table__.c
TAG = ExperimentTag.__table__.c
RUN = Run.__table__.c

COLUMNS = (
    EXPERIMENT.id,
    EXPERIMENT.name,
    EXPERIMENT.artifact_location,
    EXPERIMENT.created_at,
    EXPERIMENT.updated_at,
    EXPERIMENT.created_by,
    EXPERIMENT.deleted_at,
)
_WITH_TAGS = select(
    *COLUMNS,
    select(json_object(TAG.key, TAG.value)).where(TAG.experiment_id == EXPERIMENT.id).scalar_subquery(),
)
_SEEN = {
    view: Listed(
        _WITH_TAGS.where(view.condition(EXPERIMENT.deleted_at)), access_queries.EXPERIMENTS, EXPERIMENT.id
    )
    for view in View
}
_BY_ID = EXPERIMENT.id == bindparam("id")
_FIND = access.viewed(_WITH_TAGS.where(_BY_ID), EXPERIMENT.id)
_FIND_BY_NAME = access.viewed(_WITH_TAGS.where(EXPERIMENT.name == bindparam("name")), EXPERIMENT.id)
_TO_CHANGE = Asked(select(EXPERIMENT.name, EXPERIMENT.deleted_at).where(_BY_ID), EXPERIMENT.id)
_PLACE = Asked(
    # What is made in an experiment is made before it is deleted, which then hides it, or not at all: to
    # share the row's lock is to wait for each other. SQLite has one writer at a time anyway.
    select(EXPERIMENT.artifact_location, EXPERIMENT.deleted_at)
    .where(_BY_ID)
    .with_for_update(read=True, of=Experiment.__table__),
    EXPERIMENT.id,
)

_CREATE = Statement(
    # A name that is taken yields no row instead of an error that would spoil the transaction.
    lambda: (
        upsert(Experiment.__table__).on_conflict_do_nothing(index_elements=["name"]).returning(EXPERIMENT.id)
    ),
    columns=("name", "artifact_location", "created_at", "updated_at", "created_by"),
)
_RENAME = Statement(
    update(Experiment.__table__)
    .where(EXPERIMENT.id == bindparam("id_"))
    .values(name=bindparam("new_name"), updated_at=bindparam("now"))
)
_REMOVE_TAG = Statement(
    sql_delete(ExperimentTag.__table__).where(
        TAG.experiment_id == bindparam("of_experiment"), TAG.key == bindparam("the_key")
    )
)
_CHANGE = (
    update(Experiment.__table__)
    .where(EXPERIMENT.id == bindparam("id_"))
    .values(deleted_at=bindparam("moment"), updated_at=bindparam("now"))
    .returning(EXPERIMENT.name)
)
_CHANGE_RUNS = update(Run.__table__).where(RUN.experiment_id == bindparam("of_experiment"))
_CHANGE_RUNS = _CHANGE_RUNS.values(deleted_at=bindparam("moment"))
# Each for the experiment itself and for its runs.
_DELETE = (
    Statement(_CHANGE.where(EXPERIMENT.deleted_at.is_(None))),
    Statement(_CHANGE_RUNS.where(RUN.deleted_at.is_(None))),
)
_RESTORE = (
    Statement(_CHANGE.where(EXPERIMENT.deleted_at.is_not(None))),
    Statement(_CHANGE_RUNS.where(RUN.deleted_at.is_not(None))),
)


def _insert_tag() -> Executable:
    statement = upsert(ExperimentTag.__table__)
    return statement.on_conflict_do_update(
        index_elements=["experiment_id", "key"], set_={"value": statement.excluded.value}
    )


_SET_TAG = Statement(_insert_tag, columns=("experiment_id", "key", "value"))


class ExperimentRow(NamedTuple):
    """An experiment as it is shown; times in milliseconds."""

    id: int
    name: str
    artifact_location: str
    created_at: int
    updated_at: int
    created_by: str
    deleted_at: int | None
    tags: dict[str, str]

    @property
    def lifecycle(self) -> str:
        """`active` or `deleted`."""
        return "active" if self.deleted_at is None else "deleted"


def _row(row: Sequence) -> ExperimentRow:
    location = row[2] or experiment_root(row[0])
    return ExperimentRow(row[0], row[1], location, *row[3:7], read_object(row[7]))


def find(experiment_id: int) -> ExperimentRow:
    """The experiment, deleted or not. Raises `NotFound`."""
    row = _FIND.first(id=experiment_id) if access.is_possible(experiment_id) else None
    if row is None:
        raise access.unknown_experiment(experiment_id)
    return _row(row)


def find_by_name(name: str) -> ExperimentRow:
    """The experiment of that name, deleted or not. Raises `NotFound`."""
    row = _FIND_BY_NAME.first(name=name)
    if row is None:
        raise NotFound(f"Could not find experiment with name '{name}'")
    return _row(row)


def place_for_writing(experiment_id: int, *, actor: Actor) -> str:
    """Where an experiment that the actor may write into, and that is not deleted, keeps its artifacts.

    Nobody deletes or renames it until the transaction ends.

    Raises `NotFound`, `PermissionDenied`, or `InvalidParameter` for a deleted one.
    """
    location, deleted_at = _changed(_PLACE, experiment_id, Permission.EXPERIMENTS_EDIT, actor)
    if deleted_at is not None:
        raise _not_active(experiment_id)
    return location or experiment_root(experiment_id)


def _changed(statement: Asked, experiment_id: int, permission: Permission, actor: Actor) -> Sequence:
    """The row of an experiment that is about to be changed. Raises `NotFound`, `PermissionDenied`."""
    row = None
    if access.is_possible(experiment_id):
        row = statement.first(permission, actor, f"experiment {experiment_id}", id=experiment_id)
    if row is None:
        raise access.unknown_experiment(experiment_id)
    return row


def search(
    *,
    filter: str | Node | None = "",
    order_by: Sequence[str] = (),
    view: View = View.ACTIVE,
    max_results: int = 1000,
    page_token: str | None = None,
) -> tuple[list[ExperimentRow], str | None]:
    """A page of experiments and the token of the next page. Raises `InvalidParameter` (see `app.search`)."""
    found = plan(
        EXPERIMENTS,
        filter=filter,
        order_by=order_by,
        page_token=page_token,
        max_results=max_results,
        scope=[view.value],
    )
    rows, token = found.fetch(_SEEN[view].shown())
    return [_row(row) for row in rows], token


def create(
    name: str, *, artifact_location: str = "", tags: Mapping[str, str] | None = None, actor: Actor
) -> int:
    """Make an experiment, which the actor's account then manages, and return its id.

    Raises `InvalidParameter`, `AlreadyExists` for a name that another has, a deleted one included, and
    `PermissionDenied` for a place of artifacts that the actor may not choose.
    """
    names.check_experiment_name(name)
    if artifact_location:
        artifact_locations.check(artifact_location)
    for pair in (tags or {}).items():
        names.check_experiment_tag(*pair)
    access_queries.EXPERIMENTS.check_may_create(actor)
    if artifact_location:
        artifact_locations.check_chosen_by(artifact_location, actor)
    now = clock.now_ms()
    experiment_id = _CREATE.scalar(
        name=name,
        artifact_location=artifact_location or None,
        created_at=now,
        updated_at=now,
        created_by=actor.name,
    )
    if experiment_id is None:
        raise _taken(name)
    if tags:
        _SET_TAG.run_many(
            [{"experiment_id": experiment_id, "key": key, "value": value} for key, value in tags.items()]
        )
    access_queries.EXPERIMENTS.grant_to_creator(experiment_id, actor)
    recorder.record(Kind.EXPERIMENT_CREATED, actor=actor, experiment_id=experiment_id, after=name)
    return experiment_id


def rename(experiment_id: int, name: str, *, actor: Actor) -> None:
    """Give the experiment another name.

    Raises `NotFound`, `PermissionDenied`, `InvalidParameter`, `InvalidState` for a deleted one and
    `AlreadyExists` for a taken name.
    """
    names.check_experiment_name(name)
    before, deleted_at = _changed(_TO_CHANGE, experiment_id, Permission.EXPERIMENTS_MANAGE, actor)
    if deleted_at is not None:
        raise InvalidState("Cannot rename a non-active experiment.")
    try:
        # A name that is taken fails this step alone: who catches the error can go on reading.
        with connection().begin_nested():
            _RENAME.run(id_=experiment_id, new_name=name, now=clock.now_ms())
    except IntegrityError as error:
        raise _taken(name) from error
    if name != before:
        recorder.record(
            Kind.EXPERIMENT_RENAMED, actor=actor, experiment_id=experiment_id, before=before, after=name
        )


def delete(experiment_id: int, *, actor: Actor) -> None:
    """Hide the experiment and all its runs.

    Raises `PermissionDenied`, and `NotFound`, for one that is deleted already, too.
    """
    access.check_experiment(experiment_id, Permission.EXPERIMENTS_MANAGE, actor)
    now = clock.now_ms()
    name = _set_deleted(_DELETE, experiment_id, moment=now, now=now)
    recorder.record(Kind.EXPERIMENT_DELETED, actor=actor, experiment_id=experiment_id, before=name)


def restore(experiment_id: int, *, actor: Actor) -> None:
    """Bring back a deleted experiment and, as MLflow does, every run of it.

    Raises `NotFound`, `PermissionDenied`.
    """
    access.check_experiment(experiment_id, Permission.EXPERIMENTS_MANAGE, actor)
    name = _set_deleted(_RESTORE, experiment_id, moment=None, now=clock.now_ms())
    recorder.record(Kind.EXPERIMENT_RESTORED, actor=actor, experiment_id=experiment_id, after=name)


def _set_deleted(
    statements: tuple[Statement, Statement], experiment_id: int, *, moment: int | None, now: int
) -> str:
    """Delete what lives or revive what is deleted, runs included; the experiment's name."""
    if not access.is_possible(experiment_id):
        raise access.unknown_experiment(experiment_id)
    experiment, its_runs = statements
    name = experiment.scalar(id_=experiment_id, moment=moment, now=now)
    if name is None:
        raise access.unknown_experiment(experiment_id)
    its_runs.run(of_experiment=experiment_id, moment=moment)
    return name


def set_tag(experiment_id: int, key: str, value: str, *, actor: Actor) -> None:
    """Set a tag, over an older value of that key.

    Raises `NotFound`, `PermissionDenied`, and `InvalidParameter`, for a deleted experiment, too.
    """
    names.check_experiment_tag(key, value)
    _check_tags_may_change(experiment_id, actor)
    _SET_TAG.run(experiment_id=experiment_id, key=key, value=value)


def remove_tag(experiment_id: int, key: str, *, actor: Actor) -> None:
    """Remove a tag. Raises `NotFound` where there is none, else as `set_tag`."""
    _check_tags_may_change(experiment_id, actor)
    if not _REMOVE_TAG.run(of_experiment=experiment_id, the_key=key):
        raise NotFound(f"No tag with name: {key} in experiment with id {experiment_id}")


def _check_tags_may_change(experiment_id: int, actor: Actor) -> None:
    _name, deleted_at = _changed(_TO_CHANGE, experiment_id, Permission.EXPERIMENTS_EDIT, actor)
    if deleted_at is not None:
        raise _not_active(experiment_id)


def _not_active(experiment_id: int) -> InvalidParameter:
    return InvalidParameter(
        f"The experiment {experiment_id} must be in the 'active' state. Current state is deleted."
    )


def _taken(name: str) -> AlreadyExists:
    return AlreadyExists(f"Experiment(name={name}) already exists.", field="name")
