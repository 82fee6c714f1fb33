"""A thousand metrics in one batch, beside MLflow."""

from tests.bench import report, servers
from tests.bench.filling import Size, fill_tracking
from tests.bench.measuring import Effort, Lines, measure
from tests.bench.report import Verdict
from tests.bench.tracking_calls import log_batch
from tests.bench.world import Call, World

# FastTrackML took 17.6 ms for such a batch where MLflow took 298 ms.
WANTED = 1.5 * 17.6 / 298


def run(*, quick: bool) -> list[Verdict]:
    """Print what a batch costs, and its share of MLflow's time."""
    report.heading("1,000 metrics in one batch")
    with servers.greenroom() as ours, servers.mlflow() as theirs, servers.empty() as floor:
        worlds = [World(ours), World(theirs)]
        for world in worlds:
            fill_tracking(world, Size(runs=2))
        lines = Lines(worlds, floor.url, kept=True)
        effort = Effort(rounds=7 if quick else 41, seconds=30, burst=2)
        result, refused = measure(Call("runs/log-batch, 1,000 metrics", log_batch(1000)), lines, effort)
        report.show_calls([result])
        report.show_refused(refused)
        if not result.ratio:
            return []
        wanted = (
            f"1,000 metrics in a batch at most {WANTED:.3f} of MLflow's time (1.5 times FastTrackML's share)"
        )
        return [report.verdict(wanted, 1 / result.ratio, WANTED, at_most=True)]
