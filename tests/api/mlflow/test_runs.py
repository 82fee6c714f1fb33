"""The wire of runs: what is particular to it; the rules themselves are tested in tests/tracking."""

import json

import pytest

BASE = "/api/2.0/mlflow/runs"


def post(client, path, **body):
    return client.post(f"{BASE}/{path}", json=body)


@pytest.fixture
def run(client) -> str:
    made = post(client, "create", experiment_id="0", user_id="ann", run_name="first", start_time=5)
    return made.json["run"]["info"]["run_id"]


def read(client, run) -> dict:
    return client.get(f"{BASE}/get?run_id={run}").json["run"]


def test_a_new_run_is_answered_in_mlflows_terms(client):
    answer = post(client, "create", experiment_id="0", tags=[{"key": "a", "value": "b"}]).json["run"]
    info = answer["info"]
    assert info == {
        "run_uuid": info["run_id"],
        "run_id": info["run_id"],
        "experiment_id": "0",
        "run_name": info["run_name"],
        "user_id": "",
        "status": "RUNNING",
        "start_time": 0,
        "artifact_uri": f"mlflow-artifacts:/0/{info['run_id']}/artifacts",
        "lifecycle_stage": "active",
    }
    assert {tag["key"] for tag in answer["data"]["tags"]} == {"a", "mlflow.runName"}
    assert (set(answer["data"]), answer["inputs"], "outputs" in answer) == ({"tags"}, {}, False)


def test_a_run_is_read_by_either_name_of_its_id(client, run):
    assert client.get(f"{BASE}/get?run_uuid={run}").json["run"] == read(client, run)
    assert (read(client, run)["inputs"], read(client, run)["outputs"]) == ({}, {})


def test_an_end_is_shown_once_there_is_one(client, run):
    info = post(client, "update", run_uuid=run, status="FINISHED", end_time="7").json["run_info"]
    assert (info["status"], info["end_time"]) == ("FINISHED", 7)
    assert post(client, "update", run_id=run, status=5).json["run_info"]["status"] == "KILLED"
    assert "end_time" not in post(client, "update", run_id=run, end_time=0).json["run_info"]


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("post", "create", {}, 400),
        ("post", "create", {"experiment_id": 0}, 400),
        ("post", "create", {"experiment_id": "4711"}, 404),
        ("post", "create", {"experiment_id": "0", "start_time": "soon"}, 400),
        ("post", "create", {"experiment_id": "0", "tags": [{"key": "a"}] * 2}, 400),
        ("post", "create", {"experiment_id": "0", "tags": [{"key": "x" * 251}]}, 400),
        ("get", "get", {}, 400),
        ("get", "get", {"run_id": "nobody"}, 404),
        ("post", "update", {}, 400),
        ("post", "update", {"run_id": "nobody", "status": "FINISHED"}, 404),
        ("post", "delete", {"run_id": "nobody"}, 404),
        ("post", "restore", {"run_id": "nobody"}, 404),
        ("post", "log-parameter", {"run_id": "nobody", "key": "k", "value": "v"}, 404),
        ("post", "set-tag", {"run_id": "nobody", "key": "k", "value": "v"}, 404),
        ("post", "delete-tag", {"run_id": "nobody", "key": "k"}, 404),
        ("post", "log-batch", {"run_id": "nobody"}, 404),
        ("post", "log-batch", {"run_id": "no/body"}, 400),
        ("post", "log-model", {"run_id": "nobody", "model_json": "{"}, 400),
        ("post", "search", {"max_results": 0}, 400),
        ("post", "search", {"max_results": 50_001}, 400),
        ("post", "search", {"experiment_ids": ["abc"]}, 400),
        ("post", "search", {"experiment_ids": "0"}, 400),
        ("post", "search", {"experiment_ids": ["0"], "filter": "tags.t"}, 400),
        ("post", "search", {"experiment_ids": ["0"], "order_by": ["nothing"]}, 400),
    ],
)
def test_a_mistake_is_the_clients(client, method, path, body, status):
    answer = getattr(client, method)(f"{BASE}/{path}", json=body)
    assert answer.status_code == status
    assert (
        answer.json["error_code"] == {400: "INVALID_PARAMETER_VALUE", 404: "RESOURCE_DOES_NOT_EXIST"}[status]
    )


