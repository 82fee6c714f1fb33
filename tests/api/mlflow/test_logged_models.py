"""The calls on logged models."""

import pytest

API = "/api/2.0/mlflow/logged-models"


@pytest.fixture
def run(client) -> str:
    answer = client.post("/api/2.0/mlflow/runs/create", json={"experiment_id": "0", "start_time": 1})
    return answer.json["run"]["info"]["run_id"]


@pytest.fixture
def model(client) -> str:
    answer = client.post(API, json={"experiment_id": "0", "name": "forest"})
    return answer.json["model"]["info"]["model_id"]


def shown(client, model: str) -> dict:
    return client.get(f"{API}/{model}").json["model"]


def test_a_new_model_is_answered_as_mlflow_writes_it(client, run):
    pairs = [{"key": "a", "value": "1"}]
    answer = client.post(
        API,
        json={
            "experiment_id": "0",
            "name": "forest",
            "model_type": "Agent",
            "source_run_id": run,
            "params": pairs,
            "tags": pairs,
        },
    )
    assert answer.status_code == 200
    info = answer.json["model"]["info"]
    created = info["creation_timestamp_ms"]
    assert info == {
        "model_id": info["model_id"],
        "experiment_id": "0",
        "name": "forest",
        "creation_timestamp_ms": created,
        "last_updated_timestamp_ms": created,
        "artifact_uri": f"mlflow-artifacts:/0/models/{info['model_id']}/artifacts",
        "status": "LOGGED_MODEL_PENDING",
        "model_type": "Agent",
        "source_run_id": run,
        "tags": pairs,
    }
    assert answer.json["model"]["data"] == {"params": pairs}
    assert shown(client, info["model_id"]) == answer.json["model"]


def test_what_a_model_does_not_have_is_empty_or_left_out_as_with_mlflow(client):
    model = client.post(API, json={"experiment_id": "0"}).json["model"]
    assert model["data"] == {}
    assert (model["info"]["model_type"], model["info"]["source_run_id"]) == ("", "")
    assert "tags" not in model["info"]
    assert model["info"]["name"]


@pytest.mark.parametrize("status", ["LOGGED_MODEL_READY", 2])
def test_a_status_is_a_name_or_mlflows_number_for_it(client, model, status):
    answer = client.patch(f"{API}/{model}", json={"model_id": model, "status": status})
    assert answer.json["model"]["info"]["status"] == "LOGGED_MODEL_READY"


@pytest.mark.parametrize(
    "body", [{}, {"status": None}, {"status": "READY"}, {"status": 9}, {"status": {}}], ids=str
)
def test_a_status_that_there_is_not_is_refused_and_the_model_stays_as_it_is(client, model, body):
    assert client.patch(f"{API}/{model}", json=body).status_code == 400
    assert shown(client, model)["info"]["status"] == "LOGGED_MODEL_PENDING"


def test_tags_are_set_and_removed(client, model):
    tags = [{"key": "a", "value": "1"}, {"key": "a", "value": "2"}, {"key": "b/c", "value": "3"}]
    assert client.patch(f"{API}/{model}/tags", json={"tags": tags}).json == {}
    assert shown(client, model)["info"]["tags"] == tags[1:]
    assert client.delete(f"{API}/{model}/tags/a").json == {}
    answer = client.delete(f"{API}/{model}/tags/a")
    assert answer.status_code == 404
    assert answer.json["message"] == f"No tag with key 'a' found for model with ID '{model}'."


def test_parameters_are_added_and_the_same_again_does_no_harm(client, model):
    body = {"model_id": model, "params": [{"key": "lr", "value": "1"}]}
    for _ in range(2):
        assert client.post(f"{API}/{model}/params", json=body).json == {}
    assert shown(client, model)["data"] == {"params": body["params"]}
    body["params"][0]["value"] = "2"
    assert client.post(f"{API}/{model}/params", json=body).status_code == 400


def test_a_deleted_model_is_shown_to_who_asks_for_deleted_ones(client, model):
    for _ in range(2):
        assert client.delete(f"{API}/{model}").json == {}
    answer = client.get(f"{API}/{model}")
    assert (answer.status_code, answer.json["error_code"]) == (404, "RESOURCE_DOES_NOT_EXIST")
    assert client.get(f"{API}/{model}?allow_deleted=true").status_code == 200


