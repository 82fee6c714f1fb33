"""The wire of registered models: what is particular to it; the rules themselves are tested in tests/registry."""

import pytest

BASE = "/api/2.0/mlflow/registered-models"


@pytest.fixture
def churn(client):
    return client.post(f"{BASE}/create", json={"name": "churn"}).json["registered_model"]


def test_a_model_is_created_and_answered_without_empty_fields(client):
    answer = client.post(f"{BASE}/create", json={"name": "churn", "tags": [{"key": "a", "value": "b"}]})
    assert answer.status_code == 200
    assert answer.content_type == "application/json"
    model = answer.json["registered_model"]
    assert set(model) == {"name", "creation_timestamp", "last_updated_timestamp", "user_id", "tags"}


def test_the_pages_prefix_serves_the_same_calls(client, churn):
    assert (
        client.get("/ajax-api/2.0/mlflow/registered-models/get?name=churn").json["registered_model"] == churn
    )


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("post", "create", {}),
        ("get", "get", {}),
        ("patch", "update", {"description": "x"}),
        ("delete", "delete", {}),
        ("post", "rename", {"new_name": "x"}),
        ("post", "get-latest-versions", {}),
        ("post", "set-tag", {"key": "k"}),
        ("delete", "delete-tag", {"key": "k"}),
        ("post", "alias", {"alias": "a", "version": "1"}),
        ("get", "alias", {"alias": "a"}),
    ],
)
def test_a_call_without_a_name_says_which_field_is_missing(client, method, path, body):
    answer = client.open(f"{BASE}/{path}", method=method.upper(), json=body)
    assert answer.status_code == 400
    assert answer.json == {
        "error_code": "INVALID_PARAMETER_VALUE",
        "message": "Missing value for required parameter 'name'. See the API docs for more information about "
        "request parameters.",
        "sqlstate": "KAM00",
        "error_class": "INVALID_PARAMETER_VALUE",
    }


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b"{bad", "application/json"),
        (b"[1]", "application/json"),
        (b"5", "application/json"),
        (b'{"name": "\xff"}', "application/json"),
        (b'{"name": "\\ud800"}', "application/json"),
        (b'{"name": "a\\u0000b"}', "application/json"),
        (b'{"name": ' + b"[" * 100_000, "application/json"),
        (b'{"name": 1e400}', "application/json"),
        (b'{"name": NaN}', "application/json"),
        (b'{"name": {"a": 1}}', "application/json"),
        (b'{"name": "a", "tags": "b"}', "application/json"),
        (b'{"name": "a", "tags": [5]}', "application/json"),
        (b'{"name": "a", "description": 7}', "application/json"),
        (b"name=a", "application/x-www-form-urlencoded"),
        (b'{"name": "a"}', "text/plain"),
        (b'{"name": "a"}', ""),
    ],
)
def test_a_body_that_cannot_be_meant_gets_a_client_error(client, body, content_type):
    answer = client.post(f"{BASE}/create", data=body, content_type=content_type)
    assert (answer.status_code, answer.json["error_code"]) == (400, "INVALID_PARAMETER_VALUE")
    assert client.get(f"{BASE}/search").json == {}


def test_a_wrong_type_is_named_with_its_value(client):
    message = client.post(f"{BASE}/create", json={"name": 5}).json["message"]
    assert message == (
        "Invalid value 5 for parameter 'name' supplied:  Hint: Value was of type 'int'. See the API docs for more "
        "information about request parameters."
    )


def test_a_field_that_may_be_absent_may_be_spelled_as_protobuf_spells_it(client, churn):
    client.post(f"{BASE}/create", json={"name": "leavers"})
    answer = client.get(f"{BASE}/search", json={"maxResults": 1})
    assert len(answer.json["registered_models"]) == 1
    answer = client.post(f"{BASE}/rename", json={"name": "churn", "newName": "x"})
    assert (answer.status_code, answer.json["error_code"]) == (400, "INVALID_PARAMETER_VALUE")


