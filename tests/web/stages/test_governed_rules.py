"""The pages of the rules of aliases and tags, and the offer to let @champion follow Production."""

import pytest

from app.accounts import groups
from app.registry import aliases, models
from app.stages import rule_settings, transitions
from tests.factories.registry import make_model, make_versions

OFFER = "Let @champion follow Production"


def test_a_model_with_a_rule_on_production_offers_it_in_one_click(pages, do):
    do(make_model)
    do(make_versions, 2)
    assert OFFER not in pages.get("/models/churn").text
    do(rule_settings.set_rule, "Production", must_request=True)
    page = pages.get("/models/churn")
    assert OFFER in page.text and "Production has a rule, but @champion doesn't" in page.text
    assert "nobody can set it otherwise. You can undo this here." in page.text
    do(aliases.set_alias, "churn", "champion", 2)
    assert "That removes it from version 2 until a" in pages.get("/models/churn").text
    do(transitions.transition, "churn", 1, "Production")
    assert "That moves it from version 2 to version 1." in pages.get("/models/churn").text
    page = pages.send("/models/churn", "/models/churn/settings/champion")
    assert OFFER not in page.text and "@champion of churn follows Production now." in page.text
    assert do(lambda actor: models.get("churn").aliases) == {"champion": 1}
    assert "@champion follows Production" in pages.get("/models/churn/settings/rules").text


def test_it_is_undone_where_it_was_done(pages, do):
    do(make_model)
    do(make_versions, 1)
    do(rule_settings.set_rule, "Production", must_request=True)
    do(transitions.transition, "churn", 1, "Production")
    assert "That sets it to version 1." in pages.get("/models/churn").text
    page = pages.send("/models/churn", "/models/churn/settings/champion")
    page = pages.send("/models/churn", "/models/churn/settings/champion/stop")
    assert "no longer follows Production. It stays where it is." in page.text and OFFER in page.text
    assert do(lambda actor: models.get("churn").aliases) == {"champion": 1}


def test_rules_of_aliases_and_tags_are_set_on_pages(client, pages, do):
    do(make_model)
    assert "Aliases and tags" in pages.get("/admin/stages").text
    answer = client.get("/admin/rule-of?target=champion")
    assert answer.status_code == 303
    address = answer.location
    page = pages.get(address)
    assert "Follows" in page.text and "Only one version" not in page.text
    pages.send(address, follows="Production")
    assert "@champion follows Production" in pages.get("/admin/stages").text
    pages.send(address, f"{address}/remove")

    tag = client.get("/admin/rule-of?target=%23approved&model=churn").location
    page = pages.get(tag)
    assert "Setting directly" in page.text and "Approvals" not in page.text.split("<form")[-1]
    pages.send(tag, must_ask="y")
    assert "can set or remove the tag approved" in pages.get("/models/churn/settings/rules").text


def test_a_pattern_does_not_follow(pages):
    page = pages.get("/admin/stages/@prod-*/rule")
    assert "Only points at versions in" in page.text and "Follows" not in page.text


def test_what_is_no_alias_has_no_rule(client):
    assert client.get("/admin/stages/@no such/rule").status_code == 404


def test_the_form_and_the_call_keep_each_others_parts(client, pages, do):
    """Who alone reports a check, and what an alias is bound to, are on the form too."""
    do(groups.create, "ci")
    do(rule_settings.set_rule, "Production", checks=["scan", "a: b"], reporters={"scan": "ci"})
    address = "/admin/stages/Production/rule"
    page = pages.get(address)
    assert page.form(address)["reporters"] == "scan: ci"
    pages.send(address, approvals="2")
    rule = client.get("/api/2.0/greenroom/rules?stage=Production").json["rule"]
    assert rule["checks"] == [{"name": "scan", "reporter": "ci"}, {"name": "a: b"}] and rule["approvals"] == 2

    pages.send(address, reporters="a: b: ci\n")
    rule = client.get("/api/2.0/greenroom/rules?stage=Production").json["rule"]
    assert rule["checks"] == [{"name": "scan"}, {"name": "a: b", "reporter": "ci"}]
    for line, words in {
        "scan": "Write each line as check: account",
        "other: ci": "other is not one of the required checks.",
        "scan: nobody": "nobody",
    }.items():
        assert words in pages.send(address, reporters=line, status=422).text


def test_what_an_alias_is_bound_to_survives_the_form(client, pages, do):
    do(rule_settings.set_rule, "@prod-*", bound_to="Production")
    pages.send("/admin/stages/@prod-*/rule", approvals="3")
    rule = client.get("/api/2.0/greenroom/rules?alias=prod-*").json["rule"]
    assert (rule["bound_to"], rule["approvals"]) == ("Production", 3)


EVERY_PART = {
    "approvals": 2,
    "approver_groups": ["ci"],
    "requester_counts": True,
    "must_ask": True,
    "direct_groups": ["ci"],
    "checks": [{"name": "scan", "reporter": "ci"}, {"name": "a: b"}],
    "description": True,
    "schema": True,
    "tags": ["team", "with space"],
}
RULES = {
    "/admin/stages/Production/rule": {
        "stage": "Production",
        **EVERY_PART,
        "exclusive": True,
        "emergency_groups": ["ci"],
        "rollback_changed": "reason",
    },
    "/admin/stages/@prod-*/rule": {"alias": "prod-*", **EVERY_PART, "bound_to": "Production"},
    "/models/churn/settings/rules/@live": {"alias": "live", "model": "churn", "follows": "Staging"},
    "/admin/stages/%23approved/rule": {"tag": "approved", "must_ask": True, "direct_groups": ["ci"]},
}


@pytest.mark.parametrize("address", RULES)
def test_a_rule_that_a_call_put_is_saved_by_the_form_as_it_was(client, pages, do, address):
    """Whatever part a rule gets, the form has it, too."""
    do(make_model)
    do(groups.create, "ci")
    rule = RULES[address]
    put = client.put("/api/2.0/greenroom/rules", json=rule)
    assert put.status_code == 200, put.text
    before = put.json["rule"]
    assert {key: before[key] for key in rule} == rule
    parts = {key for key in before if key not in ("text", "etag", "is_default", "is_own")}
    if "stage" in rule:
        assert parts == set(rule), "a part that this test does not know"
    # Something else is changed and changed back: the same again would not be written at all.
    other = {"must_ask": None} if rule.get("must_ask") else {"must_ask": "y"}
    pages.send(address, **other)
    pages.send(address, must_ask="y" if rule.get("must_ask") else None)
    named = {key: rule[key] for key in ("stage", "alias", "tag", "model") if key in rule}
    after = client.get("/api/2.0/greenroom/rules", query_string=named).json["rule"]
    assert after == before
