"""What held which stage when: the memory of the registry, which renaming and deleting do not touch."""

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import Select, and_, bindparam, or_, select

from app.authz import access_queries
from app.db.statements import Statement
from app.db.transactions import db
from app.registry import queries
from app.registry.errors import ModelNotFound
from app.registry.names import check_model_name
from app.registry.tables import NONE_ID, ModelVersion, RegisteredModel, Stage, StageInterval

INTERVAL = StageInterval.__table__.c
MOST = 2_000


class Interval(NamedTuple):
    """A version's stay in a stage, in milliseconds; `to_at` is None while it lasts.

    `actor` brought it there, on `request_id` where somebody had asked. `is_deleted` says that the
    version is gone by now.
    """

    id: int
    number: int
    stage: str
    colour: str
    from_at: int
    to_at: int | None
    actor: str
    request_id: int | None
    is_deleted: bool


class Remembered(NamedTuple):
    """A model that has, or had when it was deleted, the name that was asked for."""

    id: int
    created_at: int
    deleted_at: int | None


class Holding(NamedTuple):
    """When a version came to its present stage, in milliseconds, and who brought it there."""

    at: int
    actor: str


def _select() -> Select:
    return (
        select(
            INTERVAL.id,
            queries.VERSION.number,
            queries.STAGE.name,
            queries.STAGE.colour,
            INTERVAL.from_at,
            INTERVAL.to_at,
            INTERVAL.actor,
            INTERVAL.request_id,
            queries.VERSION.deleted_at,
        )
        .select_from(StageInterval.__table__)
        .join(ModelVersion.__table__, queries.VERSION.id == INTERVAL.version_id)
        .join(Stage.__table__, queries.STAGE.id == INTERVAL.stage_id)
    )


def _interval(row: Sequence) -> Interval:
    return Interval(*row[:-1], row[-1] is not None)


_HELD_AT = Statement(
    _select()
    .where(INTERVAL.model_id == bindparam("model_id"), INTERVAL.from_at <= bindparam("at"))
    .where(or_(INTERVAL.to_at.is_(None), INTERVAL.to_at > bindparam("at")), INTERVAL.stage_id != NONE_ID)
    .order_by(queries.STAGE.position, queries.VERSION.number)
)
_NAMED = Statement(
    select(queries.MODEL.id, queries.MODEL.created_at, queries.MODEL.deleted_at)
    .where(queries.MODEL.name == bindparam("name"))
    .order_by(queries.MODEL.deleted_at.is_(None).desc(), queries.MODEL.id.desc()),
    visible_to=access_queries.MODELS.readers_of(queries.MODEL.id),
)


def held_at(name: str, at: int) -> list[Interval]:
    """What held each stage but None of the model at that moment, in the stages' order.

    Of several models that had the name one after the other, it is the one that was there at the moment,
    else the living one, else the last. Raises `NotFound` where nothing the viewer may see ever had it.
    """
    rows = _HELD_AT.rows(model_id=remembered(name, at).id, at=at)
    return [_interval(row) for row in rows]


def remembered(name: str, at: int) -> Remembered:
    """The model of that name that `held_at` tells of; living or deleted. Raises `NotFound`."""
    check_model_name(name)
    models = [Remembered(*row) for row in _NAMED.rows(name=name)]
    if not models:
        raise ModelNotFound(name)
    there = (
        model
        for model in models
        if model.created_at <= at and (model.deleted_at is None or at < model.deleted_at)
    )
    return next(there, models[0])


def intervals(
    model_id: int, *, without_none: bool = True, since: int | None = None, limit: int = MOST
) -> list[Interval]:
    """The stays of a model's versions that reach beyond `since`, the last `limit`, in the order they began.

    For the lanes on the model's page; the model is one that the viewer was shown.
    """
    query = _select().where(INTERVAL.model_id == model_id)
    if without_none:
        query = query.where(INTERVAL.stage_id != NONE_ID)
    if since is not None:
        query = query.where(or_(INTERVAL.to_at.is_(None), INTERVAL.to_at > since))
    rows = db.session.execute(query.order_by(INTERVAL.from_at.desc(), INTERVAL.id.desc()).limit(limit))
    return [_interval(row) for row in rows][::-1]


def of_version(version_id: int) -> list[Interval]:
    """Every stay of a version, None among them, in their order."""
    query = _select().where(INTERVAL.version_id == version_id).order_by(INTERVAL.id)
    return [_interval(row) for row in db.session.execute(query)]


def former_holders(model_id: int, stage: str, limit: int = 10) -> list[int]:
    """The numbers of living versions that held the stage once and hold it no more, the last first."""
    query = (
        select(queries.VERSION.number)
        .join_from(StageInterval.__table__, ModelVersion.__table__, queries.VERSION.id == INTERVAL.version_id)
        .join(RegisteredModel.__table__, queries.MODEL.id == queries.VERSION.model_id)
        .join(Stage.__table__, queries.STAGE.id == INTERVAL.stage_id)
        .where(INTERVAL.model_id == model_id, queries.STAGE.name == stage, INTERVAL.to_at.is_not(None))
        .where(and_(queries.LIVING, queries.VERSION.stage_id != INTERVAL.stage_id))
        .order_by(INTERVAL.to_at.desc(), INTERVAL.id.desc())
    )
    return list(dict.fromkeys(db.session.execute(query).scalars()))[:limit]


def since(version_ids: Sequence[int]) -> dict[int, Holding]:
    """The last arrival of each version, in one statement."""
    if not version_ids:
        return {}
    rows = db.session.execute(
        select(INTERVAL.version_id, INTERVAL.from_at, INTERVAL.actor).where(
            INTERVAL.version_id.in_(version_ids), INTERVAL.to_at.is_(None)
        )
    )
    return {version_id: Holding(at, actor) for version_id, at, actor in rows}
