"""Who may do what to which registered model: every verb that changes something asks here first."""

import json
from collections.abc import Collection
from typing import NamedTuple

from sqlalchemy import bindparam, select

from app.authz import access_queries
from app.authz.actors import Actor
from app.authz.levels import Level
from app.authz.permissions import Permission
from app.authz.viewer import viewer
from app.core.ids import RegisteredModelId
from app.db.statements import Statement, each_of
from app.registry.errors import ModelNotFound
from app.registry.names import check_model_name
from app.registry.tables import RegisteredModel

MODEL = RegisteredModel.__table__.c


class _LevelOn(NamedTuple):
    """What the viewer was given on a model."""

    id: RegisteredModelId
    level: int


_LEVEL = Statement(
    select(access_queries.MODELS.level(MODEL.id))
    .where(MODEL.name == bindparam("name"), MODEL.deleted_at.is_(None))
    .where(access_queries.MODELS.may_see(MODEL.id))
)
_LEVELS = Statement(
    lambda: select(MODEL.id, access_queries.MODELS.level(MODEL.id).label("level")).where(
        MODEL.id.in_(each_of("model_ids", int))
    ),
    _LevelOn,
)
_READABLE_NAMES = Statement(
    lambda: select(MODEL.name).where(MODEL.deleted_at.is_(None), MODEL.name.in_(each_of("names", str))),
    visible_to=access_queries.MODELS.readers_of(MODEL.id),
)


def check(name: str, permission: Permission, actor: Actor) -> Level:
    """The actor's level on the living model of that name, if it is enough for `permission`.

    Raises `PermissionDenied` where it is not, `NotFound` where the actor may not read the model or there
    is none, and `InvalidParameter` for what can be no name.
    """
    check_model_name(name)
    if actor.may_all:
        return Level.MANAGE  # whether there is such a model, the verb will find out
    level = _LEVEL.scalar(name=name, **access_queries.MODELS.parameters_of(actor))
    if level is None:
        raise ModelNotFound(name)
    access_queries.MODELS.check(permission, level, actor, f"the model {name}")
    return max(Level(level), access_queries.MODELS.level_on_all(actor))


def level_on(model_id: RegisteredModelId) -> Level:
    """Returns the viewer's level on a model that they were shown."""
    return levels_on([model_id])[model_id]


def levels_on(model_ids: Collection[RegisteredModelId]) -> dict[RegisteredModelId, Level]:
    """Returns the viewer's level on each of these models, which they were shown, in one statement."""
    everywhere = access_queries.MODELS.level_on_all(viewer())
    if everywhere == Level.MANAGE or not model_ids:
        return dict.fromkeys(model_ids, everywhere)
    given = {row.id: row.level for row in _LEVELS.rows(model_ids=json.dumps(list(model_ids)))}
    return {model_id: max(Level(given.get(model_id) or 0), everywhere) for model_id in model_ids}


def readable_names(names: Collection[str]) -> set[str]:
    """Returns those of the names that are of living models which the viewer may read."""
    if not names:
        return set()
    return set(_READABLE_NAMES.scalars(names=json.dumps(list(names))))
