"""The calls on what goes into runs and comes out of them."""

import pytest

API = "/api/2.0/mlflow"
DATASET = {
    "name": "iris",
    "digest": "d1",
    "source_type": "local",
    "source": "{}",
    "schema": "{}",
    "profile": "{}",
}


@pytest.fixture
def run(client) -> str:
    answer = client.post(f"{API}/runs/create", json={"experiment_id": "0", "start_time": 1})
    return answer.json["run"]["info"]["run_id"]


def log(client, run: str, **body):
    return client.post(f"{API}/runs/log-inputs", json={"run_id": run, **body})


def test_inputs_and_outputs_stand_in_the_run_as_mlflow_writes_them(client, run):
    tags = [{"key": "mlflow.data.context", "value": "training"}]
    models = [{"model_id": "m-1"}]
    assert log(client, run, datasets=[{"tags": tags, "dataset": DATASET}], models=models).json == {}
    made = [{"model_id": "m-2", "step": 4}, {"model_id": "m-3"}]
    assert client.post(f"{API}/runs/outputs", json={"run_id": run, "models": made}).json == {}
    shown = client.get(f"{API}/runs/get", query_string={"run_id": run}).json["run"]
    assert shown["inputs"] == {
        "dataset_inputs": [{"tags": tags, "dataset": DATASET}],
        "model_inputs": models,
    }
    assert shown["outputs"] == {
        "model_outputs": [{"model_id": "m-2", "step": 4}, {"model_id": "m-3", "step": 0}]
    }


def test_parts_of_a_data_set_that_were_not_sent_are_left_out_or_empty_as_with_mlflow(client, run):
    log(client, run, datasets=[{"dataset": {"name": "iris", "digest": "d1"}}])
    shown = client.get(f"{API}/runs/get", query_string={"run_id": run}).json["run"]["inputs"]
    empty = {"name": "iris", "digest": "d1", "source_type": "", "source": ""}
    assert shown == {"dataset_inputs": [{"dataset": empty}]}


@pytest.mark.parametrize(
    "body",
    [
        {"datasets": "iris"},
        {"datasets": [5]},
        {"datasets": [{"dataset": {"name": 5}}]},
        {"datasets": [{"dataset": DATASET, "tags": [{"key": "a"}, {"key": "a"}]}]},
        {"datasets": [{"dataset": DATASET | {"name": "n" * 501}}]},
        {"models": [{"model_id": {}}]},
        {"run_id": ""},
        {"run_id": None},
        {"run_id": "../x"},
    ],
    ids=str,
)
def test_inputs_that_cannot_be_read_are_the_clients_mistake(client, run, body):
    answer = log(client, run, **body)
    assert (answer.status_code, answer.json["error_code"]) == (400, "INVALID_PARAMETER_VALUE")


def test_outputs_need_their_models(client, run):
    answer = client.post(f"{API}/runs/outputs", json={"run_id": run})
    assert answer.status_code == 400
    assert "Missing value for required parameter 'models'" in answer.json["message"]


def test_a_run_that_there_is_not_is_not_found(client):
    assert log(client, "0" * 32).status_code == 404
    answer = client.post(f"{API}/runs/outputs", json={"run_id": "0" * 32, "models": []})
    assert answer.json["message"] == f"Run with id={'0' * 32} not found"


def test_the_data_sets_of_experiments_can_be_listed(client, run):
    log(
        client,
        run,
        datasets=[{"tags": [{"key": "mlflow.data.context", "value": "test"}], "dataset": DATASET}],
    )
    for prefix in ("/api", "/ajax-api"):
        answer = client.post(
            f"{prefix}/2.0/mlflow/experiments/search-datasets", json={"experiment_ids": ["0"]}
        )
        summary = {"experiment_id": "0", "name": "iris", "digest": "d1", "context": "test"}
        assert answer.json == {"dataset_summaries": [summary]}


@pytest.mark.parametrize("ids", [[], ["0"] * 21, ["x"], "0"], ids=str)
def test_a_list_of_experiments_that_cannot_be_used_is_refused(client, ids):
    answer = client.post(f"{API}/experiments/search-datasets", json={"experiment_ids": ids})
    assert answer.status_code == 400
