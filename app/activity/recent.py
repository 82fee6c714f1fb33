"""What changed lately in several models at once, for a page that one opens to see just that."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlalchemy import Select, bindparam, literal_column, select, union_all

from app.activity.timeline import Moment
from app.audit.recorder import Kind
from app.audit.tables import Event
from app.db.statements import Statement
from app.registry.tables import ModelVersion, RegisteredModel

MOST_MODELS = 24
MOST = 12
# Who may do what to a model is no news of it.
HOUSEKEEPING = [literal_column(f"'{kind.value}'") for kind in (Kind.RIGHTS_GIVEN, Kind.RIGHTS_REMOVED)]

EVENT = Event.__table__.c
MODEL = RegisteredModel.__table__.c
VERSION = ModelVersion.__table__.c


class Change(NamedTuple):
    """A moment and the model it happened to, as that is called now."""

    name: str
    moment: Moment


def _select() -> Select[Any]:
    """The newest of the newest of each model: a few steps into the index for each, however many there are."""
    newest = [
        select(
            select(EVENT.id)
            .where(EVENT.model_id == bindparam(f"model_{place}"), EVENT.kind.not_in(HOUSEKEEPING))
            .order_by(EVENT.id.desc())
            .limit(literal_column(str(MOST)))
            .subquery(f"newest_{place}")
            .c.id
        )
        for place in range(MOST_MODELS)
    ]
    return (
        select(
            MODEL.name,
            EVENT.id,
            EVENT.at,
            EVENT.kind,
            EVENT.actor,
            VERSION.number,
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
        .limit(literal_column(str(MOST)))
    )


_LATELY = Statement(_select)


def of_models(model_ids: Sequence[int]) -> list[Change]:
    """The last `MOST` changes to the first `MOST_MODELS` of these models, which the viewer was shown."""
    ids = list(dict.fromkeys(model_ids))[:MOST_MODELS]
    if not ids:
        return []
    places = {f"model_{place}": ids[place] if place < len(ids) else 0 for place in range(MOST_MODELS)}
    return [Change(row[0], Moment(*row[1:])) for row in _LATELY.rows(**places)]
