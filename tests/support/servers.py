"""Live servers for tests: Greenroom as an operator starts it, and a real MLflow server to compare with.

Each runs in a process group of its own, is asked for its health until it answers, and is gone with
everything it started when the block ends.
"""

import contextlib
import os
import re
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from tests.support.ports import free_port

ROOT = Path(__file__).resolve().parents[2]
GREENROOM = Path(sys.executable).parent / "greenroom"
# Clients of either generation, each in an environment of its own (make test-setup makes them).
MLFLOW_2 = ROOT / ".venvs" / "mlflow2" / "bin"
MLFLOW_3 = ROOT / ".venvs" / "mlflow3" / "bin"
DATABRICKS_057 = ROOT / ".venvs" / "databricks057" / "bin"
DATABRICKS = ROOT / ".venvs" / "databricks" / "bin"

START_SECONDS = 60  # a cold start on a busy machine; a healthy one takes about one
PEER_START_SECONDS = 120  # mlflow imports for seconds and starts eight processes
STOP_SECONDS = 20


class ServerFailed(Exception):
    """The server ended, or never answered; the message carries what it wrote."""


@dataclass(frozen=True)
class LiveServer:
    """A running server: where it answers, its process, and the file that gets its output."""

    url: str
    process: subprocess.Popen
    log: Path

    @property
    def port(self) -> int:
        return urlsplit(self.url).port or 0

    @property
    def set_up_code(self) -> str:
        """The code for setting up a team, as the start printed it."""
        [code] = re.findall(r"set-up code (\S+)", self.output())
        return code

    def output(self) -> str:
        """Everything the server has written so far."""
        return self.log.read_text(errors="replace")


@contextlib.contextmanager
def live_greenroom(instance: Path, *arguments: str, **env: str) -> Iterator[LiveServer]:
    """`greenroom serve` on a free port with its data below `instance`; `env` are further variables.

    `arguments` go to `serve` (`"--workers", "1"`). Raises `ServerFailed` when it does not come up.
    """
    instance.mkdir(parents=True, exist_ok=True)
    log = instance / "serve.log"
    variables = clean_environment() | {"GREENROOM_INSTANCE": str(instance)} | env
    command = [str(GREENROOM), "serve", "--port", "0", *arguments]
    with running(command, variables, log, cwd=instance) as process:
        # It prints its address, hence the port it took, once it is able to answer.
        url = until(process, log, START_SECONDS, lambda: _announced(log))
        until(process, log, START_SECONDS, lambda: _healthy(url))
        yield LiveServer(url, process, log)


def make_administrator(instance: Path, name: str, password: str) -> None:
    """Creates an account as an operator does in a shell; of a registry without accounts it makes a team's."""
    subprocess.run(
        [str(GREENROOM), "users", "create", name, "--admin", "--password-stdin"],
        env=clean_environment(GREENROOM_INSTANCE=str(instance)),
        input=password.encode(),
        capture_output=True,
        check=True,
        timeout=60,
    )


@contextlib.contextmanager
def mlflow_server(folder: Path, workers: int = 1) -> Iterator[LiveServer]:
    """A real `mlflow server` (3.x) on SQLite, with its files below `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    log = folder / "mlflow.log"
    url = f"http://127.0.0.1:{free_port()}"
    command = [
        str(MLFLOW_3 / "mlflow"),
        "server",
        "--host",
        "127.0.0.1",
        "--port",
        url.rpartition(":")[2],
        "--backend-store-uri",
        f"sqlite:///{folder / 'mlflow.db'}",
        "--artifacts-destination",
        str(folder / "artifacts"),
        "--serve-artifacts",
        "--workers",
        str(workers),
    ]
    # Its job runners are seven processes more, of which nothing here asks anything.
    variables = clean_environment(
        MLFLOW_SERVER_ENABLE_JOB_EXECUTION="false", PATH=f"{MLFLOW_3}{os.pathsep}{os.environ.get('PATH', '')}"
    )
    # Its job runners take half a minute to end by themselves, and nobody reads its files afterwards.
    with running(command, variables, log, cwd=folder, patience=0) as process:
        until(process, log, PEER_START_SECONDS, lambda: _healthy(url))
        yield LiveServer(url, process, log)


def clean_environment(**env: str) -> dict[str, str]:
    """This process's environment without anybody's Greenroom and MLflow settings, and with `env`.

    MLflow is told not to send usage data anywhere, which tests must not and this machine may not. Python
    keeps what it compiled, or each of fifty clients and servers would spend seconds on compiling it again.
    """
    others = ("GREENROOM_", "MLFLOW_", "PYTEST_", "PYTHONDONTWRITEBYTECODE")
    kept = {k: v for k, v in os.environ.items() if not k.startswith(others)}
    return kept | {"MLFLOW_DISABLE_TELEMETRY": "true", "DO_NOT_TRACK": "true"} | env


@contextlib.contextmanager
def running(
    command: list[str], env: dict[str, str], log: Path, *, cwd: Path, patience: float = STOP_SECONDS
) -> Iterator[subprocess.Popen]:
    """A program in a process group of its own, its output in `log`; gone with all it started afterwards."""
    with log.open("wb") as output:
        process = subprocess.Popen(
            command,
            env=env,
            cwd=cwd,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        yield process
    finally:
        stop(process, patience)


def stop(process: subprocess.Popen, patience: float = STOP_SECONDS) -> int:
    """End the server as Ctrl-C does, then whatever is left of its process group; its exit code.

    `patience` is how many seconds it gets to end by itself.
    """
    if process.poll() is None and patience:
        process.send_signal(signal.SIGINT)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(patience)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    return process.wait()


def until(process: subprocess.Popen, log: Path, seconds: float, ask):
    """What `ask` answers, once that is true, asked for `seconds` at the most while `process` lives."""
    deadline = time.monotonic() + seconds
    while True:
        if answer := ask():
            return answer
        if process.poll() is not None:
            reason = f"the server ended with {process.returncode}"
        elif time.monotonic() > deadline:
            reason = f"the server did not answer within {seconds} s"
        else:
            time.sleep(0.05)
            continue
        raise ServerFailed(f"{reason}:\n{log.read_text(errors='replace')}")


def _announced(log: Path) -> str | None:
    found = re.search(r" is ready at (http://\S+:\d+\S*)\s", log.read_text(errors="replace"))
    return found and found[1]


def _healthy(url: str) -> bool:
    try:
        with urllib.request.urlopen(f"{url}/health", timeout=5) as answer:
            return answer.status == 200
    except (urllib.error.URLError, ConnectionError, TimeoutError):
        return False
