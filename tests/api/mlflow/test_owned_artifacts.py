"""Artifacts reached through their run, logged model or model version."""

import pytest

from app.artifacts import parse, store

API = "/api/2.0/mlflow"
BYTES = "/api/2.0/mlflow-artifacts/artifacts"


def code(answer):
    assert answer.mimetype == "application/json"
    return answer.status_code, answer.json["error_code"]


def post(client, path, **body):
    answer = client.post(f"{API}/{path}", json=body)
    assert answer.status_code == 200, answer.data
    return answer.json


@pytest.fixture
def run(client):
    """The id and artifact URI of a run with two files."""
    info = post(client, "runs/create", experiment_id="0")["run"]["info"]
    root = info["artifact_uri"].removeprefix("mlflow-artifacts:/")
    assert client.put(f"{BYTES}/{root}/d/x.html", data=b"<b>").status_code == 200
    assert client.put(f"{BYTES}/{root}/top.txt", data=b"top").status_code == 200
    return info["run_id"], info["artifact_uri"]


@pytest.fixture
def model(client):
    """The id and artifact URI of a logged model with one file."""
    info = post(client, "logged-models", experiment_id="0", name="m")["model"]["info"]
    root = info["artifact_uri"].removeprefix("mlflow-artifacts:/")
    assert client.put(f"{BYTES}/{root}/d/e.svg", data=b"<svg/>").status_code == 200
    return info["model_id"], info["artifact_uri"]


def test_a_runs_folders_are_listed_from_its_root(client, run):
    run_id, uri = run
    top = client.get(f"{API}/artifacts/list", query_string={"run_id": run_id}).json
    assert top == {
        "root_uri": uri,
        "files": [{"path": "d", "is_dir": True}, {"path": "top.txt", "is_dir": False, "file_size": 3}],
    }
    for path in ("d", "d/"):
        inner = client.get(f"{API}/artifacts/list", query_string={"run_uuid": run_id, "path": path}).json
        assert inner["files"] == [{"path": "d/x.html", "is_dir": False, "file_size": 3}]
    for path in ("top.txt", "none"):
        assert client.get(f"{API}/artifacts/list", query_string={"run_id": run_id, "path": path}).json == {
            "root_uri": uri
        }


@pytest.mark.parametrize("name", ["epoch:", "http:"])
def test_a_name_that_ends_in_a_colon_is_found_from_the_run_as_well(client, run, name):
    run_id, uri = run
    root = uri.removeprefix("mlflow-artifacts:/")
    assert client.put(f"{BYTES}/{root}/{name}", data=b"1").status_code == 200
    assert client.put(f"{BYTES}/{root}/in-{name}/x", data=b"2").status_code == 200
    listed = client.get(f"{API}/artifacts/list", query_string={"run_id": run_id, "path": f"in-{name}"}).json
    assert [file["path"] for file in listed["files"]] == [f"in-{name}/x"]
    assert client.get("/get-artifact", query_string={"run_id": run_id, "path": name}).data == b"1"
    assert client.get(f"{BYTES}/{root}/{name}").data == b"1"


def test_a_logged_models_folders_and_files_are_reached_by_its_id(client, model):
    model_id, uri = model
    folders = f"{API}/logged-models/{model_id}/artifacts/directories"
    assert client.get(folders).json == {"root_uri": uri, "files": [{"path": "d", "is_dir": True}]}
    inner = client.get(folders, query_string={"artifact_directory_path": "d"}).json
    assert inner["files"] == [{"path": "d/e.svg", "is_dir": False, "file_size": 6}]
    files = f"/ajax-api/2.0/mlflow/logged-models/{model_id}/artifacts/files"
    assert client.get(files, query_string={"artifact_file_path": "d/e.svg"}).data == b"<svg/>"
    assert code(client.get(files)) == (400, "BAD_REQUEST")


def test_a_link_to_a_runs_file_downloads_it(client, run):
    for key in ("run_id", "run_uuid"):
        answer = client.get("/get-artifact", query_string={key: run[0], "path": "d/x.html"})
        assert (answer.status_code, answer.data, answer.mimetype) == (200, b"<b>", "text/html")
        assert answer.headers["Content-Disposition"] == "attachment; filename=x.html"


def test_a_link_to_a_versions_file_downloads_it(client, run):
    run_id, uri = run
    post(client, "registered-models/create", name="m")
    post(client, "model-versions/create", name="m", source=f"{uri}/d", run_id=run_id)
    link = "/model-versions/get-artifact"
    answer = client.get(link, query_string={"name": "m", "version": "1", "path": "x.html"})
    assert (answer.status_code, answer.data) == (200, b"<b>")
    for path in ("../top.txt", "%2e%2e/top.txt", "..%2ftop.txt", "/etc/passwd"):
        asked = {"name": "m", "version": "1", "path": path}
        assert code(client.get(link, query_string=asked)) == (400, "INVALID_PARAMETER_VALUE")
    for asked in (
        {"name": "m", "path": "x"},
        {"name": "m", "version": "z", "path": "x"},
        {"name": "m", "version": "1"},
    ):
        assert code(client.get(link, query_string=asked)) == (400, "INVALID_PARAMETER_VALUE")
    asked = {"name": "m", "version": "2", "path": "x"}
    assert code(client.get(link, query_string=asked)) == (404, "RESOURCE_DOES_NOT_EXIST")


