"""Counts of what waits for the person, made once for each page: navigation, home and inbox show them."""

from collections.abc import Callable

from flask import g

from app.approvals import inbox, notices
from app.authz.actors import Actor
from app.http.application import current_actor


def requests() -> int:
    """Returns how many requests the person can decide, as `app.approvals.inbox.count` says."""
    return _once("waiting_requests", inbox.count)


def unread() -> int:
    """Returns how many notices are unread, as `app.approvals.notices.count_unseen` says."""
    return _once("unread_notices", notices.count_unseen)


def _once(name: str, count: Callable[[Actor], int]) -> int:
    if name not in g:
        setattr(g, name, count(current_actor()))
    return g.get(name)