def test_metrics_of_runs_that_name_a_model_stand_in_the_model_too(client, run, model):
    runs = "/api/2.0/mlflow/runs"
    point = {"key": "acc", "value": 0.5, "timestamp": 5, "step": 1, "model_id": model}
    on_data = {**point, "key": "f1", "dataset_name": "iris", "dataset_digest": "d1"}
    assert client.post(f"{runs}/log-metric", json={**point, "run_id": run}).status_code == 200
    batch = {"run_id": run, "metrics": [on_data, {"key": "own", "value": 1, "timestamp": 5}]}
    assert client.post(f"{runs}/log-batch", json=batch).status_code == 200
    assert shown(client, model)["data"]["metrics"] == [{**point, "run_id": run}, {**on_data, "run_id": run}]


def test_a_metric_of_a_model_that_there_is_not_is_refused_and_the_run_does_not_get_it_either(client, run):
    body = {"run_id": run, "key": "acc", "value": 1, "timestamp": 5, "model_id": "m-0"}
    assert client.post("/api/2.0/mlflow/runs/log-metric", json=body).status_code == 400
    found = client.get("/api/2.0/mlflow/runs/get", query_string={"run_id": run})
    assert "metrics" not in found.json["run"]["data"]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({}, 400),
        ({"experiment_id": 5}, 400),
        ({"experiment_id": "x"}, 400),
        ({"experiment_id": "999"}, 404),
        ({"experiment_id": str(10**30)}, 400),
        ({"experiment_id": "0", "name": "a/b"}, 400),
        ({"experiment_id": "0", "params": "x"}, 400),
        ({"experiment_id": "0", "tags": [{"key": "a"}, {"key": "a"}]}, 400),
        ({"experiment_id": "0", "source_run_id": "r" * 65}, 400),
        ({"experiment_id": "0", "model_type": "\x00"}, 400),
    ],
    ids=str,
)
def test_a_model_that_cannot_be_made_is_the_clients_mistake(client, body, status):
    answer = client.post(API, json=body)
    assert answer.status_code == status
    assert answer.json["error_code"] in ("INVALID_PARAMETER_VALUE", "RESOURCE_DOES_NOT_EXIST")


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "", None),
        ("DELETE", "", None),
        ("PATCH", "", {"status": 2}),
        ("PATCH", "/tags", {"tags": []}),
        ("DELETE", "/tags/a", None),
        ("POST", "/params", {}),
    ],
)
def test_a_model_that_there_is_not_is_not_found(client, method, path, body):
    answer = client.open(f"{API}/m-0{path}", method=method, json=body)
    assert answer.status_code == 404
    assert answer.json["message"] == "Logged model with ID 'm-0' not found."


def test_a_search_finds_pages_and_sorts_as_asked(client, model):
    second = client.post(API, json={"experiment_id": "0", "name": "beech"}).json["model"]["info"]["model_id"]
    body = {"experiment_ids": ["0"], "order_by": [{"field_name": "name"}], "max_results": 1}
    first = client.post(f"{API}/search", json=body).json
    assert [one["info"]["model_id"] for one in first["models"]] == [second]
    rest = client.post(f"{API}/search", json={**body, "page_token": first["next_page_token"]}).json
    assert [one["info"]["model_id"] for one in rest["models"]] == [model]
    assert "next_page_token" not in rest
    newest_first = client.post(f"{API}/search", json={"experiment_ids": ["0"], "max_results": 0}).json[
        "models"
    ]
    assert {one["info"]["model_id"] for one in newest_first} == {model, second}


def test_a_search_that_finds_nothing_is_an_empty_object(client):
    assert client.post(f"{API}/search", json={"experiment_ids": ["0"]}).json == {}
    assert client.post(f"{API}/search", json={"experiment_ids": []}).json == {}


@pytest.mark.parametrize(
    "body",
    [
        {"experiment_ids": None},
        {"experiment_ids": "0"},
        {"experiment_ids": ["x"]},
        {"filter": 5},
        {"filter": "name >"},
        {"max_results": -1},
        {"max_results": "many"},
        {"order_by": ["name"]},
        {"order_by": [{}]},
        {"order_by": [{"field_name": "name", "ascending": "no"}]},
        {"datasets": [{"dataset_digest": "d1"}]},
        {"page_token": "x"},
    ],
    ids=str,
)
def test_a_search_that_cannot_be_made_is_the_clients_mistake(client, body):
    answer = client.post(f"{API}/search", json={"experiment_ids": ["0"], **body})
    assert (answer.status_code, answer.json["error_code"]) == (400, "INVALID_PARAMETER_VALUE")
