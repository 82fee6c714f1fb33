"""Calls to another server that end in time, however it behaves.

The timeouts of a library count between two pieces of an answer, so an answer that comes byte by byte takes for ever.
Here a call has a few seconds in all. A server that let one pass is not asked again for a moment: everybody who wants
to sign in meanwhile is told at once, and does not wait as well.
"""

import threading
import time
from collections.abc import Callable
from typing import Generic, TypeVar

import requests

Result = TypeVar("Result")


class _Outcome(Generic[Result]):
    """What became of a call."""

    def __init__(self) -> None:
        self.done = threading.Event()
        self.values: list[Result] = []
        self.error: Exception | None = None


class BoundedCalls:
    """Calls to one server: `seconds` for each, `max_calls` at once, and `rest` seconds after one that took too long."""

    def __init__(self, seconds: float = 5.0, max_calls: int = 8, rest: float = 5.0) -> None:
        self.seconds = seconds
        self.rest = rest
        self._free = threading.BoundedSemaphore(max_calls)
        self._silent_until = float("-inf")

    def run(self, function: Callable[[], Result]) -> Result:
        """Returns `function()`, or raises what it raises. Raises `requests.Timeout` where it takes too long."""
        if time.monotonic() < self._silent_until:
            raise requests.Timeout("no answer a moment ago")
        if not self._free.acquire(blocking=False):
            raise requests.Timeout("too many calls wait for an answer")
        outcome: _Outcome[Result] = _Outcome()
        # A thread of its own, which may outlast the patience of whoever waits, and keeps its place until then.
        threading.Thread(target=self._work, args=(function, outcome), daemon=True).start()
        if not outcome.done.wait(self.seconds):
            outcome.error = requests.Timeout(f"no answer within {self.seconds} seconds")
        if isinstance(outcome.error, requests.Timeout):
            self._silent_until = time.monotonic() + self.rest
        if outcome.error is not None:
            raise outcome.error
        return outcome.values[0]

    def _work(self, function: Callable[[], Result], outcome: _Outcome[Result]) -> None:
        try:
            outcome.values.append(function())
        except Exception as error:  # raised again where the call was made
            outcome.error = error
        finally:
            self._free.release()
            outcome.done.set()
