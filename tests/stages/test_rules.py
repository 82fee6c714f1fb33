"""Each part of a rule, and what it lets whom do. Team mode; nobody here is the operator."""

import json

import pytest

from app import artifacts
from app.approvals import requests
from app.approvals.errors import OwnRequest
from app.authz.actors import LOCAL_USER
from app.authz.levels import Level
from app.core.errors import (
    ApprovalRequired,
    InvalidParameter,
    NotFound,
    PermissionDenied,
    StaleState,
)
from app.db.transactions import transaction
from app.http.error_sentences import sentence
from app.registry import queries, versions
from app.stages import checks, definitions, rule_settings, rules, transitions
from app.stages.errors import RequirementsMissing


def stage_of(team, number=1):
    return team.see("ada", versions.get, "churn", number).stage


def rule_of(team, stage, name="churn"):
    def read():
        return rules.of(definitions.find(stage), queries.model_id(name))

    return team.see("ada", read)


# Out of the box: the table of abilities of Databricks' workspace registry.


@pytest.mark.parametrize(
    ("name", "stage", "may"),
    [
        ("rita", "Staging", False),
        ("anna", "Staging", False),
        ("sven", "Staging", True),
        ("sven", "Archived", True),
        ("sven", "Production", False),
        ("ben", "Production", True),
        ("meg", "Production", True),
        ("ada", "Production", True),
    ],
)
def test_out_of_the_box_whoever_manages_the_stages_moves_directly(team, name, stage, may):
    if may:
        team.do(name, transitions.transition, "churn", 1, stage)
    else:
        with pytest.raises(ApprovalRequired):
            team.do(name, transitions.transition, "churn", 1, stage)
    assert (stage_of(team) == stage) is may


def test_leaving_production_takes_its_level_too(team):
    team.do("ben", transitions.transition, "churn", 1, "Production")
    with pytest.raises(PermissionDenied):
        team.do("sven", transitions.transition, "churn", 1, "Archived")


def test_who_may_not_read_the_model_hears_that_there_is_none(team):
    with pytest.raises(NotFound):
        team.do("carl", transitions.transition, "churn", 1, "Staging")
    with pytest.raises(NotFound):
        team.do("carl", requests.open_request, "churn", 1, "Staging")


def test_a_refusal_says_who_decides(team):
    with pytest.raises(ApprovalRequired) as refused:
        team.do("anna", transitions.transition, "churn", 1, "Production")
    assert (
        "Production requires 1 approval from anyone who manages Production versions (not counting the requester)."
        in sentence(refused.value)
    )
    assert (refused.value.model, refused.value.number, refused.value.stage) == ("churn", 1, "Production")


def test_the_words_name_who_manages_both_stages(team):
    team.do("ben", transitions.transition, "churn", 1, "Production")
    with pytest.raises(ApprovalRequired) as refused:
        team.do("sven", transitions.transition, "churn", 1, "Archived")
    said = sentence(refused.value)
    assert "Archiving requires 1 approval from anyone who manages Production versions" in said
    assert "Anyone who manages Production versions can move a version directly." in said


def test_the_operator_is_bound_by_no_rule(team):
    team.rule("Production", approvals=2, must_request=True, needs_description=True)
    with team.app.app_context(), transaction():
        transitions.transition("churn", 1, "Production", actor=LOCAL_USER)
    assert stage_of(team) == "Production"


# Who moves directly.


@pytest.mark.parametrize("name", ["ben", "meg", "ada"])
def test_where_one_must_ask_nobody_moves_directly(team, name):
    team.rule("Production", must_request=True)
    with pytest.raises(ApprovalRequired, match="Everyone, including administrators, has to request it"):
        team.do(name, transitions.transition, "churn", 1, "Production")


def test_but_for_the_groups_that_may(team):
    team.group("ops", "rita")
    team.rule("Production", must_request=True, direct_groups=["ops"])
    team.do("rita", transitions.transition, "churn", 1, "Production")
    assert stage_of(team) == "Production"


