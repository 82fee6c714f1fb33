"""Creates, finds, renames, tags, deletes and restores experiments."""

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
from app.db.json_aggregates import json_object, read_object
from app.db.statements import RowT, Statement
from app.db.transactions import undoing_one_statement, upsert
from app.search import plan
from app.search.tree import Node
from app.tracking import access, artifact_locations, names
from app.tracking.access import ActorLookup
from app.tracking.errors import (
    DeletedExperimentNotRenamable,
    ExperimentExists,
    ExperimentIsDeleted,
    ExperimentNameNotFound,
    ExperimentNotFound,
    ExperimentTagNotFound,
)
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
    select(json_object(TAG.key, TAG.value))
    .where(TAG.experiment_id == EXPERIMENT.id)
    .scalar_subquery()
    .label("tags_json"),
)
_LISTED = {
    view: Listed(
        _WITH_TAGS.where(view.condition(EXPERIMENT.deleted_at)), access_queries.EXPERIMENTS, EXPERIMENT.id
    )
    for view in View
}
_BY_ID = EXPERIMENT.id == bindparam("id")


class StoredExperiment(NamedTuple):
    """An experiment as it is kept; without a location of its own, it has the one that follows from its id."""

    id: int
    name: str
    artifact_location: str | None
    created_at: int
    updated_at: int
    created_by: str
    deleted_at: int | None
    tags_json: str | None


class _ToRename(NamedTuple):
    name: str
    deleted_at: int | None


class _ToWriteInto(NamedTuple):
    artifact_location: str | None
    deleted_at: int | None


