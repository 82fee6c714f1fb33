"""Every call, beside MLflow and the empty route, over kept connections and over fresh ones."""

import os

from tests.bench import registry_calls, report, servers, tracking_calls
from tests.bench.filling import Size, fill_registry, fill_tracking
from tests.bench.measuring import Effort, Lines, Result, measure
from tests.bench.report import Verdict
from tests.bench.world import World

QUICK = Size(models=300, versions=5, big=500, runs=10)


def run(*, quick: bool, only: str = "", connections: str = "both", burst: int = 8) -> list[Verdict]:
    """Start the three servers, fill them alike, measure, and print the table.

    `only` chooses the calls whose names hold it; `connections` is kept, fresh or both; `burst` is how
    many requests a server gets on end.
    """
    report.heading("Every call")
    size = QUICK if quick else Size()
    with servers.greenroom() as ours, servers.mlflow() as theirs, servers.empty() as floor:
        worlds = [World(ours), World(theirs)]
        for world in worlds:
            fill_registry(world, size)
            fill_tracking(world, size)
        os.sync()  # what was filled in without waiting for the disk must not be waited for by the first calls
        calls = [c for c in (*registry_calls.CALLS, *tracking_calls.CALLS) if only in c.name]
        effort = Effort(rounds=4, seconds=1, burst=burst) if quick else Effort(burst=burst)
        measured: dict[bool, list[tuple[Result, list[str]]]] = {}
        for kept in (True, False):
            if connections == "both" or kept == (connections == "kept"):
                lines = Lines(worlds, floor.url, kept=kept)
                measured[kept] = [measure(call, lines, effort) for call in calls]
    report.show_calls([result for found in measured.values() for result, _refused in found])
    verdicts = [v for found in measured.values() for v in report.judge_calls([result for result, _ in found])]
    for found in measured.values():
        for _result, refused in found:
            report.show_refused(refused)
    return verdicts
