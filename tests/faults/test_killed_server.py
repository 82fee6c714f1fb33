"""A server that is killed while it writes: what it acknowledged is there afterwards."""

import json
import os
import signal
import threading
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.support.servers import live_greenroom

WRITERS = 4  # twice the processes; more would wait in vain for their turn on a machine that is busy
ENOUGH = 150  # acknowledged writes, then the server dies


def post(url: str, call: str, body: dict) -> dict:
    request = urllib.request.Request(
        f"{url}/api/2.0/mlflow/{call}", json.dumps(body).encode(), {"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.load(answer)


def test_acknowledged_writes_of_several_processes_survive_a_kill(tmp_path: Path):
    acknowledged: list[int] = []
    refused: list[urllib.error.HTTPError] = []
    enough = threading.Event()

    def write(url: str) -> None:
        while True:
            try:
                made = post(url, "model-versions/create", {"name": "churn", "source": "s3://b/m"})
            except urllib.error.HTTPError as error:
                refused.append(error)
                return
            except (OSError, ValueError):
                return  # the server is gone
            acknowledged.append(int(made["model_version"]["version"]))
            if len(acknowledged) >= ENOUGH:
                enough.set()

    with live_greenroom(tmp_path, "--workers", "2") as server:
        post(server.url, "registered-models/create", {"name": "churn"})
        with ThreadPoolExecutor(WRITERS) as pool:
            for _ in range(WRITERS):
                pool.submit(write, server.url)
            assert enough.wait(60)
            os.killpg(server.process.pid, signal.SIGKILL)
    assert refused == [], [error.read() for error in refused]
    assert len(set(acknowledged)) == len(acknowledged)
    with live_greenroom(tmp_path, "--workers", "1") as server:
        query = "filter=name%3D%27churn%27&max_results=100000"
        with urllib.request.urlopen(f"{server.url}/api/2.0/mlflow/model-versions/search?{query}") as answer:
            kept = {int(row["version"]) for row in json.load(answer)["model_versions"]}
    assert set(acknowledged) <= kept
