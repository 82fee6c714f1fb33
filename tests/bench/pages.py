"""Pages beside MLflow's own: what they weigh, how often they ask, how soon something is to be seen.

python -m tests.bench.pages [--quick] [--million] measures 1,000 models of five versions, one of 5,000 and
30 runs in both servers, and then each of Greenroom's own pages; --million adds what the server takes
where there are a million versions.
"""

import argparse
import contextlib
import statistics
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urljoin

from playwright.sync_api import Browser, BrowserContext, TimeoutError

from tests.bench import every_page, filling, report, scale, servers
from tests.bench.connections import Connection
from tests.bench.filling import Size
from tests.bench.world import World, request
from tests.support.chromium import launched

SIZE = Size(models=1_000, versions=5, big=5_000, runs=30)
MOST_BYTES, MOST_REQUESTS, MOST_MS, SHARE_OF_PAINT = 60 * 1024, 8, 15, 1 / 5
MOST_MS_OF_A_MILLION = 25
AT_REST_MS, SETTLED_MS = 500, 5_000

FIRST_PAINT = """
() => new Promise((resolve) => {
  const done = (list) => list.forEach((entry) => entry.name === "first-contentful-paint" && resolve(entry.startTime));
  new PerformanceObserver((list) => done(list.getEntries())).observe({type: "paint", buffered: true});
})
"""


@dataclass(frozen=True)
class Pair:
    """The same page of both servers; addresses may hold the ids of `World.facts`."""

    name: str
    ours: str
    theirs: str


PAIRS = (
    Pair("list of models", "/models", "/#/models"),  # 25 on either
    Pair("models found by a word", "/models?q=model-12", "/#/models?searchInput=model-12"),
    Pair("model of five versions", "/models/model-500", "/#/models/model-500"),
    Pair("model of many versions", "/models/big", "/#/models/big"),
    Pair("version", "/models/model-500/versions/5", "/#/models/model-500/versions/5"),
    Pair("experiment of 30 runs", "/experiments/{experiment}", "/#/experiments/{experiment}/runs"),
    Pair("run", "/runs/{small_run}", "/#/experiments/{experiment}/runs/{small_run}"),
)


@dataclass
class Visit:
    """One cold load of a page: bytes over the wire, requests, and milliseconds to the first paint."""

    bytes: int = 0
    requests: int = 0
    paint: float = 0.0


@dataclass
class Figures:
    visits: list[Visit] = field(default_factory=list)

    def median(self, name: str) -> float:
        return statistics.median(getattr(visit, name) for visit in self.visits)


def visit(browser: Browser, url: str) -> Visit:
    """Load the address with nothing of it in the cache, until it asks for nothing more for a while.

    The tab shows a word of the same server before, and is at rest by then: a new profile, whose cache is
    empty, has the browser make files and start a process for longer than many a page takes, whoever serves it.
    """
    context: BrowserContext = browser.new_context(viewport={"width": 1280, "height": 900})
    found = Visit()
    try:
        page = context.new_page()
        page.goto(urljoin(url, "/version"))
        page.wait_for_timeout(AT_REST_MS)
        wire = context.new_cdp_session(page)

        def count(_event: dict) -> None:
            found.requests += 1

        def weigh(event: dict) -> None:
            found.bytes += event["encodedDataLength"]

        wire.on("Network.requestWillBeSent", count)
        wire.on("Network.loadingFinished", weigh)
        wire.send("Network.enable")
        page.goto(url, wait_until="load", timeout=120_000)
        found.paint = page.evaluate(FIRST_PAINT)
        with contextlib.suppress(TimeoutError):  # some of MLflow's pages never stop asking
            page.wait_for_load_state("networkidle", timeout=SETTLED_MS)
    finally:
        context.close()
    return found


def server_times(world: World, path: str, rounds: int) -> float:
    """The median of so many milliseconds from a request until its answer is there, over a kept connection."""
    line = Connection(world.server.url, kept=True)
    asked = request("GET", path)
    answers = [line.send(asked) for _ in range(rounds + 3)]
    assert all(answer.status == 200 for answer in answers), f"{path}: {answers[-1].status}"
    return statistics.median(answer.seconds * 1000 for answer in answers[3:])


