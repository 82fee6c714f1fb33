"""The same requests to every server in turn, again and again, and the medians of what they took.

A turn is a few requests on end, as a client's program sends them. Were it one, the servers would be
measured as they wake: each sleeps while the others answer, MLflow for 50 ms at a time.
"""

import statistics
import time
from collections.abc import Sequence
from typing import NamedTuple

from tests.bench.connections import Connection, Request
from tests.bench.world import Call, World

WARM_UP = 2
GREETINGS = 30
FEWEST = 3  # rounds, however slow a server is
LONGEST_TURN = 0.3  # seconds, after which a turn ends with fewer requests

EMPTY = Request("GET", "/empty")


class Effort(NamedTuple):
    """How many rounds a call is measured, after how many seconds that is enough, and the requests a turn."""

    rounds: int = 12
    seconds: float = 2.0
    burst: int = 8


class Result(NamedTuple):
    """Medians of one call, in milliseconds; None where a server does not offer the call."""

    name: str
    call: Call | None
    kept: bool
    greenroom: float | None
    mlflow: float | None
    empty: float | None

    @property
    def ratio(self) -> float | None:
        """How many times as fast as MLflow's Greenroom's answer is."""
        return self.mlflow / self.greenroom if self.mlflow and self.greenroom else None

    @property
    def above_empty(self) -> float | None:
        """How many times the empty route's time Greenroom takes."""
        return self.greenroom / self.empty if self.greenroom and self.empty else None


class _Turn:
    """One server's part of the rounds."""

    def __init__(self, connection: Connection, world: World | None = None, call: Call | None = None):
        self.connection = connection
        self.world = world
        self.call = call
        self.taken: list[float] = []
        self.refused: str | None = None

    def take(self, burst: int) -> None:
        """Send `burst` requests on end, fewer where they take long."""
        begun = time.monotonic()
        for _ in range(burst):
            self._send()
            if time.monotonic() - begun > LONGEST_TURN:
                return

    def _send(self) -> None:
        if self.refused:
            return
        try:
            answer = self.connection.send(self._request())
            if answer.status != 200:
                self.refused = f"{answer.status} {answer.data[:200]!r}"
            self.taken.append(answer.seconds)
        except (RuntimeError, ConnectionError) as error:  # in preparing the request, or half an answer
            self.refused = str(error)

    def _request(self) -> Request:
        if self.world is None or self.call is None:
            return EMPTY
        return self.call.make(self.world, self.world.serial(self.call.name))

    def median(self) -> float | None:
        return None if self.refused or not self.taken else statistics.median(self.taken[WARM_UP:]) * 1000


class Lines:
    """A connection to each server, kept from the first call to the last, or made anew for each request."""

    def __init__(self, worlds: Sequence[World], empty_url: str, *, kept: bool):
        self.kept = kept
        self.worlds = [(world, Connection(world.server.url, kept=kept)) for world in worlds]
        self.empty = Connection(empty_url, kept=kept)
        # On a new connection the client's kernel acknowledges every segment at once; a client that holds
        # its connection is past that.
        for _ in range(GREETINGS if kept else 0):
            for _world, connection in self.worlds:
                connection.send(Request("GET", "/health"))


def measure(call: Call, lines: Lines, effort: Effort) -> tuple[Result, list[str]]:
    """Send the call to each server in turn; the medians, and what was refused.

    Each round is a turn of each server, so that whatever else the machine does meets all alike.
    """
    turns = [_Turn(connection, world, call) for world, connection in lines.worlds]
    floor = _Turn(lines.empty)
    started = time.monotonic()
    for done in range(effort.rounds):
        if done >= FEWEST and time.monotonic() - started > effort.seconds:
            break
        for turn in (*turns, floor):
            turn.take(effort.burst)
    by_name = {turn.world.name: turn for turn in turns if turn.world}
    medians = {name: turn.median() for name, turn in by_name.items()}
    refused = [
        f"{call.name}: {name} answered {turn.refused}" for name, turn in by_name.items() if turn.refused
    ]
    shown = Result(
        call.name, call, lines.kept, medians.get("Greenroom"), medians.get("MLflow"), floor.median()
    )
    return shown, refused


def geometric_mean(ratios: Sequence[float]) -> float:
    """The mean that treats twice as fast and half as fast alike."""
    return statistics.geometric_mean(ratios)
