"""Names keep their rules: taking, giving up and changing what clients load by."""

import pytest

from app.core.errors import AlreadyExists, NotFound
from app.registry import deleted_models, former_names, models, versions
from app.registry.errors import NameForwards
from app.stages import model_names, rule_settings, rules, transitions
from app.stages.definitions import find
from app.stages.errors import ModelInGuardedStage, NameKept, RequestNeeded, StageWouldFallBack


def hold_production(team, number: int = 1) -> None:
    team.do("meg", transitions.transition, "churn", number, "Production")


def archive(team, number: int = 1) -> None:
    team.do("meg", transitions.transition, "churn", number, "Archived")


def must_request(team, model=None, **fields) -> None:
    team.rule("Production", model, must_request=True, **fields)


@pytest.mark.parametrize("give_up", ("delete", "rename"))
def test_a_name_that_held_a_guarded_stage_is_kept_for_its_managers(team, give_up):
    hold_production(team)
    archive(team)
    team.rule("Production", approvals=2)
    if give_up == "delete":
        team.do("meg", model_names.delete, "churn")
    else:
        team.do("meg", model_names.rename, "churn", "left")
    for name in ("anna", "carl", "ben"):
        with pytest.raises(NameKept):
            team.do(name, model_names.create, "churn")
        team.do(name, model_names.create, f"of-{name}")
        with pytest.raises(NameKept):
            team.do(name, model_names.rename, f"of-{name}", "churn")
    with pytest.raises(NotFound):
        team.see("ada", models.get, "churn")
    assert team.do("meg", model_names.create, "churn").name == "churn"


def test_administrators_take_a_kept_name(team):
    team.rule("Production", approvals=2)
    hold_production(team)
    team.do("meg", model_names.delete, "churn")
    assert team.do("ada", model_names.create, "churn").name == "churn"


def test_a_name_without_any_rule_is_free(team):
    hold_production(team)
    team.do("meg", model_names.delete, "churn")
    assert team.do("carl", model_names.create, "churn").name == "churn"


def test_the_own_rules_of_a_name_are_in_force_for_whoever_takes_it(team):
    team.group("risk", "ben", "bea")
    must_request(team, "churn", approvals=2, approver_groups=["risk"], checks=["bias"])
    team.do("meg", model_names.delete, "churn")
    team.do("meg", model_names.create, "churn")
    team.do("meg", versions.create, "churn", "s3://models/x")
    with pytest.raises(RequestNeeded):
        team.do("meg", transitions.transition, "churn", 1, "Production")
    model = team.see("meg", models.get, "churn")
    rule = team.see("meg", lambda: rules.of(find("Production"), model.id))
    assert (rule.model_id, rule.approvals, rule.checks) == (model.id, 2, ("bias",))
    assert rule.approver_groups == (team.groups["risk"],)


def test_a_renamed_model_gets_the_rules_of_its_new_name_in_place_of_its_own(team):
    must_request(team, "churn", approvals=3)
    team.do("meg", model_names.rename, "churn", "left")
    team.do("meg", model_names.create, "weak")
    team.do("ada", rule_settings.set_rule, "Production", "weak", approvals=1)
    team.do("meg", model_names.rename, "weak", "churn")
    model = team.see("meg", models.get, "churn")
    assert team.see("meg", lambda: rules.of(find("Production"), model.id)).approvals == 3
    renamed = team.see("meg", models.get, "left")
    assert team.see("meg", lambda: rules.of(find("Production"), renamed.id)).approvals == 3


def test_versions_that_hold_a_stage_do_not_come_under_a_name_that_has_to_ask(team):
    must_request(team, "churn")
    team.do("meg", model_names.rename, "churn", "left")
    team.do("meg", model_names.create, "other")
    team.do("meg", versions.create, "other", "s3://models/x")
    team.do("meg", transitions.transition, "other", 1, "Production")
    with pytest.raises(ModelInGuardedStage):
        team.do("meg", model_names.rename, "other", "churn")
    assert team.see("meg", models.get, "other").name == "other"


