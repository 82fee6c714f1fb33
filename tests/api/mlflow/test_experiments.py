"""The wire of experiments: what is particular to it; the rules themselves are tested in tests/tracking."""

import pytest

BASE = "/api/2.0/mlflow/experiments"


def post(client, path, **body):
    return client.post(f"{BASE}/{path}", json=body)


@pytest.fixture
def churn(client) -> str:
    return post(client, "create", name="churn", tags=[{"key": "team", "value": "risk"}]).json["experiment_id"]


def test_an_experiment_is_answered_in_mlflows_terms(client, churn):
    shown = client.get(f"{BASE}/get?experiment_id={churn}").json["experiment"]
    times = shown.pop("creation_time"), shown.pop("last_update_time")
    assert all(isinstance(time, int) for time in times)
    assert shown == {
        "experiment_id": churn,
        "name": "churn",
        "artifact_location": f"mlflow-artifacts:/{churn}",
        "lifecycle_stage": "active",
        "tags": [{"key": "team", "value": "risk"}],
        "workspace": "default",
    }
    assert (
        client.get(f"{BASE}/get-by-name?experiment_name=churn").json["experiment"]["experiment_id"] == churn
    )


def test_the_default_experiment_is_there_without_a_list_of_tags(client):
    assert "tags" not in client.get(f"{BASE}/get?experiment_id=0").json["experiment"]


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("post", "create", {}),
        ("get", "get", {}),
        ("get", "get-by-name", {}),
        ("post", "update", {"experiment_id": "0"}),
        ("post", "delete", {}),
        ("post", "restore", {}),
        ("post", "set-experiment-tag", {"experiment_id": "0", "value": "x"}),
        ("post", "delete-experiment-tag", {"experiment_id": "0"}),
    ],
)
def test_a_missing_field_is_named(client, method, path, body):
    answer = getattr(client, method)(f"{BASE}/{path}", json=body)
    assert answer.status_code == 400
    assert answer.json["error_code"] == "INVALID_PARAMETER_VALUE"
    assert answer.json["message"].startswith("Missing value for required parameter '")


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "code"),
    [
        ("get", "get", {"experiment_id": "4711"}, 404, "RESOURCE_DOES_NOT_EXIST"),
        ("get", "get", {"experiment_id": "9" * 30}, 400, "INVALID_PARAMETER_VALUE"),
        ("get", "get", {"experiment_id": "abc"}, 400, "INVALID_PARAMETER_VALUE"),
        ("get", "get-by-name", {"experiment_name": "nobody"}, 404, "RESOURCE_DOES_NOT_EXIST"),
        ("post", "create", {"name": "Default"}, 400, "RESOURCE_ALREADY_EXISTS"),
        ("post", "create", {"name": 5}, 400, "INVALID_PARAMETER_VALUE"),
        ("post", "create", {"name": "x", "tags": {"key": "a"}}, 400, "INVALID_PARAMETER_VALUE"),
        ("post", "create", {"name": "x", "artifact_location": "file:///etc"}, 400, "INVALID_PARAMETER_VALUE"),
        ("post", "create", {"name": "x", "tags": [{"key": "a"}] * 2}, 400, "INVALID_PARAMETER_VALUE"),
        ("post", "restore", {"experiment_id": "0"}, 404, "RESOURCE_DOES_NOT_EXIST"),
        ("post", "delete-experiment-tag", {"experiment_id": "0", "key": "k"}, 404, "RESOURCE_DOES_NOT_EXIST"),
        ("post", "search", {}, 400, "INVALID_PARAMETER_VALUE"),
        ("post", "search", {"max_results": 50_001}, 400, "INVALID_PARAMETER_VALUE"),
        ("post", "search", {"max_results": 1, "filter": "nonsense"}, 400, "INVALID_PARAMETER_VALUE"),
        ("post", "search", {"max_results": 1, "view_type": "SOME"}, 400, "INVALID_PARAMETER_VALUE"),
    ],
)
def test_mistakes_have_mlflows_codes(client, method, path, body, status, code):
    answer = getattr(client, method)(f"{BASE}/{path}", json=body)
    assert (answer.status_code, answer.json["error_code"]) == (status, code)


def test_an_experiment_goes_through_its_life(client, churn):
    assert post(client, "update", experiment_id=churn, new_name="fraud").json == {}
    assert post(client, "set-experiment-tag", experiment_id=churn, key="a", value="b").json == {}
    assert post(client, "delete-experiment-tag", experiment_id=churn, key="team").json == {}
    assert post(client, "delete", experiment_id=churn).json == {}
    shown = client.get(f"{BASE}/get?experiment_id={churn}").json["experiment"]
    assert (shown["name"], shown["lifecycle_stage"], shown["tags"]) == (
        "fraud",
        "deleted",
        [{"key": "a", "value": "b"}],
    )
    assert post(client, "update", experiment_id=churn, new_name="other").json["error_code"] == "INVALID_STATE"
    assert post(client, "restore", experiment_id=churn).json == {}


def test_a_search_answers_by_post_and_by_get_in_pages(client, churn):
    first = post(client, "search", max_results=1, order_by=["name DESC"]).json
    assert [shown["name"] for shown in first["experiments"]] == ["churn"]
    query = {"max_results": 1, "order_by": "name DESC", "page_token": first["next_page_token"]}
    second = client.get(f"{BASE}/search", query_string=query).json
    assert [shown["name"] for shown in second["experiments"]] == ["Default"]
    assert "next_page_token" not in second


def test_a_search_that_finds_nothing_answers_an_empty_object(client):
    assert post(client, "search", max_results=5, view_type="DELETED_ONLY").json == {}


@pytest.mark.parametrize("view", ["DELETED_ONLY", 2, "2"])
def test_a_view_is_given_by_name_or_number(client, churn, view):
    post(client, "delete", experiment_id=churn)
    found = post(client, "search", max_results=5, view_type=view).json["experiments"]
    assert [shown["name"] for shown in found] == ["churn"]
