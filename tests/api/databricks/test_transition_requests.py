"""The wire of Databricks' calls and of Greenroom's own; the rules themselves are tested in tests/approvals."""

import pytest

from app.approvals import requests
from app.authz.permissions import Scope
from app.sharing import token_models
from tests.support.team import make_team

BASE = "/api/2.0/mlflow"
ASKED = {"name": "churn", "version": "1", "stage": "Production"}


@pytest.fixture
def churn(client):
    client.post(f"{BASE}/registered-models/create", json={"name": "churn"})
    for _ in range(2):
        client.post(f"{BASE}/model-versions/create", json={"name": "churn", "source": "s3://b/churn"})


class Clients:
    """Calls as one of a team, each by a token of their own."""

    def __init__(self, app, client):
        self.team, self._client, self._secrets = make_team(app), client, {}

    def __call__(self, name, method, path, scopes=None, **values):
        key = (name, scopes)
        if key not in self._secrets:
            account_id = self.team.ids[name]
            with self.team.acting(name) as actor:
                _, self._secrets[key] = token_models.create(
                    account_id, "test", scopes=scopes, expires_at=None, actor=actor
                )
        headers = {"Authorization": f"Bearer {self._secrets[key]}"}
        address = path if path.startswith("/api") else f"{BASE}/{path}"
        return self._client.open(address, method=method, headers=headers, **values)


@pytest.fixture
def call(app, client):
    return Clients(app, client)


def code(answer):
    return answer.status_code, answer.json.get("error_code")


def test_a_request_on_the_wire(call):
    answer = call("anna", "POST", "transition-requests/create", json=ASKED | {"comment": "Better"})
    request = answer.json["request"]
    assert len(request.pop("id")) == 32
    assert request.pop("creation_timestamp") == request.pop("last_updated_timestamp") > 0
    assert request == {
        "activity_type": "REQUESTED_TRANSITION",
        "user_id": "anna",
        "from_stage": "None",
        "to_stage": "Production",
        "comment": "Better",
        "available_actions": ["CANCEL_TRANSITION_REQUEST"],
    }


@pytest.mark.parametrize(
    ("name", "actions"),
    [
        ("anna", ["CANCEL_TRANSITION_REQUEST"]),
        ("rita", []),
        ("ben", ["APPROVE_TRANSITION_REQUEST", "REJECT_TRANSITION_REQUEST"]),
        ("meg", ["APPROVE_TRANSITION_REQUEST", "REJECT_TRANSITION_REQUEST", "CANCEL_TRANSITION_REQUEST"]),
    ],
)
def test_a_request_tells_each_viewer_what_they_may_do(call, name, actions):
    call("anna", "POST", "transition-requests/create", json=ASKED)
    listed = call(name, "GET", "transition-requests/list?name=churn&version=1").json["requests"]
    assert [one["available_actions"] for one in listed] == [actions]


def test_a_list_may_be_asked_for_in_a_body_as_in_the_query(call):
    call("anna", "POST", "transition-requests/create", json=ASKED)
    body = {"name": "churn", "version": "1"}
    assert len(call("anna", "GET", "transition-requests/list", json=body).json["requests"]) == 1


def test_an_approval_moves_the_version_and_is_answered_with_the_activity(call):
    call("anna", "POST", "transition-requests/create", json=ASKED)
    body = ASKED | {"archive_existing_versions": "true", "comment": "Go"}
    activity = call("ben", "POST", "transition-requests/approve", json=body).json["activity"]
    assert (activity["activity_type"], activity["user_id"], activity["comment"]) == (
        "APPROVED_REQUEST",
        "ben",
        "Go",
    )
    assert (activity["from_stage"], activity["to_stage"]) == ("None", "Production")
    version = call("anna", "GET", "model-versions/get?name=churn&version=1").json["model_version"]
    assert version["current_stage"] == "Production"
    assert call("anna", "GET", "transition-requests/list?name=churn&version=1").json["requests"] == []


def test_the_approver_says_whether_the_holders_are_archived(call):
    call("ben", "POST", "model-versions/transition-stage", json=ASKED)
    for version, said, stage in (("2", False, "Production"), ("3", "true", "Archived")):
        asked = ASKED | {"version": version}
        with call.team.acting("anna") as anna:
            requests.open_request("churn", version, "Production", archive_others=True, actor=anna)
        call("ben", "POST", "transition-requests/approve", json=asked | {"archive_existing_versions": said})
        first = call("anna", "GET", "model-versions/get?name=churn&version=1").json["model_version"]
        assert first["current_stage"] == stage


