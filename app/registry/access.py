"""Who may do what to which registered model: every verb that changes something asks here first."""

import json
from collections.abc import Collection, Iterable
from typing import Protocol

from sqlalchemy import bindparam, select

from app.accounts import rights
from app.accounts.actors import Actor
from app.accounts.levels import Level
from app.accounts.permissions import Permission, may_move
from app.accounts.viewing import viewer
from app.database import db, in_parts
from app.errors import PermissionDenied
from app.prepared import Prepared, each_of
from app.registry import reads
from app.registry.models import RegisteredModel
from app.registry.names import check_model_name

MODEL = RegisteredModel.__table__.c

_LEVEL = Prepared(
    select(rights.MODELS.level(MODEL.id))
    .where(MODEL.name == bindparam("name"), MODEL.deleted_at.is_(None))
    .where(rights.MODELS.may_see(MODEL.id))
)
_LEVELS = Prepared(
    lambda: select(MODEL.id, rights.MODELS.level(MODEL.id)).where(MODEL.id.in_(each_of("model_ids", int)))
)


def check(name: str, permission: Permission, actor: Actor) -> Level:
    """The actor's level on the living model of that name, if it is enough for `permission`.

    Raises `PermissionDenied` where it is not, `NotFound` where the actor may not read the model or there
    is none, and `InvalidParameter` for what can be no name.
    """
    check_model_name(name)
    if actor.may_all:
        return Level.MANAGE  # whether there is such a model, the verb will find out
    level = _LEVEL.scalar(name=name, **rights.MODELS.asked_for(actor))
    if level is None:
        raise reads.missing_model(name)
    rights.MODELS.check(permission, level, actor, f"the model {name}")
    return max(Level(level), rights.MODELS.everywhere(actor))


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
    everywhere = rights.MODELS.everywhere(viewer())
    if everywhere == Level.MANAGE or not model_ids:
        return dict.fromkeys(model_ids, everywhere)
    given = dict(_LEVELS.rows(model_ids=json.dumps(list(model_ids))))
    return {model_id: max(Level(given.get(model_id) or 0), everywhere) for model_id in model_ids}


def readable_names(names: Collection[str]) -> set[str]:
    """Those of the names that are of living models which the viewer may read."""
    query = select(MODEL.name).where(MODEL.deleted_at.is_(None), *rights.listed(rights.MODELS, MODEL.id))
    return {
        name for some in in_parts(names) for name in db.session.scalars(query.where(MODEL.name.in_(some)))
    }
