"""Aliases and tags that have rules: bound to a stage, following one, protected, requested."""

import pytest

from app.approvals import requests
from app.core.errors import InvalidParameter
from app.registry import models, versions
from app.stages import model_names, rule_settings, transitions
from app.stages.errors import RequirementsMissing, UnknownStage
from app.stages.governed import aliases, tags
from app.stages.governed.errors import (
    AliasFollowsStage,
    AliasNotGoverned,
    AliasRequestNeeded,
    TagProtected,
    VersionNotInBoundStage,
)


def move(team, number: int, stage: str, name: str = "meg", **values):
    return team.do(name, transitions.transition, "churn", number, stage, **values)


def set_alias(team, name: str, number: int, alias: str = "champion"):
    team.do(name, aliases.set_alias, "churn", alias, number)


def pointed(team) -> dict[str, int]:
    return team.see("rita", models.get, "churn").aliases


def test_an_alias_without_a_rule_is_set_by_who_edits(team):
    set_alias(team, "anna", 1)
    assert pointed(team) == {"champion": 1}


def test_a_bound_alias_points_only_at_versions_in_the_stage(team):
    team.rule("@champion", bound_to="Production")
    with pytest.raises(VersionNotInBoundStage):
        set_alias(team, "anna", 1)
    move(team, 1, "Production")
    set_alias(team, "anna", 1)
    assert pointed(team) == {"champion": 1}
    move(team, 1, "Archived")
    assert pointed(team) == {}, "what left the stage lost the alias with it"


def test_a_following_alias_moves_with_the_stage(team):
    move(team, 1, "Production")
    team.rule("@champion", follows="Production")
    assert pointed(team) == {"champion": 1}, "from the moment that the rule is set"
    move(team, 2, "Production", archive_others=True)
    assert pointed(team) == {"champion": 2}
    move(team, 3, "Production")
    assert pointed(team) == {"champion": 3}
    move(team, 3, "Archived")
    assert pointed(team) == {"champion": 2}
    team.do("meg", model_names.delete_version, "churn", 2)
    assert pointed(team) == {}
    for name in ("anna", "meg", "ada"):
        with pytest.raises(AliasFollowsStage):
            set_alias(team, name, 1)
    move(team, 1, "Production")
    with pytest.raises(AliasFollowsStage):
        team.do("ada", aliases.remove_alias, "churn", "champion")
    assert pointed(team) == {"champion": 1}


def test_a_following_alias_of_one_model_leaves_others_alone(team):
    team.do("meg", model_names.create, "other")
    team.do("meg", versions.create, "other", "s3://models/x")
    team.rule("@champion", "churn", follows="Production")
    team.do("meg", transitions.transition, "other", 1, "Production")
    assert team.see("meg", models.get, "other").aliases == {}
    move(team, 1, "Production")
    assert pointed(team) == {"champion": 1}


def test_a_protected_alias_is_asked_for_and_approved_like_a_stage(team):
    team.group("risk", "rita", "rolf", "ben")
    team.rule("@champion", approvals=2, approver_groups=["risk"], must_request=True)
    for name in ("anna", "meg", "ada"):
        with pytest.raises(AliasRequestNeeded) as caught:
            set_alias(team, name, 1)
        assert "has to request it" in caught.value.rule and caught.value.stage == "@champion"
    made = team.do("anna", requests.open_request, "churn", 1, "@champion")
    assert (made.stage, made.state) == ("@champion", "open")
    assert not team.do("rita", requests.approve, "churn", 1, "@champion").moved
    assert pointed(team) == {}
    decision = team.do("rolf", requests.approve, "churn", 1, "@champion")
    assert decision.moved and decision.request.state == "approved"
    assert pointed(team) == {"champion": 1}
    assert team.see("rita", versions.get, "churn", 1).stage == "None"


def test_a_protected_alias_is_not_carried_away(team):
    set_alias(team, "anna", 1)
    team.rule("@champion", must_request=True)
    for verb in (
        lambda actor: aliases.remove_alias("churn", "champion", actor=actor),
        lambda actor: model_names.delete_version("churn", 1, actor=actor),
        lambda actor: model_names.delete("churn", actor=actor),
        lambda actor: model_names.rename("churn", "left", actor=actor),
    ):
        with pytest.raises(AliasRequestNeeded):
            team.do("meg", verb)
    assert pointed(team) == {"champion": 1}
    team.do("meg", model_names.delete_version, "churn", 2)


def test_a_pattern_governs_what_it_fits_and_the_name_comes_first(team):
    team.rule("@prod-*", must_request=True)
    team.rule("@prod-eu", bound_to="Staging")
    with pytest.raises(AliasRequestNeeded):
        set_alias(team, "meg", 1, "prod-us")
    with pytest.raises(VersionNotInBoundStage):
        set_alias(team, "anna", 1, "prod-eu")
    set_alias(team, "anna", 1, "test-us")
    made = team.do("anna", requests.open_request, "churn", 1, "@prod-us")
    assert made.stage == "@prod-us"
    assert team.do("ben", requests.approve, "churn", 1, "@prod-us").moved
    assert pointed(team) == {"test-us": 1, "prod-us": 1}


