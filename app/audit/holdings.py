"""Since when, and by whose hand, versions are in the stage they are in."""

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import func, select

from app.audit.events import Kind
from app.audit.models import Event
from app.database import db

ARRIVALS = (
    Kind.VERSION_CREATED.value,
    Kind.VERSION_TRANSITIONED.value,
    Kind.VERSION_ARCHIVED_BY_SUCCESSOR.value,
)


class Holding(NamedTuple):
    """When a version came to its present stage, in milliseconds, and who brought it there."""

    at: int
    actor: str


def since(version_ids: Sequence[int]) -> dict[int, Holding]:
    """The last arrival of each version as far as the events tell, in one statement."""
    if not version_ids:
        return {}
    last = (
        select(func.max(Event.id))
        .where(Event.version_id.in_(version_ids), Event.kind.in_(ARRIVALS))
        .group_by(Event.version_id)
    )
    rows = db.session.execute(select(Event.version_id, Event.at, Event.actor).where(Event.id.in_(last)))
    return {version_id: Holding(at, actor) for version_id, at, actor in rows}
