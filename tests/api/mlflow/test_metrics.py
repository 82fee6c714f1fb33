"""The wire of metrics: what is particular to it; the rules themselves are tested in tests/tracking."""

import json
import math

import pytest

BASE = "/api/2.0/mlflow"


@pytest.fixture
def run(client) -> str:
    made = client.post(f"{BASE}/runs/create", json={"experiment_id": "0"})
    return made.json["run"]["info"]["run_id"]


def log(client, run, **body):
    return client.post(f"{BASE}/runs/log-metric", json={"run_id": run, "key": "m", "timestamp": 1, **body})


def read(client, path, **query):
    return client.get(f"{BASE}/metrics/{path}", query_string=query)


def test_a_point_is_logged_by_either_name_of_the_run(client, run):
    assert log(client, run, value=1).json == {}
    body = {"run_uuid": run, "key": "m", "value": "2", "timestamp": "2", "step": "1"}
    assert client.post(f"{BASE}/runs/log-metric", json=body).json == {}
    assert read(client, "get-history", run_id=run, metric_key="m").json == {
        "metrics": [
            {"key": "m", "value": 1.0, "timestamp": 1, "step": 0},
            {"key": "m", "value": 2.0, "timestamp": 2, "step": 1},
        ]
    }


@pytest.mark.parametrize(
    ("sent", "shown"),
    [("NaN", "NaN"), ("Infinity", 1.7976931348623157e308), ("-Infinity", -1.7976931348623157e308)],
)
def test_what_is_no_finite_number_is_written_as_mlflow_writes_it(client, run, sent, shown):
    assert log(client, run, value=sent).json == {}
    assert read(client, "get-history", run_uuid=run, metric_key="m").json["metrics"][0]["value"] == shown


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({}, "Missing value for required parameter 'value'."),
        ({"value": 1, "timestamp": None}, "Missing value for required parameter 'timestamp'."),
        ({"value": 1, "key": ""}, "Missing value for required parameter 'key'."),
        ({"value": "high"}, "Invalid value \"high\" for parameter 'value' supplied"),
        ({"value": 1, "step": "z"}, "Invalid value \"z\" for parameter 'step' supplied"),
        ({"value": 1, "timestamp": 2**63}, "Invalid value 9223372036854775808 for parameter 'timestamp'"),
        ({"value": 1, "timestamp": -1}, "Invalid value -1 for parameter 'timestamp' supplied: metric 'm'"),
        ({"value": 1, "key": "a//b"}, "Invalid value \"a//b\" for parameter 'name' supplied"),
        ({"value": 1, "key": "x" * 251}, "'Metric name' exceeds the maximum length of 250 characters"),
        ({"value": 1, "model_id": "m-nobody"}, "Logged model with ID 'm-nobody' not found"),
    ],
)
def test_what_cannot_be_logged_is_refused_in_mlflows_words(client, run, body, message):
    answer = log(client, run, **body)
    assert (answer.status_code, answer.json["error_code"]) == (400, "INVALID_PARAMETER_VALUE")
    assert answer.json["message"].startswith(message)
    assert read(client, "get-history", run_id=run, metric_key="m").json == {}


def test_a_point_may_be_of_a_logged_model_too(client, run):
    made = client.post(f"{BASE}/logged-models", json={"experiment_id": "0", "name": "net"}).json
    model_id = made["model"]["info"]["model_id"]
    assert log(client, run, value=1, model_id=model_id).json == {}
    shown = client.get(f"{BASE}/logged-models/{model_id}").json["model"]["data"]["metrics"]
    assert [(metric["key"], metric["value"], metric["run_id"]) for metric in shown] == [("m", 1.0, run)]
    assert len(read(client, "get-history", run_id=run, metric_key="m").json["metrics"]) == 1


def test_an_unknown_run_has_no_history_but_cannot_be_logged_to(client):
    assert read(client, "get-history", run_id="nobody", metric_key="m").json == {}
    assert log(client, "nobody", value=1).status_code == 404


def test_a_history_comes_in_pages(client, run):
    for value in range(3):
        log(client, run, value=value, timestamp=value)
    shown, token = [], ""
    while token is not None:
        page = read(client, "get-history", run_id=run, metric_key="m", max_results=2, page_token=token).json
        shown += [metric["value"] for metric in page["metrics"]]
        token = page.get("next_page_token")
    assert shown == [0.0, 1.0, 2.0]


@pytest.mark.parametrize(
    ("path", "query"),
    [
        ("get-history", {"run_id": "r"}),
        ("get-history", {"metric_key": "m"}),
        ("get-history", {"run_id": "r", "metric_key": "m", "max_results": 0}),
        ("get-history", {"run_id": "r", "metric_key": "m", "max_results": "x"}),
        ("get-history", {"run_id": "r", "metric_key": "m", "max_results": 1, "page_token": "x"}),
        ("get-history-bulk", {"metric_key": "m"}),
        ("get-history-bulk", {"run_id": "r"}),
        ("get-history-bulk", {"run_id": ["r"] * 101, "metric_key": "m"}),
        ("get-history-bulk", {"run_id": "r", "metric_key": "m", "max_results": "x"}),
        ("get-history-bulk-interval", {"metric_key": "m"}),
        ("get-history-bulk-interval", {"run_ids": "r"}),
        ("get-history-bulk-interval", {"run_ids": ["r"] * 101, "metric_key": "m"}),
        ("get-history-bulk-interval", {"run_ids": "r", "metric_key": "m", "max_results": 0}),
        ("get-history-bulk-interval", {"run_ids": "r", "metric_key": "m", "max_results": 2501}),
        ("get-history-bulk-interval", {"run_ids": "r", "metric_key": "m", "start_step": 1}),
        ("get-history-bulk-interval", {"run_ids": "r", "metric_key": "m", "start_step": 1, "end_step": 0}),
    ],
)
def test_a_history_that_cannot_be_read_is_the_clients_mistake(client, path, query):
    answer = read(client, path, **query)
    assert (answer.status_code, answer.json["error_code"]) == (400, "INVALID_PARAMETER_VALUE")


def test_many_runs_histories_come_at_once_with_nan_bare_as_mlflow_writes_it(client, run):
    log(client, run, value=1.5)
    answer = read(client, "get-history-bulk", run_id=[run, "nobody"], metric_key="m")
    assert answer.json == {"metrics": [{"key": "m", "value": 1.5, "timestamp": 1, "step": 0, "run_id": run}]}
    log(client, run, value="NaN", timestamp=2)
    answer = client.get(f"/ajax-api/2.0/mlflow/metrics/get-history-bulk?run_id={run}&metric_key=m")
    assert math.isnan(json.loads(answer.text)["metrics"][1]["value"])
    assert read(client, "get-history-bulk", run_id=run, metric_key="m", max_results=-1).json == {
        "metrics": []
    }


def test_samples_name_the_run_of_each_point(client, run):
    for step in range(5):
        log(client, run, value=step, step=step)
    query = {"run_ids": run, "metric_key": "m", "max_results": 2}
    shown = read(client, "get-history-bulk-interval", **query).json["metrics"]
    assert [(metric["run_id"], metric["step"]) for metric in shown] == [(run, 0), (run, 4)]
    within = read(client, "get-history-bulk-interval", **query, start_step=1, end_step=1).json["metrics"]
    assert [metric["step"] for metric in within] == [1]
    assert read(client, "get-history-bulk-interval", run_ids="nobody", metric_key="m").json == {}
