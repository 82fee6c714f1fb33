"""How much waits for the person, counted once a page: the navigation says it, and so do home and the inbox."""

from collections.abc import Callable

from flask import g

from app.approvals import inbox, notices
from app.authz.actors import Actor
from app.http.application import current_actor


def requests() -> int:
    """How many requests wait to be decided, as `app.approvals.inbox.count` says."""
    return _once("waiting_requests", inbox.count)


def unread() -> int:
    """How many notices have not been read, as `app.approvals.notices.count_unseen` says."""
    return _once("unread_notices", notices.count_unseen)


def _once(name: str, count: Callable[[Actor], int]) -> int:
    if name not in g:
        setattr(g, name, count(current_actor()))
    return g.get(name)