@pytest.mark.parametrize("name", ("meg", "ada"))
def test_a_model_in_a_stage_that_is_asked_for_is_not_renamed_or_deleted_directly(team, name):
    hold_production(team)
    must_request(team)
    with pytest.raises(ModelInGuardedStage) as caught:
        team.do(name, model_names.rename, "churn", "left")
    assert (caught.value.number, caught.value.stage) == (1, "Production")
    with pytest.raises(ModelInGuardedStage):
        team.do(name, model_names.delete, "churn")
    archive(team)
    assert team.do(name, model_names.rename, "churn", "left").name == "left"


def test_those_who_move_directly_rename(team):
    hold_production(team)
    team.group("release", "meg")
    must_request(team, direct_groups=["release"])
    assert team.do("meg", model_names.rename, "churn", "left").name == "left"


def test_two_models_are_not_swapped_by_who_may_not_move_their_versions(team):
    hold_production(team)
    must_request(team)
    team.do("meg", model_names.create, "mine")
    with pytest.raises(ModelInGuardedStage):
        team.do("meg", model_names.rename, "churn", "aside")
    with pytest.raises(AlreadyExists):
        team.do("meg", model_names.rename, "mine", "churn")
    # Somebody who manages their own model alone, once the other is out of the way.
    archive(team)
    team.do("meg", model_names.rename, "churn", "aside")
    team.do("carl", model_names.create, "his")
    with pytest.raises(NameKept):
        team.do("carl", model_names.rename, "his", "churn")


@pytest.mark.parametrize("leave", ("delete", "Archived", "None"))
def test_an_older_version_is_not_served_unasked(team, leave):
    hold_production(team, 1)
    hold_production(team, 2)
    must_request(team)

    def go(number: int) -> None:
        if leave == "delete":
            team.do("meg", model_names.delete_version, "churn", number)
        else:
            team.do("meg", transitions.transition, "churn", number, leave)

    with pytest.raises(StageWouldFallBack) as caught:
        go(2)
    assert (caught.value.older, caught.value.number) == (1, 2)
    go(1)
    go(2)
    assert {row.stage for row in team.see("rita", versions.of_model, "churn")[0]} <= {"None", leave}


def test_a_former_name_leads_on_and_forwards_only_where_that_was_chosen(team):
    team.do("meg", model_names.rename, "churn", "left")
    assert team.see("rita", former_names.leads_to, "churn") == "left"
    assert team.see("carl", former_names.leads_to, "churn") is None, "he may not read the model"
    assert team.see("rita", former_names.forwards_to, "churn") is None
    team.do("meg", model_names.rename, "left", "gone", forwards=True)
    assert team.see("rita", former_names.leads_to, "churn") == "gone"
    assert team.see("rita", former_names.forwards_to, "left") == "gone"
    with pytest.raises(NameForwards):
        team.do("carl", model_names.create, "left")
    team.do("meg", former_names.stop_forwarding, "gone", "left")
    assert team.see("rita", former_names.forwards_to, "left") is None
    assert team.do("carl", model_names.create, "left").name == "left"


def test_a_model_takes_its_own_former_name_back(team):
    must_request(team, "churn")
    team.do("meg", model_names.rename, "churn", "left", forwards=True)
    assert team.do("meg", model_names.rename, "left", "churn").name == "churn"
    model = team.see("meg", models.get, "churn")
    assert [row.name for row in team.see("meg", former_names.of_model, model.id)] == ["left"]
    assert team.see("meg", lambda: rules.of(find("Production"), model.id)).must_request


def test_a_deleted_model_comes_back_under_its_kept_name(team):
    team.rule("Production", approvals=2)
    hold_production(team)
    model = team.see("meg", models.get, "churn")
    team.do("meg", model_names.delete, "churn")
    assert team.do("meg", deleted_models.restore, model.id) == "churn"