def test_a_rejection_and_a_withdrawal_are_answered_with_their_activities(call):
    call("anna", "POST", "transition-requests/create", json=ASKED)
    rejected = call("ben", "POST", "transition-requests/reject", json=ASKED | {"comment": "Worse"})
    assert rejected.json["activity"]["activity_type"] == "REJECTED_REQUEST"
    call("anna", "POST", "transition-requests/create", json=ASKED)
    gone = call("anna", "DELETE", "transition-requests/delete", query_string=ASKED | {"creator": "anna"})
    assert gone.json["activity"]["activity_type"] == "CANCELLED_REQUEST"


def test_a_withdrawal_may_come_in_a_body(call):
    call("anna", "POST", "transition-requests/create", json=ASKED)
    gone = call("anna", "DELETE", "transition-requests/delete", json=ASKED | {"creator": "anna"})
    assert gone.status_code == 200


def test_late_and_repeated_decisions_are_conflicts_that_name_who_and_when(call):
    call("anna", "POST", "transition-requests/create", json=ASKED)
    again = call("anna", "POST", "transition-requests/create", json=ASKED)
    assert code(again) == (409, "RESOURCE_CONFLICT")
    call("ben", "POST", "transition-requests/approve", json=ASKED)
    late = call("bea", "POST", "transition-requests/reject", json=ASKED)
    assert code(late) == (409, "RESOURCE_CONFLICT")
    assert "approved by ben on 20" in late.json["message"]


@pytest.mark.parametrize(
    ("name", "body", "expected"),
    [
        ("anna", {"stage": "Live"}, (400, "INVALID_PARAMETER_VALUE")),
        ("anna", {"stage": ""}, (400, "INVALID_PARAMETER_VALUE")),
        ("anna", {"version": "9"}, (404, "RESOURCE_DOES_NOT_EXIST")),
        ("anna", {"name": "nobody"}, (404, "RESOURCE_DOES_NOT_EXIST")),
        ("carl", {}, (404, "RESOURCE_DOES_NOT_EXIST")),
        ("anna", {"comment": "x" * 65_536}, (400, "INVALID_PARAMETER_VALUE")),
    ],
)
def test_what_cannot_be_asked_for(call, name, body, expected):
    assert code(call(name, "POST", "transition-requests/create", json=ASKED | body)) == expected


@pytest.mark.parametrize("verb", ["approve", "reject"])
def test_who_may_not_decide_and_what_nobody_asked(call, verb):
    assert code(call("ben", "POST", f"transition-requests/{verb}", json=ASKED)) == (
        404,
        "RESOURCE_DOES_NOT_EXIST",
    )
    call("anna", "POST", "transition-requests/create", json=ASKED)
    for name in ("rita", "anna"):
        answer = call(name, "POST", f"transition-requests/{verb}", json=ASKED)
        assert code(answer) == (403, "PERMISSION_DENIED")


@pytest.mark.parametrize(
    "path", ["model-versions/transition-stage", "databricks/model-versions/transition-stage"]
)
def test_a_plain_transition_obeys_the_rule_and_says_where_to_ask(call, path):
    answer = call("anna", "POST", path, json=ASKED)
    assert code(answer) == (403, "PERMISSION_DENIED")
    assert "Production requires 1 approval" in answer.json["message"]
    assert "http://localhost/models/churn/versions/1" in answer.json["message"]
    assert "POST /api/2.0/mlflow/transition-requests/create" in answer.json["message"]
    assert call("ben", "POST", path, json=ASKED).status_code == 200


def test_what_a_version_lacks_is_the_clients_to_mend(call):
    call.team.rule("Production", needs_description=True)
    assert code(call("ben", "POST", "model-versions/transition-stage", json=ASKED)) == (400, "INVALID_STATE")


def test_databricks_transition_is_answered_under_both_keys(client, churn):
    client.post(f"{BASE}/transition-requests/create", json=ASKED | {"stage": "Staging"})
    body = ASKED | {"archive_existing_versions": False, "comment": "Go"}
    answer = client.post(f"{BASE}/databricks/model-versions/transition-stage", json=body).json
    version = answer["model_version_databricks"]
    assert version == answer["model_version"]
    assert (version["current_stage"], version["permission_level"]) == ("Production", "CAN_MANAGE")
    assert [one["to_stage"] for one in version["open_requests"]] == ["Staging"]