def test_files_kept_elsewhere_are_never_fetched(client):
    post(client, "registered-models/create", name="m")
    post(client, "model-versions/create", name="m", source="s3://bucket/model")
    answer = client.get(
        "/model-versions/get-artifact", query_string={"name": "m", "version": "1", "path": "x"}
    )
    assert code(answer) == (404, "RESOURCE_DOES_NOT_EXIST")
    made = post(client, "experiments/create", name="e", artifact_location="s3://bucket/e")
    run_id = post(client, "runs/create", experiment_id=made["experiment_id"])["run"]["info"]["run_id"]
    for answer in (
        client.get("/get-artifact", query_string={"run_id": run_id, "path": "x"}),
        client.get(f"{API}/artifacts/list", query_string={"run_id": run_id}),
    ):
        assert code(answer) == (404, "RESOURCE_DOES_NOT_EXIST")


def test_unknown_owners_and_missing_fields_are_answered_in_json(client):
    missing = (404, "RESOURCE_DOES_NOT_EXIST")
    assert code(client.get("/get-artifact?run_id=xx&path=a")) == missing
    assert code(client.get("/get-artifact?run_id=xx")) == (400, "INVALID_PARAMETER_VALUE")
    assert code(client.get("/get-artifact?path=a")) == missing
    assert code(client.post("/get-artifact")) == (405, "ENDPOINT_NOT_FOUND")
    assert code(client.get(f"{API}/artifacts/list?run_id=xx")) == missing
    assert code(client.get(f"{API}/artifacts/list")) == (400, "INVALID_PARAMETER_VALUE")
    assert code(client.get(f"{API}/logged-models/m-xx/artifacts/directories")) == missing
    files = f"{API}/logged-models/m-xx/artifacts/files"
    assert code(client.get(files, query_string={"artifact_file_path": "x"})) == missing


@pytest.mark.parametrize("path", ["../x", "..", "a/../../x", "%2e%2e/x", "/etc", "a//b", "a\\..\\b", "C:/x"])
def test_a_path_that_leads_out_of_its_owner_is_refused(client, run, model, path):
    refused = (400, "INVALID_PARAMETER_VALUE")
    files = f"{API}/logged-models/{model[0]}/artifacts"
    assert code(client.get("/get-artifact", query_string={"run_id": run[0], "path": path})) == refused
    assert code(client.get(f"{API}/artifacts/list", query_string={"run_id": run[0], "path": path})) == refused
    assert code(client.get(f"{files}/directories", query_string={"artifact_directory_path": path})) == refused
    assert code(client.get(f"{files}/files", query_string={"artifact_file_path": path})) == refused
    upload = client.post(f"{API}/upload-artifact", query_string={"run_uuid": run[0], "path": path}, data=b"x")
    assert code(upload) == refused


def test_a_page_uploads_a_small_file_into_a_run(app, client, run):
    run_id, uri = run
    link = "/ajax-api/2.0/mlflow/upload-artifact"
    answer = client.post(link, query_string={"run_uuid": run_id, "path": "q/w.txt"}, data=b"abc")
    assert answer.status_code == 200
    assert client.get("/get-artifact", query_string={"run_id": run_id, "path": "q/w.txt"}).data == b"abc"
    refused = (400, "INVALID_PARAMETER_VALUE")
    assert code(client.post(link, query_string={"path": "x"}, data=b"a")) == refused
    assert code(client.post(link, query_string={"run_uuid": run_id}, data=b"a")) == refused
    assert code(client.post(link, query_string={"run_uuid": run_id, "path": "x"}, data=b"")) == refused
    large = client.post(
        link, query_string={"run_uuid": run_id, "path": "large"}, data=b"x" * (10 * 1024 * 1024 + 1)
    )
    assert code(large) == refused
    unknown = client.post(link, query_string={"run_uuid": "xx", "path": "x"}, data=b"a")
    assert code(unknown) == (404, "RESOURCE_DOES_NOT_EXIST")
    with app.app_context():
        assert not store().exists(parse(uri.removeprefix("mlflow-artifacts:/")).joined("large"))


def test_downloads_in_parts_are_declined_in_the_words_clients_know(client):
    answer = client.get("/api/2.0/mlflow-artifacts/presigned/0/x")
    assert code(answer) == (501, "NOT_IMPLEMENTED")
    assert answer.json["message"].startswith("Multipart download is not supported")


def test_presigned_links_are_declined_as_for_any_proxied_store(client, run):
    for way in ("upload", "download"):
        answer = client.post(f"{API}/artifacts/presigned-{way}-url", json={"run_id": run[0], "path": "x"})
        assert code(answer) == (400, "INVALID_PARAMETER_VALUE")
        assert "mlflow-artifacts" in answer.json["message"]
    both = client.post(
        f"{API}/artifacts/presigned-upload-url", json={"run_id": "a", "model_id": "b", "path": "x"}
    )
    assert code(both) == (400, "INVALID_PARAMETER_VALUE")
