"""The actor on whose behalf the current code reads: look-ups and lists show what this actor may see.

`app.http` sets it for each request. It is not an argument of every read, since a read that forgot it
would show everything; this way it cannot be forgotten. Outside of a request it is the operator.
"""

import contextvars

from app.authz.actors import LOCAL_USER, Actor

_viewer: contextvars.ContextVar[Actor] = contextvars.ContextVar("viewer", default=LOCAL_USER)


def viewer() -> Actor:
    """Returns the actor who sees what is read now."""
    return _viewer.get()


class acting_as:
    """Makes reads inside the block show what `actor` may see."""

    __slots__ = ("_actor", "_outer")

    def __init__(self, actor: Actor):
        self._actor = actor

    def __enter__(self) -> Actor:
        self._outer = _viewer.set(self._actor)
        return self._actor

    def __exit__(self, *_error: object) -> None:
        _viewer.reset(self._outer)