# How many approvals, and whose.


def ask(team, name="anna", stage="Production", number=1, **values):
    return team.do(name, requests.open_request, "churn", number, stage, **values)


def approve(team, name, stage="Production", number=1, **values):
    return team.do(name, requests.approve, "churn", number, stage, **values)


def test_one_approval_is_enough_out_of_the_box(team):
    ask(team)
    decision = approve(team, "ben")
    assert (decision.moved, decision.version.stage, decision.request.state) == (
        True,
        "Production",
        "approved",
    )
    assert stage_of(team) == "Production"


@pytest.mark.parametrize("name", ["rita", "anna", "sven"])
def test_who_does_not_manage_the_stage_does_not_approve(team, name):
    ask(team, "rolf")
    with pytest.raises(PermissionDenied):
        approve(team, name)
    assert stage_of(team) == "None"


def test_two_approvals_take_two_people(team):
    team.rule("Production", approvals=2, must_request=True)
    ask(team)
    assert not approve(team, "ben").moved
    assert not approve(team, "ben").moved
    assert approve(team, "bea").moved


def test_approvals_come_from_the_groups_that_are_named_and_reading_is_enough_for_them(team):
    team.group("risk", "rita", "rolf")
    team.rule("Production", approvals=2, approver_groups=["risk"], must_request=True)
    ask(team)
    for name in ("ben", "meg", "ada"):
        with pytest.raises(PermissionDenied, match=r"2 approvals from risk \(not counting the requester\)"):
            approve(team, name)
    approve(team, "rita")
    assert approve(team, "rolf").moved


def test_the_askers_own_does_not_count_unless_the_rule_says_so(team):
    ask(team, "ben")
    with pytest.raises(OwnRequest):
        approve(team, "ben")
    team.rule("Production", requester_counts=True)
    assert approve(team, "ben").moved


def test_the_askers_own_counts_no_more_once_the_rule_says_so(team):
    team.rule("Production", approvals=2, requester_counts=True, must_request=True)
    ask(team, "ben")
    assert not approve(team, "ben").moved
    team.rule("Production", approvals=2, must_request=True)
    assert not approve(team, "bea").moved
    assert approve(team, "meg").moved


def test_of_two_who_ask_for_the_same_each_may_approve_the_other(team):
    ask(team, "ben")
    ask(team, "bea")
    decision = approve(team, "ben")
    assert decision.moved and decision.request.requester == "bea"
    states = {one.requester: one.state for one in team.see("ada", requests.of_version, decision.version.id)}
    assert states == {"ben": "approved", "bea": "approved"}


def test_who_has_left_the_group_is_no_approver_any_more(team):
    from sqlalchemy import text

    from app.db.transactions import db

    team.group("risk", "rita", "rolf", "ben")
    team.rule("Production", approvals=2, approver_groups=["risk"], must_request=True)
    request = ask(team)
    approve(team, "rita")
    with team.app.app_context(), transaction():
        db.session.execute(text(f"DELETE FROM membership WHERE account_id = {team.ids['rita']}"))
    assert not approve(team, "rolf").moved
    with team.acting("ada") as actor:
        progress = requests.progress(request, versions.get("churn", 1), actor)
    assert [(one.approver, one.counts) for one in progress.approvals] == [("rita", False), ("rolf", True)]
    assert approve(team, "ben").moved


# What must be there.


def test_checks_must_have_passed_however_one_comes(team):
    team.rule("Production", checks=["bias", "latency"])
    ask(team)
    report = checks.post
    team.do("anna", report, "churn", 1, "bias", "passed")
    team.do("anna", report, "churn", 1, "latency", "failed")
    for attempt in (
        lambda: approve(team, "ben"),
        lambda: team.do("ben", transitions.transition, "churn", 1, "Production"),
    ):
        with pytest.raises(RequirementsMissing, match=r"CheckNotPassed\(check='latency', state='failed'"):
            attempt()
    team.do("anna", report, "churn", 1, "latency", "passed")
    assert approve(team, "ben").moved


