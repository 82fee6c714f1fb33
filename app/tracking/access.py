"""Who may do what to which experiment. Runs, logged models, data sets and files follow their experiment.

Look-ups are made with `viewed`, verbs find what they change with `Asked` or ask `check_run` and the like
first. What somebody may not read looks missing, in the same words.
"""

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, bindparam, select

from app.authz import access_queries
from app.authz.actors import Actor
from app.authz.levels import Level
from app.authz.permissions import Permission, allowed
from app.authz.viewer import viewer
from app.core.errors import NotFound, PermissionDenied
from app.db.statements import RowT, Statement
from app.db.transactions import db, in_parts
from app.tracking.tables import Experiment, LoggedModel, Run

EXPERIMENT = Experiment.__table__.c
RUN = Run.__table__.c
LOGGED_MODEL = LoggedModel.__table__.c

_LAST_ID = 2**63 - 1

_LEVELS = Statement(
    select(access_queries.EXPERIMENTS.level(EXPERIMENT.id)).where(EXPERIMENT.id == bindparam("experiment_id"))
)


def viewed(
    statement: Select[Any], experiment_id: ColumnElement[Any], row: type[RowT] | None = None
) -> Statement[RowT]:
    """A look-up that shows the viewer what they may see; `experiment_id` is its column for whose that is."""
    return Statement(statement, row, visible_to=access_queries.EXPERIMENTS.readers_of(experiment_id))


def may_everywhere(permission: Permission, actor: Actor) -> bool:
    """Whether the actor has the permission on every experiment, so that none needs to be looked up."""
    return not actor.is_limited and allowed(permission, access_queries.EXPERIMENTS.everywhere(actor))


_READABLE = viewed(select(EXPERIMENT.id).where(EXPERIMENT.id == bindparam("experiment_id")), EXPERIMENT.id)


class Asked:
    """A `Statement` select of the one row that a verb is about, which finds out the actor's level as well."""

    def __init__(self, statement: Select[Any], experiment_id: ColumnElement[Any]):
        self._open = Statement(statement)
        guarded = statement.where(access_queries.EXPERIMENTS.may_see(experiment_id))
        self._guarded = Statement(guarded.add_columns(access_queries.EXPERIMENTS.level(experiment_id)))

    def first(self, permission: Permission, actor: Actor, thing: str, **values: Any) -> Sequence[Any] | None:
        """The row, None where there is none or the actor may not read it.

        Raises `PermissionDenied` where they may read it and lack the permission.
        """
        if may_everywhere(permission, actor):
            return self._open.first(**values)
        row = self._guarded.first(**values, **access_queries.EXPERIMENTS.parameters_of(actor))
        if row is None:
            return None
        access_queries.EXPERIMENTS.check(permission, row[-1], actor, thing)
        return row[:-1]


_EXPERIMENT = Asked(select(EXPERIMENT.id).where(EXPERIMENT.id == bindparam("key")), EXPERIMENT.id)
_RUN = Asked(select(RUN.id).where(RUN.uuid == bindparam("key")), RUN.experiment_id)
_LOGGED_MODEL = Asked(
    select(LOGGED_MODEL.id).where(LOGGED_MODEL.model_id == bindparam("key")), LOGGED_MODEL.experiment_id
)


def check_experiment(experiment_id: int, permission: Permission, actor: Actor) -> None:
    """Raise `NotFound` or `PermissionDenied` unless the actor has the permission on the experiment.

    For those who have it on every experiment, whether there is this one the verb will find out.
    """
    if may_everywhere(permission, actor):
        return
    found = is_possible(experiment_id) and _EXPERIMENT.first(
        permission, actor, f"experiment {experiment_id}", key=experiment_id
    )
    if not found:
        raise unknown_experiment(experiment_id)


def check_run(uuid: str, permission: Permission, actor: Actor) -> None:
    """The same for the experiment of a run."""
    if not may_everywhere(permission, actor) and not _RUN.first(permission, actor, f"run {uuid}", key=uuid):
        raise unknown_run(uuid)


def check_logged_model(model_id: str, permission: Permission, actor: Actor) -> None:
    """The same for the experiment of a logged model."""
    if not may_everywhere(permission, actor) and not _LOGGED_MODEL.first(
        permission, actor, f"logged model {model_id}", key=model_id
    ):
        raise unknown_logged_model(model_id)


def check_made_by(run_uuid: str, actor: Actor) -> None:
    """Raise `PermissionDenied` unless the actor may say what this run made.

    Or somebody could put a model of their own under another's run, to be taken for what it made. A run
    that there is not is refused in the same words; who may write everywhere can name one of another server.
    """
    try:
        check_run(run_uuid, Permission.EXPERIMENTS_EDIT, actor)
    except NotFound as error:
        raise PermissionDenied(
            f"{actor.name} has no right to log models of run {run_uuid}, or there is no such run."
        ) from error


def level_on(experiment_id: int) -> Level:
    """The viewer's level on an experiment that they were shown."""
    everywhere = access_queries.EXPERIMENTS.everywhere(viewer())
    if everywhere == Level.MANAGE:
        return everywhere
    return max(Level(_LEVELS.scalar(experiment_id=experiment_id) or 0), everywhere)


def is_possible(experiment_id: int) -> bool:
    """Whether an experiment could have this id: no database holds a larger number."""
    return abs(experiment_id) <= _LAST_ID


def readable(ids: Collection[int]) -> list[int]:
    """Those of the ids that are of experiments which the viewer may read, each once.

    Asked before a search, not in it: the search then is one statement for everybody, and goes the same
    way through the tables. For a viewer who may read all, nothing is asked.
    """
    possible = sorted(filter(is_possible, set(ids)))
    if access_queries.EXPERIMENTS.sees_all(viewer()):
        return possible
    if len(possible) == 1:
        return possible if _READABLE.first(experiment_id=possible[0]) else []
    query = select(EXPERIMENT.id).where(access_queries.EXPERIMENTS.among(EXPERIMENT.id))
    return sorted(
        found
        for some in in_parts(possible)
        for found in db.session.scalars(query.where(EXPERIMENT.id.in_(some)))
    )


def unknown_experiment(experiment_id: int) -> NotFound:
    """What is said of an experiment that there is not, or that one may not read."""
    return NotFound(f"No Experiment with id={experiment_id} exists")


def unknown_run(uuid: str) -> NotFound:
    """What is said of a run that there is not, or that one may not read."""
    return NotFound(f"Run with id={uuid} not found")


def unknown_logged_model(model_id: str) -> NotFound:
    """What is said of a logged model that there is not, or that one may not read."""
    return NotFound(f"Logged model with ID '{model_id}' not found.")
