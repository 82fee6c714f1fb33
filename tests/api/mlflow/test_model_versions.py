"""The wire of model versions: what is particular to it; the rules themselves are tested in tests/registry."""

import pytest

BASE = "/api/2.0/mlflow/model-versions"
MODELS = "/api/2.0/mlflow/registered-models"


@pytest.fixture
def churn(client):
    client.post(f"{MODELS}/create", json={"name": "churn"})
    body = {"name": "churn", "source": "s3://bucket/churn"}
    return client.post(f"{BASE}/create", json=body).json["model_version"]


def test_a_version_shows_empty_strings_where_mlflow_does(client, churn):
    assert {
        key: churn[key] for key in ("version", "current_stage", "description", "run_id", "run_link", "status")
    } == {
        "version": "1",
        "current_stage": "None",
        "description": "",
        "run_id": "",
        "run_link": "",
        "status": "READY",
    }
    assert client.get(f"{BASE}/get?name=churn&version=1").json["model_version"] == churn


def test_a_transition_is_answered_with_the_version(client, churn):
    body = {"name": "churn", "version": "1", "stage": "production", "archive_existing_versions": True}
    answer = client.post(f"{BASE}/transition-stage", json=body)
    assert answer.json["model_version"]["current_stage"] == "Production"


def test_a_flag_that_is_no_boolean_is_refused(client, churn):
    body = {"name": "churn", "version": "1", "stage": "Staging", "archive_existing_versions": "true"}
    answer = client.post(f"{BASE}/transition-stage", json=body)
    assert (answer.status_code, answer.json["error_code"]) == (400, "INVALID_PARAMETER_VALUE")


def test_archiving_others_into_archived_is_the_clients_mistake(client, churn):
    body = {"name": "churn", "version": "1", "stage": "Archived", "archive_existing_versions": True}
    answer = client.post(f"{BASE}/transition-stage", json=body)
    assert (answer.status_code, answer.json["error_code"]) == (400, "INVALID_PARAMETER_VALUE")


def test_an_absent_description_takes_it_away(client, churn):
    body = {"name": "churn", "version": "1"}
    client.patch(f"{BASE}/update", json=body | {"description": "x"})
    assert "description" not in client.patch(f"{BASE}/update", json=body).json["model_version"]
    assert "description" not in client.get(f"{BASE}/get", query_string=body).json["model_version"]


def test_the_download_address_of_an_object_store_is_its_source(client, churn):
    answer = client.get(f"{BASE}/get-download-uri?name=churn&version=1")
    assert answer.json == {"artifact_uri": "s3://bucket/churn"}


def test_search_finds_by_name_and_shows_aliases(client, churn):
    client.post(f"{MODELS}/alias", json={"name": "churn", "alias": "champion", "version": "1"})
    answer = client.get(f"{BASE}/search", query_string={"filter": "name='churn'", "max_results": 10})
    assert [(row["version"], row["aliases"]) for row in answer.json["model_versions"]] == [
        ("1", ["champion"])
    ]


@pytest.mark.parametrize("bound", ["0", "-1", "200001", str(2**31), str(2**63), "x", "1.5"])
def test_a_number_of_results_that_cannot_be_meant_is_refused(client, bound):
    answer = client.get(f"{BASE}/search", query_string={"max_results": bound})
    assert (answer.status_code, answer.json["error_code"]) == (400, "INVALID_PARAMETER_VALUE")


def test_tags_and_deletion_travel_in_the_body_of_a_delete(client, churn):
    about = {"name": "churn", "version": "1"}
    client.post(f"{BASE}/set-tag", json=about | {"key": "k", "value": "v"})
    assert client.get(f"{BASE}/get", query_string=about).json["model_version"]["tags"] == [
        {"key": "k", "value": "v"}
    ]
    assert client.delete(f"{BASE}/delete-tag", json=about | {"key": "k"}).json == {}
    assert client.delete(f"{BASE}/delete", json=about).json == {}
    answer = client.get(f"{BASE}/get", query_string=about)
    assert (answer.status_code, answer.json["message"]) == (
        404,
        "Model Version (name=churn, version=1) not found",
    )