def test_a_description_must_be_there(team):
    team.rule("Production", needs_description=True)
    with pytest.raises(RequirementsMissing, match="DescriptionMissing"):
        team.do("ben", transitions.transition, "churn", 1, "Production")
    team.do("anna", versions.describe, "churn", 1, "Better at the end of the month")
    team.do("ben", transitions.transition, "churn", 1, "Production")


def test_named_tags_must_be_there(team):
    team.rule("Production", tags=["owner"])
    team.do("anna", versions.set_tag, "churn", 1, "owner", " ")
    with pytest.raises(RequirementsMissing, match=r"TagMissing\(tag='owner'\)"):
        team.do("ben", transitions.transition, "churn", 1, "Production")
    team.do("anna", versions.set_tag, "churn", 1, "owner", "anna")
    team.do("ben", transitions.transition, "churn", 1, "Production")


def test_a_schema_must_be_there_and_readable_here(team):
    team.rule("Production", needs_schema=True)
    with pytest.raises(RequirementsMissing, match="SchemaMissing"):
        team.do("ben", transitions.transition, "churn", 1, "Production")
    signature = json.dumps(json.dumps([{"name": "age", "type": "long", "required": True}]))
    with team.acting("ada") as actor:
        path = artifacts.parse("models/m1/MLmodel")
        artifacts.store().write(path, [f"signature:\n  inputs: {signature}\n".encode()], None)
        version = versions.create("churn", "s3://elsewhere/m", actor=actor)
        from sqlalchemy import text

        from app.db.transactions import db

        db.session.execute(text(f"UPDATE model_version SET storage = 'models/m1' WHERE id = {version.id}"))
    team.do("ben", transitions.transition, "churn", version.number, "Production")


def test_one_version_alone_holds_an_exclusive_stage(team):
    team.rule("Production", is_exclusive=True)
    team.do("ben", transitions.transition, "churn", 1, "Production")
    ask(team, number=2)
    approve(team, "ben", number=2)
    assert [stage_of(team, number) for number in (1, 2)] == ["Archived", "Production"]


def test_what_was_asked_to_archive_the_others_does(team):
    team.do("ben", transitions.transition, "churn", 1, "Production")
    ask(team, number=2, archive_others=True)
    approve(team, "ben", number=2)
    assert [stage_of(team, number) for number in (1, 2)] == ["Archived", "Production"]


def test_who_gives_the_last_approval_says_whether_the_others_are_archived(team):
    team.do("ben", transitions.transition, "churn", 1, "Production")
    ask(team, "anna", number=2)
    ask(team, "rita", number=2, archive_others=True)
    approve(team, "ben", number=2, archive_others=False)
    assert [stage_of(team, number) for number in (1, 2)] == ["Production", "Production"]
    ask(team, "anna", number=3)
    ask(team, "ben", number=3, archive_others=True)
    rule = rule_of(team, "Production")
    third = team.see("ada", versions.get, "churn", 3)
    asked = [team.do(name, requests.proposes_archiving, third, rule) for name in ("ben", "bea")]
    assert asked == [False, True], "one's own wish is for others to grant"
    approve(team, "bea", number=3)
    assert [stage_of(team, number) for number in (1, 2, 3)] == ["Archived", "Archived", "Production"]


# One model's own rule.


def test_a_models_own_rule_stands_instead_of_the_stages(team):
    team.rule("Production", must_request=True)
    team.rule("Production", "churn", approvals=2)
    team.do("ben", transitions.transition, "churn", 1, "Production")
    rule = rule_of(team, "Production")
    assert (rule.must_request, rule.approvals) == (False, 2)
    assert [one.model_id for one in team.see("ada", lambda: rules.overrides(rule.stage))] == [rule.model_id]
    team.do("ada", rule_settings.remove_rule, "Production", "churn")
    assert rule_of(team, "Production").must_request