@pytest.mark.parametrize("body", [{"status": "DONE"}, {"end_time": "late"}, {"status": 9}])
def test_an_unreadable_change_is_refused_whole(client, run, body):
    answer = post(client, "update", run_id=run, run_name="renamed", **body)
    assert answer.status_code == 400
    assert read(client, run)["info"]["run_name"] == "first"


@pytest.mark.parametrize(
    ("batch", "where"),
    [
        (
            {"metrics": [{"key": "a", "value": 1, "timestamp": 1}, {"key": "a", "value": 1}]},
            "metrics[1].timestamp",
        ),
        ({"metrics": [{"key": "a", "timestamp": 1}]}, "metrics[0].value"),
        ({"metrics": [{"key": "", "value": 1, "timestamp": 1}]}, "metrics[0].key"),
        ({"params": [{"value": "x"}]}, "params[0].key"),
        ({"tags": [{"value": "x"}]}, "tags[0].key"),
    ],
)
def test_a_batch_says_which_of_its_fields_is_missing(client, run, batch, where):
    answer = post(client, "log-batch", run_id=run, **batch)
    assert answer.status_code == 400
    assert answer.json["message"].startswith(f"Missing value for required parameter '{where}'.")


@pytest.mark.parametrize("metrics", [5, [5], [{"key": "a", "value": "x", "timestamp": 1}], [{"key": 5}]])
def test_a_batch_of_something_else_is_refused(client, run, metrics):
    assert post(client, "log-batch", run_id=run, metrics=metrics).status_code == 400


ALIKE = [{"key": f"k{n % 3}", "value": n / 7, "timestamp": n, "step": -n} for n in range(250)]


def test_many_points_alike_are_kept_every_one(client, run):
    assert post(client, "log-batch", run_id=run, metrics=ALIKE + ALIKE[:120]).json == {}
    for number in range(3):
        history = client.get(
            "/api/2.0/mlflow/metrics/get-history", query_string={"run_id": run, "metric_key": f"k{number}"}
        )
        assert history.json["metrics"] == ALIKE[number::3]
    assert read(client, run)["data"]["metrics"] == ALIKE[:3]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"key": ""}, "metrics[205].key"),
        ({"key": "a:/?"}, "metrics[205].name"),
        ({"key": "x" * 251}, "Metric name"),
        ({"key": "k\x00"}, "'metrics'"),
        ({"timestamp": -1}, "metrics[205].timestamp"),
        ({"timestamp": 2**63}, "'metrics'"),
        ({"step": -(2**63)}, "'metrics'"),
        ({"step": True}, "'metrics'"),
        ({"value": None}, "metrics[205].value"),
        ({"dataset_name": "d"}, "dataset_digest"),
    ],
)
def test_the_one_bad_point_among_many_is_told(client, run, change, words):
    metrics = [*ALIKE[:205], ALIKE[205] | change, *ALIKE[206:]]
    answer = post(client, "log-batch", run_id=run, metrics=metrics)
    assert answer.status_code == 400
    assert words in answer.json["message"]
    assert "metrics" not in read(client, run)["data"]


def test_a_batch_takes_points_in_every_spelling_that_protobuf_has(client, run):
    metrics = [
        {"key": "plain", "value": 1.5, "timestamp": 1, "step": 2},
        {"key": "text", "value": "2.5", "timestamp": "1", "step": "2"},
        {"key": "whole", "value": 3, "timestamp": 1},
        {"key": "nan", "value": "NaN", "timestamp": 1},
        {"key": "bare", "value": float("nan"), "timestamp": 1},
        {"key": "null", "value": 4.5, "timestamp": 1, "step": None, "model_id": None},
    ]
    assert post(client, "log-batch", run_id=run, metrics=metrics).json == {}
    shown = {metric.pop("key"): metric for metric in read(client, run)["data"]["metrics"]}
    assert shown == {
        "plain": {"value": 1.5, "timestamp": 1, "step": 2},
        "text": {"value": 2.5, "timestamp": 1, "step": 2},
        "whole": {"value": 3.0, "timestamp": 1, "step": 0},
        "nan": {"value": "NaN", "timestamp": 1, "step": 0},
        "bare": {"value": "NaN", "timestamp": 1, "step": 0},
        "null": {"value": 4.5, "timestamp": 1, "step": 0},
    }


