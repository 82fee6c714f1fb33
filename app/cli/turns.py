"""Who runs next, among threads that all could.

The interpreter runs one thread at a time, but lets go at each step of a query and each look at a socket.
Eight threads with a request each then wake one another at every such step, and answer fewer together than
one of them does alone. So only as many threads as there are seats wait for requests and answer them; one
whose request takes long gets up, and the next sits down.
"""

import threading
import time

# As long as the interpreter itself lets one thread run while others want to.
LONGEST_SECONDS = 0.005


class Seat:
    """A thread's place. `since` is when its present request began, 0 between requests."""

    __slots__ = ("since",)

    def __init__(self) -> None:
        self.since = 0.0


class Turns:
    """Hands out `seats`. Somebody must call `relieve` every few milliseconds."""

    def __init__(self, seats: int):
        self._free = threading.Semaphore(seats)
        self._taken: dict[Seat, None] = {}

    def sit(self, seat: Seat) -> None:
        """Wait until there is a seat, unless the thread still has the one it had."""
        if seat not in self._taken:
            self._free.acquire()
            self._taken[seat] = None

    def get_up(self, seat: Seat) -> None:
        """Leave the seat to another thread, before something that takes long; harmless to repeat."""
        # Whoever takes it out of the dictionary frees it: that cannot happen twice.
        if self._taken.pop(seat, self) is None:
            self._free.release()

    def relieve(self) -> bool:
        """Free the seats of those who take long; whether anybody has been busy."""
        now = time.monotonic()
        busy = [(seat, since) for seat in list(self._taken) if (since := seat.since)]
        for seat, since in busy:
            if now - since > LONGEST_SECONDS:
                self.get_up(seat)
        return bool(busy)
