"""Stages, rules and groups as calls: a file that declares them can be sent again and again."""

import pytest

from app.authz.permissions import Scope
from app.sharing import token_models

GREENROOM = "/api/2.0/greenroom/"


def call(person, method: str, what: str, status: int = 200, **fields):
    answer = person.ask(method, GREENROOM + what, **fields)
    assert answer.status_code == status, answer.text
    return answer.json


def events(team) -> list[str]:
    with team.app.app_context():
        from sqlalchemy import select

        from app.audit.tables import Event
        from app.db.transactions import db, transaction

        with transaction(read_only=True):
            return list(db.session.scalars(select(Event.kind).order_by(Event.id)))


def test_a_stage_is_declared_twice_and_changes_once(team):
    wanted = {
        "stage": "Canary",
        "purpose": "A few users.",
        "level": "CAN_MANAGE_PRODUCTION_VERSIONS",
        "position": 3,
        "colour": "violet",
    }
    first = call(team.root, "PUT", "stages", **wanted)["stage"]
    assert {key: first[key] for key in wanted} == wanted
    count = len(events(team))
    assert call(team.root, "PUT", "stages", **wanted)["stage"] == first
    assert len(events(team)) == count
    shown = call(team.reader, "GET", "stages")["stages"]
    assert [stage["stage"] for stage in shown] == ["None", "Staging", "Canary", "Production", "Archived"]
    assert [stage["position"] for stage in shown] == [1, 2, 3, 4, 5]
    assert call(team.reader, "GET", "stages", stage="canary")["stage"] == first


def test_what_is_left_out_of_a_stage_stays(team):
    before = call(team.root, "GET", "stages", stage="Production")["stage"]
    after = call(team.root, "PUT", "stages", stage="Production", colour="teal")["stage"]
    assert after == before | {"colour": "teal", "etag": after["etag"]}
    assert after["etag"] != before["etag"]


def test_a_stage_is_refused_in_words(team):
    for fields, words in (
        ({"colour": "mauve"}, "colour"),
        ({"level": "CAN_DO"}, "level must be one of"),
        ({"level": "CAN_READ"}, ""),
        ({"position": 9}, "The position of a stage is a number from 1 to 4."),
        ({"position": 0}, "The position of a stage is a number from 1 to 4."),
    ):
        answer = call(team.root, "PUT", "stages", 400, stage="Production", **fields)
        assert answer["error_code"] == "INVALID_PARAMETER_VALUE" and words in answer["message"]
    call(team.root, "PUT", "stages", 400, stage="1/2")
    assert len(call(team.root, "GET", "stages")["stages"]) == 4


def test_a_stale_stage_is_a_conflict(team):
    etag = call(team.root, "GET", "stages", stage="Staging")["stage"]["etag"]
    call(team.root, "PUT", "stages", stage="Staging", purpose="To try it.", seen=etag)
    answer = call(team.root, "PUT", "stages", 409, stage="Staging", purpose="Other", seen=etag)
    assert answer["error_code"] == "RESOURCE_CONFLICT"
    call(team.root, "PUT", "stages", 409, stage="Gone", seen=etag)


def test_a_stage_is_removed_once(team):
    call(team.root, "PUT", "stages", stage="Canary")
    assert call(team.root, "DELETE", "stages", stage="Canary") == {}
    assert call(team.root, "DELETE", "stages", stage="Canary") == {}
    call(team.root, "DELETE", "stages", 400, stage="None")


