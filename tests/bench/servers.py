"""The servers that are measured: MLflow as its operator starts it, Greenroom with one worker process."""

import contextlib
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from tests.support.servers import ROOT, ServerFailed, clean_environment, live_greenroom, mlflow_server, stop

MLFLOW_WORKERS = 4  # its default


class Server:
    """A running server: its name in the tables, its address, its database file if it has one."""

    def __init__(self, name: str, url: str, database: Path | None = None):
        self.name = name
        self.url = url
        self.database = database


@contextlib.contextmanager
def greenroom(*, workers: int = 1, instance: Path | None = None) -> Iterator[Server]:
    """Greenroom on a new instance, or on the one given."""
    with contextlib.ExitStack() as stack:
        folder = instance or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="bench-")))
        live = stack.enter_context(live_greenroom(folder, "--workers", str(workers)))
        yield Server("Greenroom", live.url, folder / "greenroom.db")


@contextlib.contextmanager
def mlflow() -> Iterator[Server]:
    """A real MLflow server, on SQLite as well, with the worker processes it starts when not told otherwise."""
    with (
        tempfile.TemporaryDirectory(prefix="bench-") as name,
        mlflow_server(Path(name), workers=MLFLOW_WORKERS) as live,
    ):
        yield Server("MLflow", live.url, Path(name) / "mlflow.db")


@contextlib.contextmanager
def empty() -> Iterator[Server]:
    """An empty Flask route at /empty on Greenroom's own server."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.bench.empty"],
        cwd=ROOT,
        env=clean_environment(),
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        assert process.stdout is not None
        found = re.match(r"ready at (\S+)", process.stdout.readline())
        if found is None:
            raise ServerFailed("the empty route did not start")
        time.sleep(0.2)
        yield Server("empty route", found[1])
    finally:
        stop(process)
