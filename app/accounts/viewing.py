"""On whose behalf the present code reads: look-ups and lists show what this actor may see.

The edge sets it for each request. It is not an argument of every read, since a read that forgot it
would show everything; here forgetting is not possible. Outside of a request it is the operator.
"""

import contextlib
import contextvars
from collections.abc import Iterator

from app.accounts.actors import LOCAL_USER, Actor

_viewer: contextvars.ContextVar[Actor] = contextvars.ContextVar("viewer", default=LOCAL_USER)


def viewer() -> Actor:
    """Who sees what is read now."""
    return _viewer.get()


@contextlib.contextmanager
def acting_as(actor: Actor) -> Iterator[Actor]:
    """Let reads inside the block show what `actor` may see, and verbs ask for that actor's rights."""
    outer = _viewer.set(actor)
    try:
        yield actor
    finally:
        _viewer.reset(outer)