def test_a_group_has_exactly_the_members_that_were_put(team):
    put = call(team.root, "PUT", "groups", group="reviewers", members=["reader", "owner"])["group"]
    assert put["members"] == ["owner", "reader"] and put["is_admin"] is False
    count = len(events(team))
    assert call(team.root, "PUT", "groups", group="reviewers", members=["reader", "owner"])["group"] == put
    assert len(events(team)) == count
    after = call(team.root, "PUT", "groups", group="reviewers", members=["editor"])["group"]
    assert after["members"] == ["editor"]
    assert call(team.root, "PUT", "groups", group="reviewers", is_admin=False)["group"] == after
    assert call(team.root, "GET", "groups", group="Reviewers")["group"] == after
    assert [row["group"] for row in call(team.root, "GET", "groups")["groups"]] == ["reviewers"]
    assert call(team.root, "DELETE", "groups", group="reviewers") == {}
    assert call(team.root, "DELETE", "groups", group="reviewers") == {}
    call(team.root, "GET", "groups", 404, group="reviewers")


def test_a_group_with_a_member_that_nobody_is_changes_nothing(team):
    call(team.root, "PUT", "groups", group="reviewers", members=["reader"])
    answer = call(team.root, "PUT", "groups", 404, group="reviewers", members=["editor", "nobody"])
    assert "nobody" in answer["message"]
    assert call(team.root, "GET", "groups", group="reviewers")["group"]["members"] == ["reader"]
    call(team.root, "PUT", "groups", 404, group="new", members=["nobody"])
    call(team.root, "GET", "groups", 404, group="new")


def test_a_stale_group_is_a_conflict(team):
    etag = call(team.root, "PUT", "groups", group="reviewers", members=["reader"])["group"]["etag"]
    call(team.root, "PUT", "groups", group="reviewers", members=["editor"], seen=etag)
    call(team.root, "PUT", "groups", 409, group="reviewers", members=[], seen=etag)


RULE = {
    "stage": "Production",
    "approvals": 2,
    "approver_groups": ["reviewers"],
    "requester_counts": False,
    "must_ask": True,
    "direct_groups": [],
    "checks": [{"name": "scan", "reporter": "ci"}, {"name": "bias"}],
    "description": True,
    "schema": False,
    "tags": ["team"],
    "exclusive": True,
    "emergency_groups": ["reviewers"],
}


@pytest.fixture
def reviewers(team):
    call(team.root, "PUT", "groups", group="reviewers", members=["reader", "editor"])
    call(team.root, "PUT", "groups", group="ci", members=["owner"])


def test_a_rule_is_what_was_put(team, reviewers):
    put = call(team.root, "PUT", "rules", **RULE)["rule"]
    assert {key: put[key] for key in RULE} == RULE
    assert call(team.reader, "GET", "rules", stage="production")["rule"] == put
    assert "passing checks (scan by ci, bias)" in put["text"]
    count = len(events(team))
    bare = {**RULE, "checks": [{"name": "scan", "reporter": "ci"}, "bias"]}
    assert call(team.root, "PUT", "rules", **bare)["rule"] == put
    assert len(events(team)) == count, "the same again changes nothing"


def test_what_is_left_out_of_a_rule_is_as_by_default(team, reviewers):
    call(team.root, "PUT", "rules", **RULE)
    rule = call(team.root, "PUT", "rules", stage="Production")["rule"]
    assert (rule["approvals"], rule["approver_groups"], rule["must_ask"], rule["checks"]) == (
        1,
        [],
        False,
        [],
    )
    assert call(team.root, "DELETE", "rules", stage="Production")["rule"]["is_default"] is True
    assert call(team.root, "DELETE", "rules", stage="Production")["rule"]["is_default"] is True


def test_a_model_has_a_rule_of_its_own(team, reviewers):
    team.root.post("registered-models/create", name="churn")
    call(team.root, "PUT", "rules", stage="Production", approvals=1)
    own = call(team.root, "PUT", "rules", model="churn", **RULE)["rule"]
    assert (own["model"], own["is_own"]) == ("churn", True)
    assert call(team.root, "GET", "rules", stage="Production")["rule"]["approvals"] == 1
    call(team.root, "DELETE", "rules", stage="Production", model="churn")
    assert call(team.root, "GET", "rules", stage="Production", model="churn")["rule"]["is_own"] is False
    call(team.stranger, "GET", "rules", 404, stage="Production", model="churn")


