"""Ten thousand versions in one answer, beside MLflow: rows a second."""

from tests.bench import report, servers
from tests.bench.filling import Size, fill_registry
from tests.bench.measuring import Effort, Lines, measure
from tests.bench.report import Verdict
from tests.bench.world import Call, World, request

SIZES = (100, 1_000, 10_000)


def run(*, quick: bool) -> list[Verdict]:
    """Print the time of answers of growing size; the cost of a row must not grow with them."""
    report.heading("Versions in one answer")
    with servers.greenroom() as ours, servers.mlflow() as theirs, servers.empty() as floor:
        worlds = [World(ours), World(theirs)]
        for world in worlds:
            fill_registry(world, Size(big=12_000))
        lines = Lines(worlds, floor.url, kept=True)
        rows = []
        for size in SIZES:
            call = Call(f"{size:,} versions", _search(size))
            result, refused = measure(call, lines, Effort(rounds=5 if quick else 11, seconds=40, burst=1))
            report.show_refused(refused)
            if result.greenroom and result.mlflow:
                rows.append(
                    (
                        result.name,
                        *(f"{size / ms * 1000:,.0f}" for ms in (result.greenroom, result.mlflow)),
                        f"{result.greenroom * 1000 / size:.1f}",
                        f"{result.ratio:.1f}",
                    )
                )
        report.table(
            ("answer", "Greenroom rows/s", "MLflow rows/s", "Greenroom us a row", "times MLflow's rate"), rows
        )
        if not rows:
            return []
        return [
            report.verdict("10,000 versions in one answer at 20 times MLflow's rate", float(rows[-1][-1]), 20)
        ]


def _search(size: int):
    return lambda _world, _n: request(
        "GET", "model-versions/search", {"filter": "name='big'", "max_results": size}
    )
