"""Reads the latest changes of several models at once, for the start page."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, bindparam, literal_column, select, union_all

from app.activity.timeline import Moment
from app.audit.recorder import Kind
from app.audit.tables import Event
from app.db.statements import Statement
from app.registry.tables import ModelVersion, RegisteredModel

MAX_MODELS = 24
MAX_CHANGES = 12
# Changes of who may access a model are not news about the model.
HOUSEKEEPING: list[ColumnElement[str]] = [
    literal_column(f"'{kind.value}'") for kind in (Kind.RIGHTS_GIVEN, Kind.RIGHTS_REMOVED)
]

EVENT = Event.__table__.c
MODEL = RegisteredModel.__table__.c
VERSION = ModelVersion.__table__.c


class Change(NamedTuple):
    """A moment and the model it happened to, as that is called now."""

    name: str
    moment: Moment


def _select() -> Select[Any]:
    """Returns the newest of the newest events of each model: a few steps into the index for each model."""
    newest = [
        select(
            select(EVENT.id)
            .where(EVENT.model_id == bindparam(f"model_{slot}"), EVENT.kind.not_in(HOUSEKEEPING))
            .order_by(EVENT.id.desc())
            .limit(literal_column(str(MAX_CHANGES)))
            .subquery(f"newest_{slot}")
            .c.id
        )
        for slot in range(MAX_MODELS)
    ]
    return (
        select(
            MODEL.name.label("model"),
            EVENT.id,
            EVENT.at,
            EVENT.kind,
            EVENT.actor,
            VERSION.number.label("version"),
            EVENT.subject,
            EVENT.before,
            EVENT.after,
            EVENT.comment,
        )
        .select_from(Event.__table__)
        .join(RegisteredModel.__table__, MODEL.id == EVENT.model_id)
        .outerjoin(ModelVersion.__table__, VERSION.id == EVENT.version_id)
        .where(EVENT.id.in_(union_all(*newest)))
        .order_by(EVENT.id.desc())
        .limit(literal_column(str(MAX_CHANGES)))
    )


_NEWEST = Statement(_select)


def of_models(model_ids: Sequence[int]) -> list[Change]:
    """Returns the last `MAX_CHANGES` changes to the first `MAX_MODELS` of these models, which the viewer was shown."""
    ids = list(dict.fromkeys(model_ids))[:MAX_MODELS]
    if not ids:
        return []
    slots = {f"model_{slot}": ids[slot] if slot < len(ids) else 0 for slot in range(MAX_MODELS)}
    return [
        Change(
            row.model,
            Moment(
                id=row.id,
                at=row.at,
                kind=row.kind,
                actor=row.actor,
                version=row.version,
                subject=row.subject,
                before=row.before,
                after=row.after,
                comment=row.comment,
            ),
        )
        for row in _NEWEST.rows(**slots)
    ]
