"""Which version was in which stage when: the registry's memory, which renaming and deleting do not touch."""

import json
from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import and_, bindparam, func, or_, select

from app.authz import access_queries
from app.core.ids import RegisteredModelId
from app.db.statements import Statement, each_of
from app.manifests.tables import ManifestOfVersion, StoredManifest
from app.manifests.versions import MANIFEST, OF_VERSION
from app.registry import queries
from app.registry.errors import ModelNotFound
from app.registry.names import check_model_name
from app.registry.tables import NONE_ID, ModelVersion, RegisteredModel, Stage, StageInterval

INTERVAL = StageInterval.__table__.c
MAX_PERIODS = 2_000


class StagePeriod(NamedTuple):
    """A version's time in a stage, in milliseconds; `to_at` is None while it lasts.

    `actor` moved it there, on `request_id` where somebody had requested it. `deleted_at` is when the version
    was deleted, if it was; `digest` is that of its files.
    """

    id: int
    number: int
    stage: str
    colour: str
    from_at: int
    to_at: int | None
    actor: str
    request_id: int | None
    deleted_at: int | None
    digest: str | None

    @property
    def is_deleted(self) -> bool:
        """Whether the version is deleted by now."""
        return self.deleted_at is not None


class ModelLifetime(NamedTuple):
    """A model that has a name, or had it when it was deleted."""

    id: RegisteredModelId
    created_at: int
    deleted_at: int | None


class Arrival(NamedTuple):
    """When a version came to its present stage, in milliseconds, and who moved it there."""

    version_id: int
    at: int
    actor: str


_PERIODS = (
    select(
        INTERVAL.id,
        queries.VERSION.number,
        queries.STAGE.name.label("stage"),
        queries.STAGE.colour,
        INTERVAL.from_at,
        INTERVAL.to_at,
        INTERVAL.actor,
        INTERVAL.request_id,
        queries.VERSION.deleted_at,
        MANIFEST.digest,
    )
    .select_from(StageInterval.__table__)
    .join(ModelVersion.__table__, queries.VERSION.id == INTERVAL.version_id)
    .join(Stage.__table__, queries.STAGE.id == INTERVAL.stage_id)
    .outerjoin(ManifestOfVersion.__table__, OF_VERSION.version_id == INTERVAL.version_id)
    .outerjoin(StoredManifest.__table__, MANIFEST.key == OF_VERSION.manifest_key)
)
_HELD_AT = Statement(
    _PERIODS.where(INTERVAL.model_id == bindparam("model_id"), INTERVAL.from_at <= bindparam("at"))
    .where(or_(INTERVAL.to_at.is_(None), INTERVAL.to_at > bindparam("at")), INTERVAL.stage_id != NONE_ID)
    .order_by(queries.STAGE.position, queries.VERSION.number),
    StagePeriod,
)
_OF_MODEL = Statement(
    _PERIODS.where(
        INTERVAL.model_id == bindparam("model_id"),
        INTERVAL.stage_id != NONE_ID,
        or_(INTERVAL.to_at.is_(None), INTERVAL.to_at > bindparam("since")),
    )
    .order_by(INTERVAL.from_at.desc(), INTERVAL.id.desc())
    .limit(bindparam("max_periods")),
    StagePeriod,
)
_OF_VERSION = Statement(
    _PERIODS.where(INTERVAL.version_id == bindparam("version_id")).order_by(INTERVAL.id), StagePeriod
)
_BY_NAME = Statement(
    select(queries.MODEL.id, queries.MODEL.created_at, queries.MODEL.deleted_at)
    .where(queries.MODEL.name == bindparam("name"))
    .order_by(queries.MODEL.deleted_at.is_(None).desc(), queries.MODEL.id.desc()),
    ModelLifetime,
    visible_to=access_queries.MODELS.readers_of(queries.MODEL.id),
)
_NEXT = StageInterval.__table__.alias("next_interval")
# A version that leaves a stage enters another at once, so what it entered next orders the leaving. Times do not:
# a clock may have been set back, and clocks of several servers differ.
_LEFT = func.coalesce(
    select(func.min(_NEXT.c.id))
    .where(_NEXT.c.version_id == INTERVAL.version_id, _NEXT.c.id > INTERVAL.id)
    .scalar_subquery(),
    INTERVAL.id,
)
_OF_NAME = (
    select(queries.STAGE.id)
    .where(queries.STAGE.name == bindparam("stage"), queries.STAGE.removed_at.is_(None))
    .scalar_subquery()
)
MOST_RETURNS = 20  # periods looked at for each version wanted
# The periods that began last, whose ends are compared: to look at the ends of all would take a step for each.
_CANDIDATES = (
    select(INTERVAL.id)
    .where(
        INTERVAL.model_id == bindparam("model_id"),
        INTERVAL.stage_id == _OF_NAME,
        INTERVAL.to_at.is_not(None),
    )
    .order_by(INTERVAL.id.desc())
    .limit(bindparam("most"))
)
_PREVIOUS = Statement(
    select(queries.VERSION.number)
    .join_from(StageInterval.__table__, ModelVersion.__table__, queries.VERSION.id == INTERVAL.version_id)
    .join(RegisteredModel.__table__, queries.MODEL.id == queries.VERSION.model_id)
    .where(INTERVAL.id.in_(_CANDIDATES.correlate(None)))
    .where(and_(queries.LIVING, queries.VERSION.stage_id != INTERVAL.stage_id))
    .order_by(_LEFT.desc())
)
_ARRIVALS = Statement(
    lambda: select(INTERVAL.version_id, INTERVAL.from_at.label("at"), INTERVAL.actor).where(
        INTERVAL.version_id.in_(each_of("version_ids", int)), INTERVAL.to_at.is_(None)
    ),
    Arrival,
)


