"""Which version an alias pointed at when: kept like the periods of stages, through renaming and deleting."""

from typing import NamedTuple

from sqlalchemy import bindparam, or_, select

from app.core.ids import RegisteredModelId
from app.db.statements import Statement
from app.registry import queries
from app.registry.tables import AliasInterval, ModelVersion
from app.stages import history

_INTERVAL = AliasInterval.__table__.c


class AliasPeriod(NamedTuple):
    """How long an alias pointed at a version, in milliseconds; `to_at` is None while it does.

    `actor` set it, on `request_id` where somebody had requested it. `deleted_at` is when the version was deleted, if it
    was.
    """

    id: int
    alias: str
    number: int
    from_at: int
    to_at: int | None
    actor: str
    request_id: int | None
    deleted_at: int | None

    @property
    def is_deleted(self) -> bool:
        """Whether the version is deleted by now."""
        return self.deleted_at is not None


_PERIODS = (
    select(
        _INTERVAL.id,
        _INTERVAL.alias,
        queries.VERSION.number,
        _INTERVAL.from_at,
        _INTERVAL.to_at,
        _INTERVAL.actor,
        _INTERVAL.request_id,
        queries.VERSION.deleted_at,
    )
    .join_from(AliasInterval.__table__, ModelVersion.__table__, queries.VERSION.id == _INTERVAL.version_id)
    .where(_INTERVAL.model_id == bindparam("model_id"))
)
_AT = Statement(
    _PERIODS.where(
        _INTERVAL.from_at <= bindparam("at"),
        or_(_INTERVAL.to_at.is_(None), _INTERVAL.to_at > bindparam("at")),
    ).order_by(_INTERVAL.alias),
    AliasPeriod,
)
_OF_MODEL = Statement(
    _PERIODS.order_by(_INTERVAL.from_at.desc(), _INTERVAL.id.desc()).limit(bindparam("max_periods")),
    AliasPeriod,
)


def set_at(name: str, at: int) -> list[AliasPeriod]:
    """Returns what each alias of the model pointed at, at that moment, by name.

    The model is the one that `app.stages.history.held_at` is about. Raises `ModelNotFound`.
    """
    return _AT.rows(model_id=history.model_at(name, at).id, at=at)


def periods(model_id: RegisteredModelId, limit: int) -> list[AliasPeriod]:
    """Returns the last `limit` periods of the aliases of a model that the viewer was shown, newest first."""
    return _OF_MODEL.rows(model_id=model_id, max_periods=limit)
