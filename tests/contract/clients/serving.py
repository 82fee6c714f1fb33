"""`mlflow models serve` as a person starts it, ended with everything it started."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import mlflow
import requests
from requests.adapters import HTTPAdapter
from urllib3.util import Retry

BIN = Path(sys.executable).parent


@contextlib.contextmanager
def served(model: str) -> Iterator[str]:
    """The address at which `model` answers scoring requests inside the block."""
    port = free_port()
    environment = os.environ | {
        "MLFLOW_TRACKING_URI": mlflow.get_tracking_uri(),
        "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}",
    }
    command = [str(BIN / "mlflow"), "models", "serve", "-m", model, "--env-manager", "local"]
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen(
            [*command, "--host", "127.0.0.1", "--port", str(port)],
            env=environment,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            _await_answer(f"http://127.0.0.1:{port}")
            yield f"http://127.0.0.1:{port}"
        except Exception as error:
            log.seek(0)
            raise RuntimeError(f"mlflow models serve wrote:\n{log.read().decode()}") from error
        finally:
            os.killpg(process.pid, signal.SIGTERM)
            process.wait(60)


def free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return sock.getsockname()[1]


def _await_answer(address: str) -> None:
    """Ask until the server answers, for about two minutes."""
    patience = Retry(total=240, backoff_factor=0.5, backoff_max=0.5, status_forcelist=(404, 503))
    with requests.Session() as session:
        session.mount(address, HTTPAdapter(max_retries=patience))
        session.get(f"{address}/ping", timeout=60).raise_for_status()
