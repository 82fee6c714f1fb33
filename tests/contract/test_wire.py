"""Every call that MLflow's server takes is known here, be it to say that it is not offered."""

import re

import pytest
import requests

pytestmark = pytest.mark.contract

# MLflow's own pages and what they are made of, and what answers in plain text.
NO_CALLS = re.compile(r"/(signup)?$|/(build|static-files)/|/health$|/version$")
METHODS = ("GET", "POST", "PATCH", "DELETE")
# What a registry with runs and artifacts must do; whatever lies elsewhere may be left out.
OFFERED = re.compile(
    r"/(ajax-)?api/2\.0/?mlflow/(registered-models|model-versions|experiments|runs(?!/create-promptlab-run)"
    r"|metrics|logged-models)/"
    r"|/(ajax-)?api/2\.0/mlflow/artifacts/list"
    r"|/(ajax-)?api/2\.0/mlflow-artifacts/artifacts"
    r"|/(ajax-)?api/3\.0/mlflow/server-info"
)


@pytest.fixture(scope="module")
def answers(greenroom, declared_calls):
    """The answer to each declared call, sent with an empty body and something in place of each id.

    Of one whose method is not known, that to the first method for which there is one.
    """
    with requests.Session() as session:

        def answer(method: str, path: str) -> requests.Response:
            address = greenroom.url + re.sub(r"<[^>]*>|{[^}]*}", "nothing", path)
            tried = [
                session.request(one, address, json={}, timeout=30)
                for one in (METHODS if method == "ANY" else [method])
            ]
            return next((one for one in tried if one.status_code not in (404, 405)), tried[0])

        return {call: answer(*call) for call in declared_calls}


@pytest.fixture(scope="module")
def declared_calls(list_calls):
    calls = [tuple(line.split(" ", 1)) for line in list_calls().splitlines()]
    assert len(calls) > 500, calls
    return [call for call in calls if not NO_CALLS.match(call[1])]


def test_no_declared_call_is_unknown(answers):
    unknown = [
        call
        for call, answer in answers.items()
        if answer.status_code in (404, 405) and answer.json().get("error_code") == "ENDPOINT_NOT_FOUND"
    ]
    assert not unknown


def test_every_declared_call_answers_in_json(answers):
    other = {
        call: (answer.status_code, answer.headers.get("Content-Type"), answer.text[:80])
        for call, answer in answers.items()
        if answer.text and "application/json" not in answer.headers.get("Content-Type", "")
    }
    assert not other


def test_no_declared_call_fails(answers):
    failed = {
        call: answer.text for call, answer in answers.items() if answer.status_code in (500, 502, 503, 504)
    }
    assert not failed


def test_what_a_registry_needs_is_offered(answers):
    left_out = [
        call for call, answer in answers.items() if answer.status_code == 501 and OFFERED.match(call[1])
    ]
    assert not left_out


def test_what_is_left_out_says_so_at_once(answers):
    left_out = [answer for answer in answers.values() if answer.status_code == 501]
    assert left_out
    for answer in left_out:
        assert answer.json()["error_code"] == "NOT_IMPLEMENTED", answer.text
        assert len(answer.json()["message"]) > 20, answer.text
