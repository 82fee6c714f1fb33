"""Who may do what to which experiment. Runs, logged models, data sets and files follow their experiment.

Reads are `visible_to` the experiment's readers; verbs find what they change with an `ActorLookup`, or ask
`check_run` and the like first. What the actor may not read looks missing, in the same words.
"""

from collections.abc import Collection, Mapping
from typing import Any, Generic, NamedTuple

import orjson
from sqlalchemy import ColumnElement, Select, bindparam, select

from app.authz import access_queries
from app.authz.access_queries import Readers
from app.authz.actors import Actor
from app.authz.levels import Level
from app.authz.permissions import Permission, allowed
from app.authz.viewer import viewer
from app.core.errors import NotFound
from app.core.ids import LoggedModelId
from app.db.statements import RowT, Statement, each_of, narrow
from app.tracking.errors import ExperimentNotFound, LoggedModelNotFound, ModelsOfRunDenied, RunNotFound
from app.tracking.tables import Experiment, LoggedModel, Run

EXPERIMENT = Experiment.__table__.c
RUN = Run.__table__.c
LOGGED_MODEL = LoggedModel.__table__.c

_LAST_ID = 2**63 - 1

_LEVEL = Statement(
    select(access_queries.EXPERIMENTS.level(EXPERIMENT.id)).where(EXPERIMENT.id == bindparam("experiment_id"))
)


class ListReaders(Readers):
    """Who may see which rows of a list: the viewer's grants are gathered once, not looked up row by row."""

    def forms(self, statement: Select[Any]) -> Mapping[str, Select[Any]]:
        """Returns the select for viewers who may read all, and the one for everybody else."""
        listed = statement.where(access_queries.EXPERIMENTS.may_see_in_list(self._object_id))
        return {"all": statement, "given": listed, "limited": listed}


def readers_of(experiment_id: ColumnElement[Any]) -> Readers:
    """Returns who may see the row of a look-up; `experiment_id` is its column with the id of the experiment."""
    return access_queries.EXPERIMENTS.readers_of(experiment_id)


def list_readers_of(experiment_id: ColumnElement[Any]) -> ListReaders:
    """Returns the same for a statement whose rows may belong to many experiments."""
    return ListReaders(access_queries.EXPERIMENTS, experiment_id)


def may_everywhere(permission: Permission, actor: Actor) -> bool:
    """Returns whether the actor has the permission on every experiment, so that none needs to be looked up."""
    return not actor.is_limited and allowed(permission, access_queries.EXPERIMENTS.level_on_all(actor))


class ActorLookup(Generic[RowT]):
    """Looks up the one row that a verb is about, and checks the actor's level on its experiment in the same statement.

    `experiment_id` is the statement's column with the id of the experiment.
    """

    def __init__(self, statement: Select[Any], experiment_id: ColumnElement[Any], row: type[RowT]):
        self._row = row
        self._unguarded = Statement(statement, row)
        guarded = statement.where(access_queries.EXPERIMENTS.may_see(experiment_id))
        level = access_queries.EXPERIMENTS.level(experiment_id).label("actor_level")
        self._guarded = Statement(guarded.add_columns(level))

    def first(self, permission: Permission, actor: Actor, target: str, **values: Any) -> RowT | None:
        """Returns the row, or None where there is none or the actor may not read it.

        Raises `PermissionDenied` where they may read it and lack the permission.
        """
        if may_everywhere(permission, actor):
            return self._unguarded.first(**values)
        found = self._guarded.first(**values, **access_queries.EXPERIMENTS.parameters_of(actor))
        if found is None:
            return None
        access_queries.EXPERIMENTS.check(permission, found.actor_level, actor, target)
        return narrow(found, self._row)


class _Key(NamedTuple):
    id: int


_READABLE = Statement(
    select(EXPERIMENT.id).where(EXPERIMENT.id == bindparam("experiment_id")),
    visible_to=readers_of(EXPERIMENT.id),
)
_READABLE_OF_MANY = Statement(
    lambda: (
        select(EXPERIMENT.id).where(EXPERIMENT.id.in_(each_of("experiment_ids", int))).order_by(EXPERIMENT.id)
    ),
    visible_to=list_readers_of(EXPERIMENT.id),
)
_EXPERIMENT = ActorLookup(
    select(EXPERIMENT.id).where(EXPERIMENT.id == bindparam("experiment_id")), EXPERIMENT.id, _Key
)
_RUN = ActorLookup(select(RUN.id).where(RUN.uuid == bindparam("uuid")), RUN.experiment_id, _Key)
_LOGGED_MODEL = ActorLookup(
    select(LOGGED_MODEL.id).where(LOGGED_MODEL.model_id == bindparam("model_id")),
    LOGGED_MODEL.experiment_id,
    _Key,
)


def check_experiment(experiment_id: int, permission: Permission, actor: Actor) -> None:
    """Raises `ExperimentNotFound` or `PermissionDenied` unless the actor has the permission on the experiment.

    For actors who have it on every experiment, nothing is looked up: the verb finds out whether it exists.
    """
    if may_everywhere(permission, actor):
        return
    target = f"experiment {experiment_id}"
    if not is_possible(experiment_id) or not _EXPERIMENT.first(
        permission, actor, target, experiment_id=experiment_id
    ):
        raise ExperimentNotFound(experiment_id)


def check_run(uuid: str, permission: Permission, actor: Actor) -> None:
    """Does the same for the experiment of a run; raises `RunNotFound`."""
    if not may_everywhere(permission, actor) and not _RUN.first(permission, actor, f"run {uuid}", uuid=uuid):
        raise RunNotFound(uuid)


def check_logged_model(model_id: LoggedModelId, permission: Permission, actor: Actor) -> None:
    """Does the same for the experiment of a logged model; raises `LoggedModelNotFound`."""
    if not may_everywhere(permission, actor) and not _LOGGED_MODEL.first(
        permission, actor, f"logged model {model_id}", model_id=model_id
    ):
        raise LoggedModelNotFound(model_id)


def check_may_log_models_of(run_uuid: str, actor: Actor) -> None:
    """Raises `ModelsOfRunDenied` unless the actor may say what this run made.

    Otherwise somebody could put a model of their own under another's run, to pass for what the run made. A
    missing run is refused in the same words; actors who may write everywhere can name one of another server.
    """
    try:
        check_run(run_uuid, Permission.EXPERIMENTS_EDIT, actor)
    except NotFound as error:
        raise ModelsOfRunDenied(actor.name, run_uuid) from error


def level_on(experiment_id: int) -> Level:
    """Returns the viewer's level on an experiment that they were shown."""
    everywhere = access_queries.EXPERIMENTS.level_on_all(viewer())
    if everywhere == Level.MANAGE:
        return everywhere
    return max(Level(_LEVEL.scalar(experiment_id=experiment_id) or 0), everywhere)


def is_possible(experiment_id: int) -> bool:
    """Returns whether an experiment could have this id: no database holds a larger number."""
    return abs(experiment_id) <= _LAST_ID


def readable(ids: Collection[int]) -> list[int]:
    """Returns those of the ids, each once, whose experiments the viewer may read.

    This is asked before a search and not in it: the search is then one statement for everybody, and takes the
    same way through the tables. For a viewer who may read all, nothing is asked.
    """
    possible = sorted(filter(is_possible, set(ids)))
    if access_queries.EXPERIMENTS.sees_all(viewer()) or not possible:
        return possible
    if len(possible) == 1:
        return possible if _READABLE.first(experiment_id=possible[0]) else []
    return _READABLE_OF_MANY.scalars(experiment_ids=orjson.dumps(possible).decode())
