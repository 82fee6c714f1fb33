"""What waits for somebody, what they asked, and what was decided.

All of it is of models that the viewer may read, and the actor is the viewer. Pages go by key, newest first.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, and_

from app.approvals import inbox_query as waiting_for
from app.approvals import progress
from app.approvals import queries as request_queries
from app.approvals.inbox_filters import EVERYTHING, Filters
from app.approvals.inbox_query import MOST_COUNTED
from app.approvals.progress import Progress
from app.approvals.queries import REQUEST, RequestRow
from app.authz import access_queries
from app.authz.actors import Actor
from app.db.transactions import db
from app.registry import queries as registry_queries
from app.registry import versions

MOST_ROUNDS = 8  # pages of what somebody approved already that are skipped before one is shown empty


class Item(NamedTuple):
    """A line of the inbox: a request, and for an open one how far it has come."""

    request: RequestRow
    progress: Progress | None


def waiting(
    actor: Actor,
    filters: Filters = EVERYTHING,
    *,
    before_id: int | None = None,
    limit: int = 25,
) -> tuple[list[Item], int | None]:
    """The open requests that the actor may decide and has not approved as they are, newest first.

    The second of the two is the id to go on before, None on the last page. What the actor has approved
    is left out; a page is shorter than `limit`, or empty, only where that was nearly all of hundreds.
    """
    found: list[Item] = []
    token = before_id
    for _ in range(MOST_ROUNDS):
        items, token = _page(_listed(waiting_for.select_waiting()), filters, token, limit, actor)
        found += [one for one in items if one.progress is None or not one.progress.has_approval_of(actor)]
        if token is None or len(found) >= limit:
            break
    if len(found) > limit:
        found = found[:limit]
        token = found[-1].request.id
    return found, token


def undecided(actor: Actor, *, limit: int) -> list[RequestRow]:
    """The newest of what `waiting` lists, without how far each has come: one statement for all of them.

    What the actor approved before it changed is left to `waiting`, which looks at each.
    """
    query = _listed(waiting_for.select_waiting()).where(waiting_for.NOT_APPROVED)
    query = query.order_by(REQUEST.id.desc()).limit(limit)
    return [RequestRow(*row) for row in db.session.execute(query)]


def count(actor: Actor) -> int:
    """How many requests wait for the actor, for the navigation; `MOST_COUNTED` + 1 stands for more.

    Every page asks this, so it counts what they have not approved yet, and looks closer only at what
    they did approve and where the version's history has an entry since. An approval that is void because
    of its files alone is found when the list is opened.
    """
    new = len(waiting_for.NEW.rows())
    if new > MOST_COUNTED:
        return new
    changed = _with_progress([RequestRow(*row) for row in waiting_for.APPROVED_AND_CHANGED.rows()], actor)
    again = sum(one.progress is not None and not one.progress.has_approval_of(actor) for one in changed)
    return min(new + again, MOST_COUNTED + 1)


def asked(
    actor: Actor,
    filters: Filters = EVERYTHING,
    *,
    before_id: int | None = None,
    limit: int = 25,
) -> tuple[list[Item], int | None]:
    """What the actor asked, open or decided, newest first."""
    query = _listed(request_queries.select_requests()).where(_asked_by(actor))
    return _page(query, filters, before_id, limit, actor)


def decided(
    actor: Actor,
    filters: Filters = EVERYTHING,
    *,
    before_id: int | None = None,
    limit: int = 25,
) -> tuple[list[Item], int | None]:
    """What was decided, by whomever, on the models that the viewer may read; the last asked first."""
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
    rows = [
        RequestRow(*row) for row in db.session.execute(query.order_by(REQUEST.id.desc()).limit(limit + 1))
    ]
    return _with_progress(rows[:limit], actor), (rows[limit - 1].id if len(rows) > limit else None)


def _with_progress(rows: Sequence[RequestRow], actor: Actor) -> list[Item]:
    found = versions.of_ids([row.version_id for row in rows if row.state == "open"])
    still_open = [row for row in rows if row.state == "open" and row.version_id in found]
    come = dict(zip((row.id for row in still_open), progress.of_each(still_open, found, actor), strict=True))
    return [Item(row, come.get(row.id)) for row in rows]


def _asked_by(actor: Actor) -> ColumnElement[bool]:
    if actor.account_id is None:
        return and_(REQUEST.asker_id.is_(None), REQUEST.asker == actor.name)
    return REQUEST.asker_id == actor.account_id