def test_a_stale_rule_is_a_conflict(team, reviewers):
    etag = call(team.root, "GET", "rules", stage="Production")["rule"]["etag"]
    call(team.root, "PUT", "rules", **RULE, seen=etag)
    answer = call(team.root, "PUT", "rules", 409, stage="Production", seen=etag)
    assert answer["error_code"] == "RESOURCE_CONFLICT"


def test_a_rule_that_nobody_can_satisfy_is_refused_with_who_is_missing(team, reviewers):
    answer = call(team.root, "PUT", "rules", 400, **RULE | {"approvals": 3})
    assert answer["error_code"] == "INVALID_PARAMETER_VALUE"
    assert "needs 3 approvals, but 2 people can give one. reviewers has 2 members." in answer["message"]
    call(team.root, "PUT", "groups", group="empty", members=[])
    answer = call(team.root, "PUT", "rules", 400, stage="Staging", approver_groups=["empty"])
    assert "no people can give one. empty has no members." in answer["message"]
    assert call(team.root, "GET", "rules", stage="Staging")["rule"]["is_default"] is True


def test_a_rule_with_unknown_names_is_refused(team, reviewers):
    for fields in (
        {"stage": "Nowhere"},
        {"approver_groups": ["nobodies"]},
        {"checks": [{"name": "scan", "reporter": "nobody"}]},
        {"checks": ["scan", "scan"]},
        {"checks": [7]},
        {"approvals": 0},
        {"must_ask": "yes"},
    ):
        call(team.root, "PUT", "rules", 400, **RULE | fields)
    call(team.root, "PUT", "rules", 404, **RULE, model="nothing")


@pytest.mark.parametrize("what", ("stages", "groups", "rules"))
def test_settings_are_for_administrators(team, what):
    name = {"stages": "stage", "groups": "group", "rules": "stage"}[what]
    call(team.owner, "PUT", what, 403, **{name: "Production"})
    call(team.owner, "DELETE", what, 403, **{name: "Production"})


def scoped(team, *scopes: Scope):
    with team.acting("root") as actor:
        _, secret = token_models.create(team.root.id, "scoped", scopes=scopes, actor=actor)
    return team.root._replace(secret=secret)


def test_a_token_needs_the_scope_manage(team):
    team.root.post("registered-models/create", name="churn")
    for scopes in ((Scope.WRITE, Scope.STAGE, Scope.CHECKS, Scope.AUDIT), (Scope.READ,)):
        person = scoped(team, *scopes)
        call(person, "PUT", "stages", 403, stage="Production", colour="teal")
        call(person, "PUT", "groups", 403, group="risk")
        assert person.ask("DELETE", "registered-models/delete", name="churn").status_code == 403
        assert person.post("registered-models/rename", name="churn", new_name="x").status_code == 403
    person = scoped(team, Scope.MANAGE)
    call(person, "PUT", "stages", stage="Production", colour="teal")
    call(person, "PUT", "groups", group="risk")
    assert person.post("registered-models/rename", name="churn", new_name="x").status_code == 200
    assert person.ask("DELETE", "registered-models/delete", name="x").status_code == 200
    assert person.post("users/create", username="eve", password="a-long-password").status_code == 403
    assert person.get("/admin/audit.csv").status_code == 403


def test_the_audit_log_is_for_the_scope_audit(team):
    person = scoped(team, Scope.AUDIT)
    assert person.get("/admin/audit.csv").status_code == 200
    assert person.get("/admin/accounts").status_code == 403
    assert person.get("registered-models/search").status_code == 200


@pytest.fixture
def churn(team):
    team.owner.post("registered-models/create", name="churn")
    for _ in range(2):
        team.owner.post("model-versions/create", name="churn", source="s3://models/churn")