def test_parameters_and_tags_without_a_value_are_empty(client, run):
    post(client, "log-parameter", run_uuid=run, key="p")
    post(client, "set-tag", run_uuid=run, key="t")
    data = read(client, run)["data"]
    assert data["params"] == [{"key": "p", "value": ""}]
    assert {"key": "t", "value": ""} in data["tags"]
    post(client, "delete-tag", run_id=run, key="t")
    assert {"key": "t", "value": ""} not in read(client, run)["data"]["tags"]


@pytest.mark.parametrize(
    "model", ["x", "[]", "5", "{}", '{"artifact_path": "m", "flavors": [], "run_id": "r"}']
)
def test_a_model_that_describes_nothing_is_not_noted(client, run, model):
    assert post(client, "log-model", run_id=run, model_json=model).status_code == 400


def test_mlflow_2_notes_its_models_in_a_tag(client, run):
    model = {
        "run_id": run,
        "artifact_path": "model",
        "utc_time_created": "2026-01-01",
        "flavors": {"sklearn": {}},
    }
    assert post(client, "log-model", run_id=run, model_json=json.dumps(model)).json == {}
    history = {tag["key"]: tag["value"] for tag in read(client, run)["data"]["tags"]}[
        "mlflow.log-model.history"
    ]
    assert json.loads(history)[0]["artifact_path"] == "model"


def test_a_search_answers_whole_runs_in_pages_and_changes_nothing(client, run):
    second = post(client, "create", experiment_id="0", start_time=9).json["run"]["info"]["run_id"]
    page = post(client, "search", experiment_ids=["0"], max_results=1).json
    assert page["runs"] == [read(client, second)]
    rest = post(
        client, "search", experiment_ids=["0"], max_results=1, page_token=page["next_page_token"]
    ).json
    assert rest == {"runs": [read(client, run)]}
    assert post(client, "search", experiment_ids=["0"], run_view_type="DELETED_ONLY").json == {}
    assert post(client, "search").json == {}


def test_a_run_shows_the_data_sets_and_models_it_has(client, run):
    dataset = {"name": "iris", "digest": "d1", "source_type": "local", "source": "{}"}
    tags = [{"key": "mlflow.data.context", "value": "training"}]
    post(client, "log-inputs", run_id=run, datasets=[{"dataset": dataset, "tags": tags}])
    shown = read(client, run)
    assert shown["inputs"] == {"dataset_inputs": [{"dataset": dataset, "tags": tags}]}
    for filter in ("datasets.name = 'iris'", "datasets.digest = 'd1' and datasets.context = 'training'"):
        found = post(client, "search", experiment_ids=["0"], filter=filter).json["runs"]
        assert found == [shown]
    assert post(client, "search", experiment_ids=["0"], filter="datasets.context = 'test'").json == {}


def test_deleting_and_restoring_answer_nothing(client, run):
    assert post(client, "delete", run_id=run).json == {}
    assert read(client, run)["info"]["lifecycle_stage"] == "deleted"
    assert post(client, "restore", run_id=run).json == {}
    assert read(client, run)["info"]["lifecycle_stage"] == "active"


def test_an_experiment_that_no_database_could_hold_is_the_clients_mistake(client):
    answer = client.post("/api/2.0/mlflow/runs/search", json={"experiment_ids": ["9" * 30, "0"]})
    assert (answer.status_code, answer.json["error_code"]) == (400, "INVALID_PARAMETER_VALUE")