def test_direct_groups_set_it(team):
    team.group("release", "anna")
    team.rule("@champion", must_request=True, direct_groups=["release"])
    set_alias(team, "anna", 1)
    assert pointed(team) == {"champion": 1}


def test_a_models_own_rule_comes_first(team):
    team.rule("@champion", must_request=True)
    team.rule("@champion", "churn", bound_to="Production")
    with pytest.raises(VersionNotInBoundStage):
        set_alias(team, "meg", 1)


def test_a_rule_is_taken_away(team):
    team.rule("@champion", must_request=True)
    team.do("ada", rule_settings.remove_rule, "@champion")
    set_alias(team, "anna", 1)


def test_what_no_rule_can_be(team):
    for name, fields in (
        ("@champion", {"bound_to": "Archived"}),
        ("@champion", {"follows": "Nowhere"}),
        ("@prod-*", {"follows": "Production"}),
    ):
        with pytest.raises(InvalidParameter):
            team.rule(name, **fields)


def test_no_version_is_moved_into_an_alias(team):
    team.rule("@champion", must_request=False)
    for verb in (
        lambda actor: transitions.transition("churn", 1, "@champion", actor=actor),
        lambda actor: transitions.latest("churn", ["@champion"]),
    ):
        with pytest.raises(UnknownStage):
            team.do("ada", verb)


def test_there_is_nothing_to_request_for_a_free_alias(team):
    with pytest.raises(AliasNotGoverned):
        team.do("anna", requests.open_request, "churn", 1, "@champion")


def test_a_restored_model_has_its_aliases_again(team):
    team.rule("@champion", follows="Production")
    move(team, 1, "Production")
    model = team.see("meg", models.get, "churn")
    team.do("meg", model_names.delete, "churn")
    team.do("meg", model_names.restore, model.id)
    assert pointed(team) == {"champion": 1}


def test_a_restored_model_has_them_as_the_rules_are_by_then(team):
    move(team, 1, "Production")
    set_alias(team, "anna", 3)
    set_alias(team, "anna", 2, "next")
    model = team.see("meg", models.get, "churn")
    team.do("meg", model_names.delete, "churn")
    team.rule("@champion", follows="Production")
    team.rule("@next", bound_to="Staging")
    team.do("meg", model_names.restore, model.id)
    assert pointed(team) == {"champion": 1}


def test_a_binding_takes_the_alias_from_whatever_is_elsewhere(team):
    set_alias(team, "anna", 1)
    team.rule("@champion", bound_to="Production")
    assert pointed(team) == {}


def test_nobody_sets_it_on_a_version_that_lacks_what_the_rule_requires(team):
    team.group("release", "anna")
    team.rule("@champion", must_request=True, direct_groups=["release"], checks=["scan"])
    with pytest.raises(RequirementsMissing):
        set_alias(team, "anna", 1)
    assert pointed(team) == {}


def test_each_alias_of_a_pattern_is_requested_and_decided_by_itself(team):
    team.rule("@prod-*", must_request=True)
    for alias in ("@prod-eu", "@prod-us", "@prod-cn"):
        team.do("anna", requests.open_request, "churn", 1, alias)
    team.do("ben", requests.approve, "churn", 1, "@prod-us")
    team.do("ben", requests.reject, "churn", 1, "@prod-cn", comment="no")
    assert pointed(team) == {"prod-us": 1}
    version = team.see("rita", versions.get, "churn", 1)
    states = {one.stage: one.state for one in team.see("rita", requests.of_version, version.id)}
    assert states == {"@prod-eu": "open", "@prod-us": "approved", "@prod-cn": "rejected"}


def test_a_rule_that_is_gone_leaves_no_request_open(team):
    team.rule("@champion", must_request=True)
    made = team.do("anna", requests.open_request, "churn", 1, "@champion")
    team.do("ada", rule_settings.remove_rule, "@champion")
    assert team.see("rita", requests.get, made.id).state_label == "superseded"


def test_a_protected_tag_is_set_by_some_only(team):
    team.group("risk", "rolf", "anna")
    team.rule("#approved", must_request=True, direct_groups=["risk"])
    team.do("anna", lambda actor: tags.check("churn", "approved", actor=actor))
    for name in ("meg", "ada", "ben"):
        with pytest.raises(TagProtected) as caught:
            team.do(name, lambda actor: tags.check("churn", "approved", actor=actor))
        assert caught.value.rule == "Only risk can set or remove the tag approved."
    team.do("meg", lambda actor: tags.check("churn", "other", actor=actor))


def test_intervals_say_what_an_alias_meant(team):
    from sqlalchemy import select

    from app.db.transactions import db
    from app.registry.tables import AliasInterval

    set_alias(team, "anna", 1)
    set_alias(team, "anna", 2)
    team.do("anna", aliases.remove_alias, "churn", "champion")
    with team.acting("ada"):
        spans = db.session.scalars(select(AliasInterval).order_by(AliasInterval.id)).all()
        assert [(span.alias, span.to_at is None) for span in spans] == [("champion", False)] * 2
        assert spans[0].to_at == spans[1].from_at