def test_databricks_model_has_an_id_and_the_callers_level(call):
    answer = call("sven", "GET", "databricks/registered-models/get?name=churn").json[
        "registered_model_databricks"
    ]
    assert (answer["name"], answer["permission_level"]) == ("churn", "CAN_MANAGE_STAGING_VERSIONS")
    assert int(answer["id"], 16) > 0 and len(answer["id"]) == 32
    assert answer["latest_versions"][0]["version"] == "3"


def test_a_comment_is_written_edited_and_deleted_by_its_author(call):
    body = {"name": "churn", "version": "1", "comment": "Hm"}
    comment = call("rita", "POST", "comments/create", json=body).json["comment"]
    assert (comment["user_id"], comment["comment"]) == ("rita", "Hm")
    assert comment["available_actions"] == ["EDIT_COMMENT", "DELETE_COMMENT"]
    change = {"id": comment["id"], "comment": "Well"}
    assert code(call("meg", "PATCH", "comments/update", json=change)) == (403, "PERMISSION_DENIED")
    assert call("rita", "PATCH", "comments/update", json=change).json["comment"]["comment"] == "Well"
    gone = {"id": comment["id"]}
    assert code(call("rolf", "DELETE", "comments/delete", query_string=gone)) == (403, "PERMISSION_DENIED")
    assert call("rita", "DELETE", "comments/delete", query_string=gone).json == {}
    assert code(call("rita", "PATCH", "comments/update", json=change)) == (404, "RESOURCE_DOES_NOT_EXIST")

    back = "/api/2.0/greenroom/comments/restore"
    assert code(call("rolf", "POST", back, json=gone)) == (403, "PERMISSION_DENIED")
    restored = call("rita", "POST", back, json=gone).json["comment"]
    assert (restored["id"], restored["comment"]) == (comment["id"], "Well")
    assert restored["available_actions"] == ["EDIT_COMMENT", "DELETE_COMMENT"]
    assert code(call("rita", "POST", back, json=gone)) == (404, "RESOURCE_DOES_NOT_EXIST")
    assert call("rita", "PATCH", "comments/update", json=change | {"comment": "Good"}).status_code == 200


@pytest.mark.parametrize("id", ["7", "x" * 32, "0" * 31 + "1", "2" + "0" * 31, "f" * 32, "２" * 32])
def test_an_id_that_is_no_comments_is_not_found(client, churn, id):
    assert code(client.delete(f"{BASE}/comments/delete", json={"id": id})) == (404, "RESOURCE_DOES_NOT_EXIST")


def test_an_empty_comment_is_refused(client, churn):
    for text in ("", "  "):
        answer = client.post(
            f"{BASE}/comments/create", json={"name": "churn", "version": "1", "comment": text}
        )
        assert code(answer) == (400, "INVALID_PARAMETER_VALUE")


CHECKS = "/api/2.0/greenroom/checks"
CHECK = {
    "name": "churn",
    "version": "1",
    "check": "bias",
    "state": "passed",
    "link": "https://ci/1",
    "summary": "ok",
}


def test_a_check_is_reported_by_a_token_for_that_alone(call):
    only = frozenset({Scope.CHECKS})
    made = call("anna", "POST", CHECKS, scopes=only, json=CHECK).json["check"]
    made.pop("last_updated_timestamp")
    assert made == {
        "check": "bias",
        "state": "passed",
        "link": "https://ci/1",
        "summary": "ok",
        "user_id": "anna",
    }
    assert (
        len(call("rita", "GET", CHECKS, query_string={"name": "churn", "version": "1"}).json["checks"]) == 1
    )
    assert code(call("anna", "POST", "transition-requests/create", scopes=only, json=ASKED))[0] == 403
    assert code(call("anna", "POST", CHECKS, scopes=frozenset({Scope.STAGE}), json=CHECK))[0] == 403
    assert code(call("rita", "POST", CHECKS, json=CHECK)) == (403, "PERMISSION_DENIED")


@pytest.mark.parametrize(
    "wrong",
    [
        {"state": "green"},
        {"link": "javascript:alert(1)"},
        {"check": " "},
        {"link": "http://"},
        {"summary": "x" * 2_001},
    ],
)
def test_a_check_that_could_not_be_shown_is_refused(client, churn, wrong):
    assert code(client.post(CHECKS, json=CHECK | wrong)) == (400, "INVALID_PARAMETER_VALUE")