def set_champion(person, version: str):
    return person.post("registered-models/alias", name="churn", alias="champion", version=version)


def test_the_rule_of_an_alias_is_what_was_put(team, reviewers):
    wanted = {
        "alias": "champion",
        "bound_to": "Production",
        "follows": None,
        "approvals": 2,
        "approver_groups": ["reviewers"],
        "must_ask": True,
    }
    call(team.reader, "GET", "rules", 404, alias="champion")
    put = call(team.root, "PUT", "rules", **wanted)["rule"]
    assert {key: put[key] for key in wanted} == wanted
    assert call(team.reader, "GET", "rules", alias="champion")["rule"] == put
    call(team.root, "PUT", "rules", 409, alias="champion", seen="stale")
    assert call(team.root, "DELETE", "rules", alias="champion")["rule"]["is_default"] is True
    assert call(team.root, "DELETE", "rules", alias="nothing") == {}


def test_an_alias_bound_to_a_stage_on_the_wire(team, churn):
    call(team.root, "PUT", "rules", alias="champion", bound_to="Production")
    answer = set_champion(team.owner, "1")
    assert (answer.status_code, answer.json["error_code"]) == (400, "INVALID_STATE")
    assert "@champion can only point at a version in Production" in answer.json["message"]
    moved = team.owner.post("model-versions/transition-stage", name="churn", version="1", stage="Production")
    assert moved.status_code == 200
    assert set_champion(team.owner, "1").status_code == 200


def test_an_alias_that_follows_a_stage_on_the_wire(team, churn):
    call(team.root, "PUT", "rules", model="churn", alias="champion", follows="Production")
    answer = set_champion(team.owner, "1")
    assert (answer.status_code, answer.json["error_code"]) == (403, "PERMISSION_DENIED")
    team.owner.post("model-versions/transition-stage", name="churn", version="2", stage="Production")
    found = team.owner.get("registered-models/alias", name="churn", alias="champion")
    assert found.json["model_version"]["version"] == "2"


def test_a_protected_alias_on_the_wire(team, churn, reviewers):
    call(team.root, "PUT", "rules", alias="champion", must_ask=True, approver_groups=["reviewers"])
    for method, extra in (("POST", {"version": "1"}),):
        answer = team.owner.ask(method, "registered-models/alias", name="churn", alias="champion", **extra)
        assert (answer.status_code, answer.json["error_code"]) == (403, "PERMISSION_DENIED")
        assert "has to request it" in answer.json["message"]
        assert "/models/churn/versions/1/" in answer.json["message"], "where to request it"
    made = team.owner.post("transition-requests/create", name="churn", version="1", stage="@champion")
    assert made.json["request"]["to_stage"] == "@champion"


def test_a_protected_tag_on_the_wire(team, churn, reviewers):
    call(team.root, "PUT", "rules", tag="approved", must_ask=True, direct_groups=["ci"])
    call(team.root, "PUT", "groups", group="ci", members=["editor"])
    fields = {"name": "churn", "version": "1", "key": "approved", "value": "yes"}
    answer = team.owner.post("model-versions/set-tag", **fields)
    assert (answer.status_code, answer.json["error_code"]) == (403, "PERMISSION_DENIED")
    made = team.owner.post(
        "model-versions/create", name="churn", source="s3://m/x", tags=[{"key": "approved", "value": "yes"}]
    )
    assert made.status_code == 403
    assert team.owner.post("model-versions/set-tag", **fields | {"key": "other"}).status_code == 200


def test_a_rule_is_about_one_thing(team):
    for fields in (
        {},
        {"stage": "Production", "alias": "champion"},
        {"stage": "Production", "bound_to": "Staging"},
        {"tag": "x", "follows": "Staging"},
        {"alias": "a b"},
        {"alias": "champion", "bound_to": "Archived"},
        {"alias": "prod-*", "follows": "Production"},
    ):
        call(team.root, "PUT", "rules", 400, **fields)