_READERS = access.readers_of(EXPERIMENT.id)
_FIND = Statement(_WITH_TAGS.where(_BY_ID), StoredExperiment, visible_to=_READERS)
_FIND_BY_NAME = Statement(
    _WITH_TAGS.where(EXPERIMENT.name == bindparam("name")), StoredExperiment, visible_to=_READERS
)
_TO_RENAME = ActorLookup(
    # Locked as it is read, so that of two who rename it the later one meets the name that the other gave. Not against
    # keys: whoever writes a row that refers to the experiment need not wait.
    select(EXPERIMENT.name, EXPERIMENT.deleted_at)
    .where(_BY_ID)
    .with_for_update(key_share=True, of=Experiment.__table__),
    EXPERIMENT.id,
    _ToRename,
)
_TO_WRITE_INTO = ActorLookup(
    # What is made in an experiment is made before it is deleted, which then hides it, or not at all: both take
    # the row's lock and so wait for each other. SQLite has one writer at a time anyway.
    select(EXPERIMENT.artifact_location, EXPERIMENT.deleted_at)
    .where(_BY_ID)
    .with_for_update(read=True, of=Experiment.__table__),
    EXPERIMENT.id,
    _ToWriteInto,
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


def _shown(stored: StoredExperiment) -> ExperimentRow:
    return ExperimentRow(
        id=stored.id,
        name=stored.name,
        artifact_location=stored.artifact_location or experiment_root(stored.id),
        created_at=stored.created_at,
        updated_at=stored.updated_at,
        created_by=stored.created_by,
        deleted_at=stored.deleted_at,
        tags=read_object(stored.tags_json),
    )


def find(experiment_id: int) -> ExperimentRow:
    """Returns the experiment, deleted or not. Raises `ExperimentNotFound`."""
    stored = _FIND.first(id=experiment_id) if access.is_possible(experiment_id) else None
    if stored is None:
        raise ExperimentNotFound(experiment_id)
    return _shown(stored)


def find_by_name(name: str) -> ExperimentRow:
    """Returns the experiment of that name, deleted or not. Raises `ExperimentNameNotFound`."""
    stored = _FIND_BY_NAME.first(name=name)
    if stored is None:
        raise ExperimentNameNotFound(name)
    return _shown(stored)


def location_for_writing(experiment_id: int, *, actor: Actor) -> str:
    """Returns where an experiment keeps its artifacts that is not deleted and that the actor may write into.

    Nobody deletes or renames it until the transaction ends.

    Raises `ExperimentNotFound`, `PermissionDenied`, or `ExperimentIsDeleted`.
    """
    experiment = _look_up(_TO_WRITE_INTO, experiment_id, Permission.EXPERIMENTS_EDIT, actor)
    if experiment.deleted_at is not None:
        raise ExperimentIsDeleted(experiment_id)
    return experiment.artifact_location or experiment_root(experiment_id)


def _look_up(lookup: ActorLookup[RowT], experiment_id: int, permission: Permission, actor: Actor) -> RowT:
    """Returns the row of an experiment that is about to be changed. Raises `ExperimentNotFound`, `PermissionDenied`."""
    row = None
    if access.is_possible(experiment_id):
        row = lookup.first(permission, actor, f"experiment {experiment_id}", id=experiment_id)
    if row is None:
        raise ExperimentNotFound(experiment_id)
    return row


def search(
    *,
    filter: str | Node | None = "",
    order_by: Sequence[str] = (),
    view: View = View.ACTIVE,
    max_results: int = 1000,
    page_token: str | None = None,
) -> tuple[list[ExperimentRow], str | None]:
    """Returns a page of experiments and the token of the next page. Raises `InvalidParameter` (see `app.search`)."""
    page = plan(
        EXPERIMENTS,
        filter=filter,
        order_by=order_by,
        page_token=page_token,
        max_results=max_results,
        scope=[view.value],
    )
    rows, token = page.fetch(_LISTED[view].for_viewer(), StoredExperiment)
    return list(map(_shown, rows)), token


def create(
    name: str, *, artifact_location: str = "", tags: Mapping[str, str] | None = None, actor: Actor
) -> int:
    """Creates an experiment, which the actor's account then manages, and returns its id.

    Raises `InvalidParameter`, `ExperimentExists` for a name that another has, even a deleted one, or
    `ArtifactLocationDenied`.
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
        raise ExperimentExists(name)
    if tags:
        _SET_TAG.run_many(
            [{"experiment_id": experiment_id, "key": key, "value": value} for key, value in tags.items()]
        )
    access_queries.EXPERIMENTS.grant_to_creator(experiment_id, actor)
    recorder.record(Kind.EXPERIMENT_CREATED, actor=actor, experiment_id=experiment_id, after=name)
    return experiment_id


def rename(experiment_id: int, name: str, *, actor: Actor) -> None:
    """Gives the experiment another name.

    Raises `ExperimentNotFound`, `PermissionDenied`, `InvalidParameter`, `DeletedExperimentNotRenamable`, or
    `ExperimentExists` for the name of another.
    """
    names.check_experiment_name(name)
    before = _look_up(_TO_RENAME, experiment_id, Permission.EXPERIMENTS_MANAGE, actor)
    if before.deleted_at is not None:
        raise DeletedExperimentNotRenamable()
    try:
        # A name that is taken fails this step alone: who catches the error can go on reading.
        with undoing_one_statement():
            _RENAME.run(id_=experiment_id, new_name=name, now=clock.now_ms())
    except IntegrityError as error:
        raise ExperimentExists(name) from error
    if name != before.name:
        recorder.record(
            Kind.EXPERIMENT_RENAMED, actor=actor, experiment_id=experiment_id, before=before.name, after=name
        )


def delete(experiment_id: int, *, actor: Actor) -> None:
    """Hides the experiment and all its runs.

    Raises `PermissionDenied`, or `ExperimentNotFound`, also for one that is deleted already.
    """
    access.check_experiment(experiment_id, Permission.EXPERIMENTS_MANAGE, actor)
    now = clock.now_ms()
    name = _set_deleted(_DELETE, experiment_id, moment=now, now=now)
    recorder.record(Kind.EXPERIMENT_DELETED, actor=actor, experiment_id=experiment_id, before=name)


def restore(experiment_id: int, *, actor: Actor) -> None:
    """Brings back a deleted experiment and, as MLflow does, every run of it.

    Raises `ExperimentNotFound`, `PermissionDenied`.
    """
    access.check_experiment(experiment_id, Permission.EXPERIMENTS_MANAGE, actor)
    name = _set_deleted(_RESTORE, experiment_id, moment=None, now=clock.now_ms())
    recorder.record(Kind.EXPERIMENT_RESTORED, actor=actor, experiment_id=experiment_id, after=name)


def _set_deleted(
    statements: tuple[Statement, Statement], experiment_id: int, *, moment: int | None, now: int
) -> str:
    """Deletes what lives or restores what is deleted, runs included, and returns the experiment's name."""
    if not access.is_possible(experiment_id):
        raise ExperimentNotFound(experiment_id)
    experiment, its_runs = statements
    name = experiment.scalar(id_=experiment_id, moment=moment, now=now)
    if name is None:
        raise ExperimentNotFound(experiment_id)
    its_runs.run(of_experiment=experiment_id, moment=moment)
    return name


def set_tag(experiment_id: int, key: str, value: str, *, actor: Actor) -> None:
    """Sets a tag, replacing an older value of that key.

    Raises `ExperimentNotFound`, `PermissionDenied`, `ExperimentIsDeleted`, or `InvalidParameter`.
    """
    names.check_experiment_tag(key, value)
    _check_tags_may_change(experiment_id, actor)
    _SET_TAG.run(experiment_id=experiment_id, key=key, value=value)


def remove_tag(experiment_id: int, key: str, *, actor: Actor) -> None:
    """Removes a tag. Raises `ExperimentTagNotFound` where there is none, else what `set_tag` raises."""
    _check_tags_may_change(experiment_id, actor)
    if not _REMOVE_TAG.run(of_experiment=experiment_id, the_key=key):
        raise ExperimentTagNotFound(key, experiment_id)


def _check_tags_may_change(experiment_id: int, actor: Actor) -> None:
    experiment = _look_up(_TO_WRITE_INTO, experiment_id, Permission.EXPERIMENTS_EDIT, actor)
    if experiment.deleted_at is not None:
        raise ExperimentIsDeleted(experiment_id)
