"""Two worker processes beside one: how many point reads they answer, the load's own share of the cores included."""

import multiprocessing
import statistics
import time

from tests.bench import report, servers
from tests.bench.connections import Connection
from tests.bench.filling import Size, fill_registry
from tests.bench.report import Verdict
from tests.bench.world import World, request

CLIENTS = 2  # processes that load the server
CONNECTIONS = 4  # threads of each, a kept connection apiece
READ = request("GET", "model-versions/get", {"name": "model-042", "version": "3"})


def run(*, quick: bool) -> list[Verdict]:
    """Print reads a second with one worker and with two, measured in turn."""
    report.heading("Two workers beside one")
    seconds, rounds = (1, 2) if quick else (3, 5)
    with servers.greenroom(workers=1) as one, servers.greenroom(workers=2) as two:
        for server in (one, two):
            fill_registry(World(server), Size(big=100))
        rates: dict[int, list[float]] = {1: [], 2: []}
        for _ in range(rounds):
            for workers, server in ((1, one), (2, two)):
                rates[workers].append(_rate(server.url, seconds))
    medians = {workers: statistics.median(found) for workers, found in rates.items()}
    report.table(("workers", "reads/s"), [(workers, f"{rate:,.0f}") for workers, rate in medians.items()])
    return [report.verdict("two workers at least 1.4 times one", medians[2] / medians[1], 1.4)]


def _rate(url: str, seconds: float) -> float:
    with multiprocessing.Pool(CLIENTS) as pool:
        return sum(pool.starmap(_load, [(url, seconds)] * CLIENTS)) / seconds


def _load(url: str, seconds: float) -> int:
    """Keep a few requests under way from one thread, and count the answers."""
    connections = [Connection(url, kept=True) for _ in range(CONNECTIONS)]
    for connection in connections:
        connection.send(READ)
    answered, until = 0, time.monotonic() + seconds
    while time.monotonic() < until:
        for connection in connections:
            connection.begin(READ)
        for connection in connections:
            connection.finish()
            answered += 1
    return answered