def test_a_rule_is_set_again_and_taken_away(team):
    team.group("risk", "rita", "rolf", "ben")
    team.rule("Production", approvals=3, approver_groups=["risk"])
    team.rule("Production", approvals=2)
    rule = rule_of(team, "Production")
    assert (rule.approvals, rule.approver_groups) == (2, ())
    team.do("ada", rule_settings.remove_rule, "Production")
    assert rule_of(team, "Production").id is None
    team.do("ada", rule_settings.remove_rule, "Production")


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"approvals": 0}, "approvals"),
        ({"approvals": 21}, "approvals"),
        ({"checks": ["a\nb"]}, "checks"),
        ({"tags": ["a\nb"]}, "tags"),
        ({"tags": [f"t{n}" for n in range(51)]}, "tags"),
    ],
)
def test_a_rule_that_nobody_could_meet_is_refused(team, fields, field):
    with pytest.raises(InvalidParameter) as refused:
        team.do("ada", rule_settings.set_rule, "Production", **fields)
    assert refused.value.field == field


def test_a_group_that_is_not_there_has_no_part_in_a_rule(team):
    with pytest.raises(InvalidParameter) as refused:
        team.do("ada", rule_settings.set_rule, "Production", approver_groups=[999])
    assert refused.value.field == "approver_groups"


@pytest.mark.parametrize("stage", ["None", "Archived"])
def test_many_versions_are_archived_at_once(team, stage):
    with pytest.raises(InvalidParameter):
        team.do("ada", rule_settings.set_rule, stage, is_exclusive=True)


@pytest.mark.parametrize("name", ["ben", "meg"])
def test_only_an_administrator_sets_rules(team, name):
    for verb in (rule_settings.set_rule, rule_settings.remove_rule):
        with pytest.raises(PermissionDenied):
            team.do(name, verb, "Production", "churn")


def test_a_rule_that_somebody_else_changed_is_not_overwritten_unseen(team):
    seen = rules.describe(rule_of(team, "Production"), names={})
    team.rule("Production", approvals=2)
    with pytest.raises(StaleState):
        team.do("ada", rule_settings.set_rule, "Production", approvals=3, seen=seen)


def test_a_new_stage_is_guarded_by_its_level(team):
    from app.stages import settings

    team.do("ada", settings.create, "Canary", level=Level.MANAGE_PRODUCTION)
    with pytest.raises(ApprovalRequired):
        team.do("sven", transitions.transition, "churn", 1, "Canary")
    team.do("ben", transitions.transition, "churn", 1, "Canary")


# In words.


def test_a_rule_reads_as_sentences(team):
    for group in ("risk", "ops", "oncall"):
        team.group(group, "rita", "rolf")
    rule = team.rule(
        "Production",
        approvals=2,
        approver_groups=["risk"],
        must_request=True,
        direct_groups=["ops"],
        emergency_groups=["oncall"],
        checks=["bias", "latency"],
        needs_description=True,
        tags=["owner"],
        is_exclusive=True,
    )
    assert team.see("ada", rules.describe, rule) == (
        "Production requires 2 approvals from risk (not counting the requester), passing checks (bias, latency), "
        "a description and the tag owner. Everyone else, including administrators, has to request it; ops can move "
        "a version directly. Only one version at a time; the previous one is archived. In an emergency, oncall can "
        "roll back to a previous version at once, with a reason."
    )


def test_a_rule_that_everybody_has_to_request_by_reads_so(team):
    team.group("reviewers", "rita", "rolf")
    rule = team.rule(
        "Production",
        approvals=2,
        approver_groups=["reviewers"],
        must_request=True,
        checks=["bias"],
        is_exclusive=True,
    )
    assert team.see("ada", rules.describe, rule) == (
        "Production requires 2 approvals from reviewers (not counting the requester) and a passing bias check. "
        "Everyone, including administrators, has to request it. Only one version at a time; the previous one is "
        "archived."
    )
