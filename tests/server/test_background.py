"""A server makes the digests that are missing, by itself and beside its answers."""

import contextlib
import sqlite3
import time

import requests

from tests.support.servers import live_greenroom

API = "/api/2.0/mlflow"
MANIFEST = "/api/2.0/greenroom/manifest"
PATIENCE = 60  # seconds


def test_a_version_without_a_digest_gets_one(tmp_path):
    with live_greenroom(tmp_path, "--workers", "2") as server, requests.Session() as session:

        def post(call: str, **body):
            answer = session.post(f"{server.url}{API}/{call}", json=body, timeout=PATIENCE)
            answer.raise_for_status()
            return answer.json()

        post("registered-models/create", name="churn")
        run = post("runs/create", experiment_id="0")["run"]["info"]
        place = run["artifact_uri"].removeprefix("mlflow-artifacts:/")
        session.put(
            f"{server.url}/api/2.0/mlflow-artifacts/artifacts/{place}/model/MLmodel",
            data=b"flavors: {}\n",
            timeout=PATIENCE,
        ).raise_for_status()
        post(
            "model-versions/create", name="churn", source=f"runs:/{run['run_id']}/model", run_id=run["run_id"]
        )

        def manifest() -> dict:
            answer = session.get(f"{server.url}{MANIFEST}?name=churn&version=1", timeout=PATIENCE)
            return answer.json()["manifest"]

        before = manifest()
        # As a version from before there were digests.
        with contextlib.closing(sqlite3.connect(tmp_path / "greenroom.db", timeout=PATIENCE)) as database:
            database.execute("UPDATE version_manifest SET state = 'pending', manifest_key = NULL")
            database.execute("DELETE FROM version_tag")
            database.commit()
        assert manifest()["state"] == "pending"
        end = time.monotonic() + PATIENCE
        while (after := manifest())["state"] == "pending" and time.monotonic() < end:
            time.sleep(0.1)
        assert (after["state"], after["digest"]) == ("ready", before["digest"])
        version = session.get(f"{server.url}{API}/model-versions/get?name=churn&version=1", timeout=PATIENCE)
        assert version.json()["model_version"]["tags"] == [
            {"key": "greenroom.digest", "value": before["digest"]}
        ]
    assert "failed" not in server.log.read_text()
