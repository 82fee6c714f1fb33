"""Live servers, which the tests of one module share, and the clients' own environments."""

import subprocess
from functools import partial
from pathlib import Path

import pytest

from tests.contract.peer.pair import Pair
from tests.support.servers import (
    DATABRICKS,
    DATABRICKS_057,
    MLFLOW_2,
    MLFLOW_3,
    clean_environment,
    live_greenroom,
    mlflow_server,
)

CLIENTS = Path(__file__).parent / "clients"
ENVIRONMENTS = {"mlflow 2": MLFLOW_2, "mlflow 3": MLFLOW_3}
DATABRICKS_CLIENTS = {"databricks 0.57": DATABRICKS_057, "databricks": DATABRICKS}
LONGEST_SECONDS = 600  # a client's imports alone take ten seconds, and three times that on a busy machine


def python_of(environment: Path) -> Path:
    """The interpreter of a client's environment; fails the test with what to do where it is not there."""
    python = environment / "python"
    if not python.exists():
        pytest.fail(f"{environment.parent} is not there; `make test-setup` makes it.", pytrace=False)
    return python


@pytest.fixture(scope="module")
def greenroom(tmp_path_factory):
    with live_greenroom(tmp_path_factory.mktemp("greenroom")) as server:
        yield server


@pytest.fixture(scope="module")
def peer(tmp_path_factory):
    python_of(MLFLOW_3)
    with mlflow_server(tmp_path_factory.mktemp("peer")) as server:
        yield server


@pytest.fixture(scope="module")
def pair(peer, greenroom) -> Pair:
    return Pair(peer.url, greenroom.url)


def run_script(folder: Path, client: str, script: str, *arguments: str, **env: str) -> str:
    """Run one of the scripts in `clients/` with the named client; its output, once it ended well.

    `env` are further variables.
    """
    python = python_of((ENVIRONMENTS | DATABRICKS_CLIENTS)[client])
    done = subprocess.run(
        [str(python), str(CLIENTS / script), *arguments],
        env=clean_environment(MLFLOW_HTTP_REQUEST_MAX_RETRIES="1", **env),
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=LONGEST_SECONDS,
        check=False,
    )
    if done.returncode:
        pytest.fail(f"{script} with {client} ended with {done.returncode}:\n{done.stderr[-6000:]}", False)
    return done.stdout


@pytest.fixture
def run_client(tmp_path):
    return partial(run_script, tmp_path)


@pytest.fixture(scope="module")
def list_calls(tmp_path_factory):
    return partial(run_script, tmp_path_factory.mktemp("calls"), "mlflow 3", "endpoints.py")
