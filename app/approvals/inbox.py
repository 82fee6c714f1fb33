"""What is waiting for somebody, what they requested, and what was decided.

All of it is of models that the viewer may read, and the actor is the viewer. Pages go by key, newest first.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, and_

from app.approvals import inbox_query, progress
from app.approvals import queries as request_queries
from app.approvals.inbox_filters import EVERYTHING, Filters
from app.approvals.inbox_query import MAX_COUNTED
from app.approvals.progress import Progress
from app.approvals.queries import REQUEST, RequestRow
from app.authz import access_queries
from app.authz.actors import Actor
from app.db.transactions import db
from app.registry import queries as registry_queries
from app.registry import versions

MAX_SKIPPED_PAGES = 8  # pages of what somebody approved already, before one is shown empty


class Item(NamedTuple):
    """A line of the inbox: a request, and for an open one how far it has come."""

    request: RequestRow
    progress: Progress | None


def list_waiting(
    actor: Actor,
    filters: Filters = EVERYTHING,
    *,
    before_id: int | None = None,
    limit: int = 25,
) -> tuple[list[Item], int | None]:
    """Returns the open requests that the actor may decide and has not approved as they are, newest first.

    The second of the two is the id to continue before, None on the last page. What the actor has approved
    is left out; a page is shorter than `limit`, or empty, only where that was nearly all of hundreds.
    """
    waiting: list[Item] = []
    token = before_id
    for _ in range(MAX_SKIPPED_PAGES):
        items, token = _page(_listed(inbox_query.select_waiting()), filters, token, limit, actor)
        waiting += [
            item for item in items if item.progress is None or not item.progress.has_approval_of(actor)
        ]
        if token is None or len(waiting) >= limit:
            break
    if len(waiting) > limit:
        waiting = waiting[:limit]
        token = waiting[-1].request.id
    return waiting, token


def undecided(actor: Actor, *, limit: int) -> list[RequestRow]:
    """Returns the newest of `list_waiting`, without how far each has come: one statement for all of them.

    What the actor approved before it changed is left to `list_waiting`, which looks at each.
    """
    query = _listed(inbox_query.select_waiting()).where(inbox_query.NOT_APPROVED)
    query = query.order_by(REQUEST.id.desc()).limit(limit)
    return _rows(query)


def count(actor: Actor) -> int:
    """Returns how many requests are waiting for the actor, for the navigation; `MAX_COUNTED` + 1 stands for more.

    Every page asks this, so it counts what they have not approved yet, and looks closer only at what
    they did approve and where the version's history has an entry since. An approval that is void because
    of its files alone is found when the list is opened.
    """
    new = len(inbox_query.NEW.scalars())
    if new > MAX_COUNTED:
        return new
    changed = _with_progress(inbox_query.APPROVED_AND_CHANGED.rows(), actor)
    again = sum(item.progress is not None and not item.progress.has_approval_of(actor) for item in changed)
    return min(new + again, MAX_COUNTED + 1)


def list_requested(
    actor: Actor,
    filters: Filters = EVERYTHING,
    *,
    before_id: int | None = None,
    limit: int = 25,
) -> tuple[list[Item], int | None]:
    """Returns what the actor requested, open or decided, newest first."""
    query = _listed(request_queries.select_requests()).where(_requested_by(actor))
    return _page(query, filters, before_id, limit, actor)


def list_decided(
    actor: Actor,
    filters: Filters = EVERYTHING,
    *,
    before_id: int | None = None,
    limit: int = 25,
) -> tuple[list[Item], int | None]:
    """Returns what was decided, by anybody, on the models that the viewer may read; the last requested first."""
    query = _listed(request_queries.select_requests()).where(REQUEST.decided_at.is_not(None))
    return _page(query, filters, before_id, limit, actor)


def _listed(query: Select[Any]) -> Select[Any]:
    return query.where(*access_queries.listed(access_queries.MODELS, registry_queries.MODEL.id))


def _page(
    query: Select[Any], filters: Filters, before_id: int | None, limit: int, actor: Actor
) -> tuple[list[Item], int | None]:
    query = query.where(*filters.conditions(REQUEST.asker, REQUEST.asked_at))
    if before_id is not None:
        query = query.where(REQUEST.id < before_id)
    rows = _rows(query.order_by(REQUEST.id.desc()).limit(limit + 1))
    return _with_progress(rows[:limit], actor), (rows[limit - 1].id if len(rows) > limit else None)


def _rows(query: Select[Any]) -> list[RequestRow]:
    return [RequestRow(**row._mapping) for row in db.session.execute(query)]


def _with_progress(rows: Sequence[RequestRow], actor: Actor) -> list[Item]:
    by_id = versions.of_ids([row.version_id for row in rows if row.state == "open"])
    still_open = [row for row in rows if row.state == "open" and row.version_id in by_id]
    progress_of_each = progress.of_each(still_open, by_id, actor)
    by_request = {row.id: come for row, come in zip(still_open, progress_of_each, strict=True)}
    return [Item(row, by_request.get(row.id)) for row in rows]


def _requested_by(actor: Actor) -> ColumnElement[bool]:
    if actor.account_id is None:
        return and_(REQUEST.asker_id.is_(None), REQUEST.asker == actor.name)
    return REQUEST.asker_id == actor.account_id