def held_at(name: str, at: int) -> list[StagePeriod]:
    """Returns what was in each stage but None of the model at that moment, in the stages' order.

    Of several models that had the name one after the other, it is the one that existed at the moment, else
    the living one, else the last. Raises `ModelNotFound` where nothing the viewer may see ever had it.
    """
    return _HELD_AT.rows(model_id=model_at(name, at).id, at=at)


def model_at(name: str, at: int) -> ModelLifetime:
    """Returns the model of that name that `held_at` is about, living or deleted. Raises `ModelNotFound`."""
    check_model_name(name)
    models = _BY_NAME.rows(name=name)
    if not models:
        raise ModelNotFound(name)
    existing = (
        model
        for model in models
        if model.created_at <= at and (model.deleted_at is None or at < model.deleted_at)
    )
    return next(existing, models[0])


def periods(
    model_id: RegisteredModelId,
    *,
    since: int | None = None,
    limit: int = MAX_PERIODS,
) -> list[StagePeriod]:
    """Returns the last `limit` periods of a model's versions that reach beyond `since`, in the order they began.

    For the lanes on the model's page, which leave out the stage None; the model is one that the viewer was shown.
    """
    rows = _OF_MODEL.rows(
        model_id=model_id,
        since=since or 0,
        max_periods=limit,
    )
    return rows[::-1]


def of_version(version_id: int) -> list[StagePeriod]:
    """Returns every period of a version, None among them, in their order."""
    return _OF_VERSION.rows(version_id=version_id)


def previous_versions(model_id: RegisteredModelId, stage: str, limit: int = 10) -> list[int]:
    """Returns the numbers of living versions that were in the stage and no longer are, the last first."""
    numbers = _PREVIOUS.scalars(model_id=model_id, stage=stage, most=limit * MOST_RETURNS)
    return list(dict.fromkeys(numbers))[:limit]


def arrivals(version_ids: Sequence[int]) -> dict[int, Arrival]:
    """Returns the last arrival of each version, in one statement."""
    if not version_ids:
        return {}
    rows = _ARRIVALS.rows(version_ids=json.dumps(list(version_ids)))
    return {row.version_id: row for row in rows}