ACTIVITIES = "/api/2.0/greenroom/activities"


def test_activities_tell_the_story_newest_first_a_page_at_a_time(call):
    call("anna", "POST", "transition-requests/create", json=ASKED)
    body = {"name": "churn", "version": "1", "comment": "Hm"}
    comment = call("rita", "POST", "comments/create", json=body).json["comment"]
    call("ben", "POST", "transition-requests/approve", json=ASKED)
    second = ASKED | {"version": "2", "archive_existing_versions": True}
    call("ben", "POST", "databricks/model-versions/transition-stage", json=second)

    told = call("anna", "GET", f"{ACTIVITIES}?name=churn&max_results=4")
    rest = call("anna", "GET", f"{ACTIVITIES}?name=churn&page_token={told.json['next_page_token']}")

    found = [
        (one["activity_type"], one["version"]) for one in told.json["activities"] + rest.json["activities"]
    ]
    assert sorted(found[:2]) == [("APPLIED_TRANSITION", "2"), ("SYSTEM_TRANSITION", "1")]
    assert found[2:] == [
        ("APPLIED_TRANSITION", "1"),
        ("APPROVED_REQUEST", "1"),
        ("NEW_COMMENT", "1"),
        ("REQUESTED_TRANSITION", "1"),
    ]
    assert rest.json["activities"][0]["id"] == comment["id"]
    assert "next_page_token" not in rest.json
    of_one = call("anna", "GET", f"{ACTIVITIES}?name=churn&version=2").json["activities"]
    assert [one["activity_type"] for one in of_one] == ["APPLIED_TRANSITION"]
    assert code(call("anna", "GET", f"{ACTIVITIES}?name=churn&page_token=x"))[0] == 400


def test_activities_name_the_token_to_who_manages_the_model(call):
    call("anna", "POST", "transition-requests/create", json=ASKED)
    told = {
        name: call(name, "GET", f"{ACTIVITIES}?name=churn").json["activities"][0] for name in ("meg", "anna")
    }
    assert told["meg"].pop("token") == "test" and told["meg"].pop("token_prefix").startswith("grn_")
    assert told["meg"] == told["anna"]


def test_a_deleted_comment_is_told_to_nobody(client, churn):
    body = {"name": "churn", "version": "1", "comment": "Secret"}
    made = client.post(f"{BASE}/comments/create", json=body).json["comment"]
    client.delete(f"{BASE}/comments/delete", json={"id": made["id"]})
    assert client.get(f"{ACTIVITIES}?name=churn").json == {}


def test_what_an_alias_meant_at_a_moment(client, churn):
    def aliases(**query):
        answer = client.get("/api/2.0/greenroom/stage-history", query_string={"name": "churn", **query})
        return answer.json["aliases"]

    assert aliases() == []
    pointed = {"name": "churn", "alias": "champion", "version": "1"}
    assert client.post(f"{BASE}/registered-models/alias", json=pointed).status_code == 200
    (now,) = aliases()
    assert (now["alias"], now["version"], "to" in now) == ("champion", "1", False)
    client.delete(f"{BASE}/registered-models/alias", json=pointed)
    assert aliases(at=now["from"] - 1) == []


def test_what_held_each_stage_at_a_moment(client, churn):
    client.post(f"{BASE}/model-versions/transition-stage", json=ASKED)
    now = client.get("/api/2.0/greenroom/stage-history?name=churn").json
    assert [(one["stage"], one["version"]) for one in now["stages"]] == [("Production", "1")]
    before = client.get(f"/api/2.0/greenroom/stage-history?name=churn&at={now['stages'][0]['from'] - 1}").json
    assert before["stages"] == []
    assert code(client.get("/api/2.0/greenroom/stage-history?name=nobody")) == (
        404,
        "RESOURCE_DOES_NOT_EXIST",
    )
    for at, held in (("2999-01-01", 1), ("2019-01-01T12:00Z", 0), ("2019-01-01", 0)):
        answer = client.get("/api/2.0/greenroom/stage-history", query_string={"name": "churn", "at": at}).json
        assert len(answer["stages"]) == held and answer["at"] < now["at"] + 60_000
    for at in ("x", "", "2026-13-01", "9" * 30):
        assert code(client.get(f"/api/2.0/greenroom/stage-history?name=churn&at={at}"))[0] == 400
