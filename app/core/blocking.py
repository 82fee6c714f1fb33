"""Work that keeps its thread waiting: a slow hash, a disk, a commit, a long statement.

In a server the requests of a process share one thread (see `app.server`), and whoever keeps it keeps all of
them. So such work is handed to `run`, and what cannot be handed over calls `give_way` now and then. Called
from a shell or a test, both do nothing special.
"""

from collections.abc import Callable
from typing import Any, TypeVar

Result = TypeVar("Result")

_apply: Callable[..., Any] | None = None
_apply_short: Callable[..., Any] | None = None
_give_way: Callable[[], None] | None = None


def share_thread(
    apply: Callable[..., Any], give_way: Callable[[], None], *, apply_short: Callable[..., Any] | None = None
) -> None:
    """Says that this process's requests share a thread from now on.

    `apply(function, args)` lets another thread do something and waits for it while other requests go on;
    `apply_short` may do it at once where nobody would notice; `give_way()` lets those go on that have something to do.
    """
    global _apply, _apply_short, _give_way
    _apply, _apply_short, _give_way = apply, apply_short or apply, give_way


def run(function: Callable[..., Result], *args: Any) -> Result:
    """Returns `function(*args)`, which may take long and must need neither the request nor a lock of ours."""
    return function(*args) if _apply is None else _apply(function, args)


def run_short(function: Callable[..., Result], *args: Any) -> Result:
    """Returns `function(*args)` like `run`, for what takes a millisecond nearly always, and seconds on a bad day."""
    return function(*args) if _apply_short is None else _apply_short(function, args)


def give_way_callback() -> Callable[[], None] | None:
    """Returns what lets other requests go on; None where no others share this thread."""
    return _give_way
