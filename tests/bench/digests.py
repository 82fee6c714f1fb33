"""What the digests of versions cost: registering, by how many files, and reads beside them in the background."""

import statistics
import time
from pathlib import Path
from typing import Any

from tests.bench import report, servers
from tests.bench.connections import Connection
from tests.bench.report import Verdict
from tests.bench.world import World, request

COUNTS = (1, 100, 10_000)
MAX_REGISTERING = 1_000  # milliseconds, for files whose digests were taken at upload
MAX_SLOWDOWN = 1.1  # of reads while a large file is hashed
MODEL = "digests"
GIGABYTE = 1_000_000_000
PATIENCE = 600  # seconds


def run(*, quick: bool) -> list[Verdict]:
    """Print what registering a version costs by its files, and how long reads take beside a large file."""
    report.heading("Digests of versions")
    with servers.greenroom() as server:
        assert server.database is not None
        world = World(server)
        world.ask("POST", "registered-models/create", {"name": MODEL})
        folder = _Files(world, server.database.parent / "artifacts")
        return [
            _register_by_files(world, folder, rounds=8 if quick else 40),
            _read_beside_hashing(world, folder, gigabytes=2 if quick else 10),
        ]


class _Files:
    """The files of a run, which are written to the disk as a server of before would have left them."""

    def __init__(self, world: World, artifacts: Path):
        run = world.ask("POST", "runs/create", {"experiment_id": "0"})["run"]["info"]
        self.run_id = run["run_id"]
        self._folder = artifacts / run["artifact_uri"].removeprefix("mlflow-artifacts:/")
        # A version of a run that goes on is made of a copy.
        world.ask("POST", "runs/update", {"run_id": self.run_id, "status": "FINISHED"})

    def make_small(self, name: str, count: int) -> None:
        """Makes so many small files in a folder of that name."""
        folder = self._folder / name
        folder.mkdir(parents=True)
        for number in range(count):
            (folder / f"{number:06}.txt").write_text(f"{name} {number}")

    def make_large(self, name: str, size: int) -> None:
        """Makes a file without any content, which takes no room on the disk and as long to hash as any other."""
        folder = self._folder / name
        folder.mkdir(parents=True)
        with (folder / "model.bin").open("wb") as file:
            file.truncate(size)

    def version(self, name: str) -> dict[str, Any]:
        """Returns the fields of a version that is made of the folder."""
        return {"name": MODEL, "source": f"runs:/{self.run_id}/{name}", "run_id": self.run_id}


def _register_by_files(world: World, files: _Files, rounds: int) -> Verdict:
    line = Connection(world.server.url, kept=True)
    elsewhere = {"name": MODEL, "source": "s3://bucket/model"}
    rows = [("not held here", *_registering(line, elsewhere, rounds))]
    slowest = 0.0
    for count in COUNTS:
        files.make_small(str(count), count)
        fields = files.version(str(count))
        # The first time they are read, in the background where they are many.
        number = world.ask("POST", "model-versions/create", fields)["model_version"]["version"]
        _wait_until_ready(world, number)
        median, worst = _registering(line, fields, rounds)
        slowest = max(slowest, median)
        rows.append((f"{count:,}", median, worst))
    report.table(
        ("files", "median, ms", "slowest, ms"),
        [(name, f"{median:.2f}", f"{worst:.2f}") for name, median, worst in rows],
    )
    wanted = f"registering {COUNTS[-1]:,} files whose digests are known at most {MAX_REGISTERING} ms"
    return report.verdict(wanted, slowest, MAX_REGISTERING, at_most=True)


def _registering(line: Connection, fields: dict[str, Any], rounds: int) -> tuple[float, float]:
    """Returns the median and the slowest of registering a version again and again, in milliseconds."""
    taken = []
    for _ in range(rounds):
        answer = line.send(request("POST", "model-versions/create", fields))
        if answer.status != 200:
            raise RuntimeError(f"registering got {answer.status}: {answer.data[:200]!r}")
        taken.append(answer.seconds * 1000)
    return statistics.median(taken), max(taken)


def _state(world: World, number: str) -> str:
    fields = {"name": MODEL, "version": number}
    return world.get("/api/2.0/greenroom/manifest", fields)["manifest"]["state"]


def _wait_until_ready(world: World, number: str) -> None:
    end = time.monotonic() + PATIENCE
    while _state(world, number) == "pending":
        if time.monotonic() > end:
            raise RuntimeError(f"version {number} still has no digest")
        time.sleep(0.2)


def _read_beside_hashing(world: World, files: _Files, gigabytes: int) -> Verdict:
    """Reads as long while a large file is hashed as it takes, and as long before and after."""
    line = Connection(world.server.url, kept=True)
    before = _reads(line, seconds=5)
    files.make_large("large", gigabytes * GIGABYTE)
    number = world.ask("POST", "model-versions/create", files.version("large"))["model_version"]["version"]
    begun = time.monotonic()
    during: list[float] = []
    while _state(world, number) == "pending":
        if time.monotonic() - begun > PATIENCE:
            raise RuntimeError("the large file still has no digest")
        during += _reads(line, seconds=1)
    took = time.monotonic() - begun
    quiet = before + _reads(line, seconds=5)
    report.table(
        ("reads", "median, ms", "mean, ms", "99th percentile, ms"),
        [
            (name, f"{statistics.median(taken):.3f}", f"{statistics.mean(taken):.3f}", f"{_late(taken):.2f}")
            for name, taken in (("before and after", quiet), ("beside", during))
        ],
    )
    print(f"{gigabytes} GB took {took:.0f} s.")
    wanted = f"reads beside the digest of {gigabytes} GB at most {MAX_SLOWDOWN} times as long (mean)"
    return report.verdict(
        wanted, statistics.mean(during) / statistics.mean(quiet), MAX_SLOWDOWN, at_most=True
    )


def _reads(line: Connection, seconds: float) -> list[float]:
    """Returns what reads of a version took for so long, in milliseconds."""
    read = request("GET", "model-versions/get", {"name": MODEL, "version": "1"})
    end = time.monotonic() + seconds
    taken = []
    while time.monotonic() < end:
        taken.append(line.send(read).seconds * 1000)
    return taken


def _late(taken: list[float]) -> float:
    return statistics.quantiles(taken, n=100)[98]
