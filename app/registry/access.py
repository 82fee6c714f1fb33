"""Who may do what to which registered model: every verb that changes something asks here first."""

import json
from collections.abc import Collection, Iterable
from typing import Protocol

from sqlalchemy import bindparam, select

from app.authz import access_queries
from app.authz.actors import Actor
from app.authz.levels import Level
from app.authz.permissions import Permission, may_move
from app.authz.viewer import viewer
from app.core.errors import PermissionDenied
from app.db.statements import Statement, each_of
from app.db.transactions import db, in_parts
from app.registry.errors import ModelNotFound
from app.registry.names import check_model_name
from app.registry.tables import RegisteredModel

MODEL = RegisteredModel.__table__.c

_LEVEL = Statement(
    select(access_queries.MODELS.level(MODEL.id))
    .where(MODEL.name == bindparam("name"), MODEL.deleted_at.is_(None))
    .where(access_queries.MODELS.may_see(MODEL.id))
)
_LEVELS = Statement(
    lambda: select(MODEL.id, access_queries.MODELS.level(MODEL.id)).where(
        MODEL.id.in_(each_of("model_ids", int))
    )
)


def check(name: str, permission: Permission, actor: Actor) -> Level:
    """The actor's level on the living model of that name, if it is enough for `permission`.

    Raises `PermissionDenied` where it is not, `NotFound` where the actor may not read the model or there
    is none, and `InvalidParameter` for what can be no name.
    """
    check_model_name(name)
    if actor.may_all:
        return Level.MANAGE  # whether there is such a model, the verb will find out
    level = _LEVEL.scalar(name=name, **access_queries.MODELS.asked_for(actor))
    if level is None:
        raise ModelNotFound(name)
    access_queries.MODELS.check(permission, level, actor, f"the model {name}")
    return max(Level(level), access_queries.MODELS.everywhere(actor))


class Guarded(Protocol):
    """A stage, as far as rights go: its name, and the level that it takes."""

    @property
    def name(self) -> str: ...

    @property
    def level(self) -> int: ...


def check_move(name: str, stages: Iterable[Guarded], level: Level, actor: Actor) -> None:
    """Raise `PermissionDenied` unless somebody of `level` may move a version between these stages."""
    for stage in stages:
        if not may_move(level, stage.level):
            raise PermissionDenied(
                f"{actor.name} has no right to move versions of {name} in or out of {stage.name}."
            )


def level_on(model_id: int) -> Level:
    """The viewer's level on a model that they were shown."""
    return levels_on([model_id])[model_id]


def levels_on(model_ids: Collection[int]) -> dict[int, Level]:
    """The viewer's level on each of these models, which they were shown, in one statement."""
    everywhere = access_queries.MODELS.everywhere(viewer())
    if everywhere == Level.MANAGE or not model_ids:
        return dict.fromkeys(model_ids, everywhere)
    given = dict(_LEVELS.rows(model_ids=json.dumps(list(model_ids))))
    return {model_id: max(Level(given.get(model_id) or 0), everywhere) for model_id in model_ids}


def readable_names(names: Collection[str]) -> set[str]:
    """Those of the names that are of living models which the viewer may read."""
    query = select(MODEL.name).where(
        MODEL.deleted_at.is_(None), *access_queries.listed(access_queries.MODELS, MODEL.id)
    )
    return {
        name for some in in_parts(names) for name in db.session.scalars(query.where(MODEL.name.in_(some)))
    }