@contextlib.contextmanager
def _worlds() -> Iterator[tuple[World, World]]:
    with servers.greenroom() as ours, servers.mlflow() as theirs:
        worlds = World(ours), World(theirs)
        for world in worlds:
            filling.fill_registry(world, SIZE)
            filling.fill_tracking(world, SIZE)
        yield worlds


def beside_mlflow(*, rounds: int) -> list[report.Verdict]:
    """Print what each page takes on both servers, loaded in turn by the same browser."""
    report.heading(
        f"Pages beside MLflow's: {SIZE.models:,} models, the median of {rounds} cold loads in turn"
    )
    rows, worst = [], {"bytes": 0.0, "requests": 0.0, "ms": 0.0, "share": 0.0}
    with _worlds() as (ours, theirs), launched() as browser:
        floor = statistics.median(visit(browser, f"{ours.server.url}/version").paint for _ in range(rounds))
        for pair in PAIRS:
            mine, other = Figures(), Figures()
            here, there = pair.ours.format(**ours.facts), pair.theirs.format(**theirs.facts)
            for _ in range(rounds):
                mine.visits.append(visit(browser, ours.server.url + here))
                other.visits.append(visit(browser, theirs.server.url + there))
            ms = server_times(ours, here, 20)
            share = mine.median("paint") / other.median("paint")
            found = {
                "bytes": mine.median("bytes"),
                "requests": mine.median("requests"),
                "ms": ms,
                "share": share,
            }
            worst = {key: max(worst[key], value) for key, value in found.items()}
            rows.append(
                (
                    pair.name,
                    f"{found['bytes'] / 1024:.1f}",
                    f"{other.median('bytes') / 1024:,.0f}",
                    f"{found['requests']:.0f}",
                    f"{other.median('requests'):.0f}",
                    f"{ms:.1f}",
                    f"{mine.median('paint'):.0f}",
                    f"{other.median('paint'):.0f}",
                    f"1/{1 / share:.1f}",
                )
            )
    report.table(
        ("page", "kB", "MLflow kB", "requests", "MLflow", "server ms", "paint ms", "MLflow ms", "share"), rows
    )
    print(f"The browser itself takes {floor:.0f} ms to paint a page of one word.\n")
    return [
        report.verdict(
            "at most 60 kB a page", worst["bytes"] / 1024, MOST_BYTES / 1024, at_most=True, note=" kB"
        ),
        report.verdict("at most 8 requests a page", worst["requests"], MOST_REQUESTS, at_most=True),
        report.verdict(
            "the server's time at most 15 ms at 1,000 models", worst["ms"], MOST_MS, at_most=True, note=" ms"
        ),
        report.verdict(
            "first paint at most a fifth of MLflow's", worst["share"], SHARE_OF_PAINT, at_most=True
        ),
    ]


def of_a_million(*, quick: bool) -> list[report.Verdict]:
    """Print what the server takes for each page of the registry with a million versions in it."""
    total, big = (100_000, 20_000) if quick else scale.LARGE
    report.heading(f"Pages with {total:,} versions, {big:,} of them in one model")
    paths = (
        "/models",
        "/models?q=model-01",
        "/models?sort=name",
        "/models?mine=1",
        "/models?starred=1",
        "/models/big",
        "/models/big?stage=Production",
        "/models/big/versions/5",
        "/deleted-models",
    )
    with tempfile.TemporaryDirectory(prefix="bench-") as name, scale.filled(Path(name), total, big) as server:
        times = [(path, server_times(World(server), path, 20)) for path in paths]
    report.table(("page", "server ms"), [(path, f"{ms:.1f}") for path, ms in times])
    slowest = max(times, key=lambda one: one[1])
    wanted = f"the server's time at most {MOST_MS_OF_A_MILLION} ms with {total:,} versions"
    note = f" ms ({slowest[0]})"
    return [report.verdict(wanted, slowest[1], MOST_MS_OF_A_MILLION, at_most=True, note=note)]


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.pages", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer rounds, and a tenth of the million")
    parser.add_argument(
        "--million", action="store_true", help="also with a million versions: two minutes more"
    )
    chosen = parser.parse_args()
    print(f"# Measured on {report.machine()}")
    verdicts = beside_mlflow(rounds=3 if chosen.quick else 7)
    verdicts += every_page.run(SIZE, rounds=5 if chosen.quick else 15)
    if chosen.million:
        verdicts += of_a_million(quick=chosen.quick)
    report.show_verdicts(verdicts)


if __name__ == "__main__":
    main()