def test_a_field_spelled_both_ways_is_refused(client, churn):
    answer = client.post(f"{BASE}/rename", json={"name": "churn", "new_name": "x", "newName": "y"})
    assert answer.status_code == 400
    assert (
        answer.json["message"] == "Request specifies both 'new_name' and 'newName'; provide only one of them."
    )


def test_an_existing_name_answers_as_mlflow_does(client, churn):
    answer = client.post(f"{BASE}/create", json={"name": "churn"})
    assert (answer.status_code, answer.json["error_code"]) == (400, "RESOURCE_ALREADY_EXISTS")


def test_an_unknown_model_answers_as_mlflow_does(client):
    answer = client.get(f"{BASE}/get?name=nobody")
    assert (answer.status_code, answer.json["error_code"]) == (404, "RESOURCE_DOES_NOT_EXIST")
    assert answer.json["message"] == "Registered Model with name=nobody not found"


def test_a_get_is_read_from_its_body_and_a_delete_from_its_query(client, churn):
    assert client.get(f"{BASE}/get", json={"name": "churn"}).json["registered_model"] == churn
    assert client.delete(f"{BASE}/delete?name=churn").json == {}
    assert client.get(f"{BASE}/get?name=churn").status_code == 404


def test_a_name_is_read_from_the_query_as_it_was_meant(client):
    for name in ("a b", "a+b", "a%20b", "a&b=c"):
        client.post(f"{BASE}/create", json={"name": name})
        shown = client.get(f"{BASE}/get", query_string={"name": name}).json
        assert shown["registered_model"]["name"] == name


def test_an_unknown_call_answers_in_json(client):
    for path in ("/api/2.0/mlflow/nothing", "/ajax-api/2.0/mlflow/registered-models/nothing", "/api/9.9/x"):
        answer = client.get(path)
        assert (answer.status_code, answer.json["error_code"]) == (404, "ENDPOINT_NOT_FOUND")
    answer = client.get(f"{BASE}/create")
    assert (answer.status_code, answer.json["error_code"]) == (405, "ENDPOINT_NOT_FOUND")


def test_a_failed_call_leaves_nothing_half_done(client, churn):
    bad = {"name": "other", "tags": [{"key": "fine", "value": "1"}, {"key": "a*b", "value": "2"}]}
    assert client.post(f"{BASE}/create", json=bad).status_code == 400
    assert client.get(f"{BASE}/get?name=other").status_code == 404


def test_another_sites_page_cannot_change_anything(client, churn):
    for origin in ("https://evil.example", "null", "http://localhost:8080"):
        answer = client.delete(f"{BASE}/delete", json={"name": "churn"}, headers={"Origin": origin})
        assert (answer.status_code, answer.json["error_code"]) == (403, "PERMISSION_DENIED")
    own = {"Origin": "http://localhost"}
    assert client.delete(f"{BASE}/delete", json={"name": "churn"}, headers=own).status_code == 200


@pytest.mark.parametrize(
    "host", ["evil.example", "10.evil.example", "localhost:80@evil", "localhost.evil.example", ""]
)
def test_a_name_that_is_not_this_servers_is_refused(client, host):
    answer = client.get(f"{BASE}/search", headers={"Host": host})
    assert (answer.status_code, answer.json["error_code"]) == (403, "PERMISSION_DENIED")


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1:5000", "[::1]:5000", "10.1.2.3", "lab.localhost:1"])
def test_an_address_or_localhost_is_this_servers(client, host):
    assert client.get(f"{BASE}/search", headers={"Host": host}).status_code == 200


def test_every_answer_forbids_framing_and_sniffing(client):
    for path in (f"{BASE}/search", "/health", "/api/2.0/nothing"):
        headers = client.get(path).headers
        assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
        assert headers["X-Content-Type-Options"] == "nosniff"
