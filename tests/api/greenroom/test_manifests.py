"""Greenroom's call for the manifest of a version."""

import hashlib

import pytest

API = "/api/2.0/mlflow"
MANIFEST = "/api/2.0/greenroom/manifest"


@pytest.fixture
def run(client):
    client.post(f"{API}/registered-models/create", json={"name": "churn"})
    body = client.post(f"{API}/runs/create", json={"experiment_id": "0"}).get_json()
    return body["run"]["info"]


def upload(client, run, name: str, data: bytes):
    below = run["artifact_uri"].removeprefix("mlflow-artifacts:/")
    return client.put(f"/api/2.0/mlflow-artifacts/artifacts/{below}/{name}", data=data)


def register(client, run, **fields):
    body = {"name": "churn", "source": f"runs:/{run['run_id']}/model", "run_id": run["run_id"], **fields}
    return client.post(f"{API}/model-versions/create", json=body).get_json()["model_version"]


def test_it_has_every_file_and_one_digest_that_is_a_tag_as_well(client, run):
    for name, data in (("model/b.txt", b"2"), ("model/a.txt", b"1")):
        assert upload(client, run, name, data).status_code == 200
    version = register(client, run)
    manifest = client.get(MANIFEST, query_string={"name": "churn", "version": "1"}).get_json()["manifest"]
    digests = [hashlib.sha256(data) for data in (b"1", b"2")]
    assert manifest["files"] == [
        {"path": "a.txt", "size": 1, "sha256": digests[0].hexdigest()},
        {"path": "b.txt", "size": 1, "sha256": digests[1].hexdigest()},
    ]
    root = hashlib.sha256(b"".join(one.digest() for one in digests)).hexdigest()
    assert (manifest["state"], manifest["digest"]) == ("ready", root)
    assert manifest["made_at"] >= version["creation_timestamp"]
    assert version["tags"] == [{"key": "greenroom.digest", "value": root}]


def test_files_elsewhere_are_said_to_be(client, run):
    register(client, run, source="s3://bucket/model")
    manifest = client.get(MANIFEST, query_string={"name": "churn", "version": "1"}).get_json()["manifest"]
    assert manifest == {"digest": None, "state": "elsewhere", "files": [], "file_count": 0, "total_size": 0}


@pytest.mark.parametrize(
    ("asked", "status"),
    [
        ({"name": "churn", "version": "7"}, 404),
        ({"name": "churn"}, 400),
        ({"name": "churn", "version": "x"}, 400),
    ],
)
def test_no_such_version(client, run, asked, status):
    assert client.get(MANIFEST, query_string=asked).status_code == status


def test_the_tag_is_refused_to_clients_in_words(client, run):
    register(client, run)
    body = {"name": "churn", "version": "1", "key": "greenroom.digest", "value": "x"}
    answer = client.post(f"{API}/model-versions/set-tag", json=body)
    assert answer.status_code == 400
    assert answer.get_json()["error_code"] == "INVALID_PARAMETER_VALUE"
    assert "greenroom." in answer.get_json()["message"]


def test_a_digest_of_files_elsewhere_can_be_reported(client, run):
    register(client, run, source="s3://bucket/model")
    named = {"name": "churn", "version": "1"}
    answer = client.post(MANIFEST, json={**named, "digest": "0" * 64})
    assert answer.get_json()["manifest"]["reported_digest"] == "0" * 64
    client.post(MANIFEST, json={**named, "digest": "1" * 64})
    manifest = client.get(MANIFEST, query_string=named).get_json()["manifest"]
    assert (manifest["state"], manifest["digest"]) == ("elsewhere", None)
    assert (manifest["reported_digest"], manifest["reported_by"]) == ("1" * 64, "local user")
    version = client.get(f"{API}/model-versions/get", query_string=named).get_json()["model_version"]
    assert "tags" not in version


@pytest.mark.parametrize("digest", ["", "x", "0" * 63, "A" * 64, "sha256:" + "0" * 64])
def test_what_is_no_digest_is_refused(client, run, digest):
    register(client, run, source="s3://bucket/model")
    answer = client.post(MANIFEST, json={"name": "churn", "version": "1", "digest": digest})
    assert answer.status_code == 400
    assert answer.get_json()["error_code"] == "INVALID_PARAMETER_VALUE"


def test_the_digest_of_files_that_are_here_is_not_a_clients_to_say(client, run):
    upload(client, run, "model/a.txt", b"1")
    register(client, run)
    answer = client.post(MANIFEST, json={"name": "churn", "version": "1", "digest": "0" * 64})
    assert (answer.status_code, answer.get_json()["error_code"]) == (400, "INVALID_STATE")
