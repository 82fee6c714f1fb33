"""Letting @champion follow Production: for managers of a model, under what administrators say."""

import pytest

from app.core.errors import PermissionDenied
from app.registry import models
from app.stages import rule_settings, rules, transitions
from app.stages.definitions import Stages
from app.stages.governed import aliases, following
from app.stages.governed.errors import AliasFollowsStage, AliasGoverned, AliasNotFollowing, AliasRequestNeeded
from app.stages.governed.following import Champion


@pytest.fixture
def guarded(team):
    team.rule("Production", must_request=True)
    return team


def pointed(team) -> dict[str, int]:
    return team.see("rita", models.get, "churn").aliases


def offered(team) -> Champion | None:
    return team.see("meg", lambda: following.state(models.get("churn"), Stages()))


def test_it_is_offered_where_production_has_a_rule_and_the_alias_none(team):
    assert offered(team) is None
    team.rule("Production", "churn", must_request=True)
    assert offered(team) == Champion(False, None, None)
    team.do("anna", aliases.set_alias, "churn", "champion", 2)
    assert offered(team) == Champion(False, 2, None)
    team.rule("@champ*", bound_to="Production")
    assert offered(team) is None


@pytest.mark.parametrize("name", ("anna", "bea", "rita"))
def test_who_does_not_manage_the_model_neither_begins_nor_ends_it(guarded, name):
    with pytest.raises(PermissionDenied):
        guarded.do(name, following.follow, "churn")
    guarded.do("meg", following.follow, "churn")
    with pytest.raises(PermissionDenied):
        guarded.do(name, following.stop, "churn")
    with pytest.raises(AliasFollowsStage):
        guarded.do("anna", aliases.set_alias, "churn", "champion", 1)


def test_a_manager_lets_it_follow_and_takes_that_back(team):
    team.do("meg", transitions.transition, "churn", 1, "Production")
    team.do("meg", following.follow, "churn")
    assert pointed(team) == {"champion": 1}
    with pytest.raises(AliasGoverned):
        team.do("meg", following.follow, "churn")
    team.do("meg", transitions.transition, "churn", 3, "Production")
    assert pointed(team) == {"champion": 3}
    team.do("meg", following.stop, "churn")
    assert pointed(team) == {"champion": 3}
    team.do("meg", following.stop, "churn")
    team.do("anna", aliases.set_alias, "churn", "champion", 2)


def test_it_gives_way_to_a_rule_for_all_models(team):
    """A manager who was first does not keep the model out of what administrators say later."""
    team.do("meg", following.follow, "churn")
    team.rule("@champion", must_request=True)
    with pytest.raises(AliasRequestNeeded):
        team.do("meg", aliases.set_alias, "churn", "champion", 1)
    with pytest.raises(AliasNotFollowing):
        team.do("meg", following.stop, "churn")
    team.do("meg", transitions.transition, "churn", 2, "Production")
    assert pointed(team) == {}
    target = team.see("meg", lambda: aliases.rule_of("champion", 1)).stage
    assert team.see("meg", rules.overrides_by_model, target) == [], "its own is not in force"
    team.do("ada", rule_settings.remove_rule, "@champion")
    assert [name for name, _rule in team.see("meg", rules.overrides_by_model, target)] == ["churn"]
    team.rule("@ch*", must_request=True)
    with pytest.raises(AliasRequestNeeded):
        team.do("meg", aliases.set_alias, "churn", "champion", 1)


def test_an_administrator_replaces_it_and_a_manager_leaves_that(team):
    team.do("meg", following.follow, "churn")
    model = team.see("meg", models.get, "churn")
    team.rule("@champion", approvals=2)
    team.rule("@champion", "churn", follows="Production")
    rule = team.see("meg", lambda: aliases.rule_of("champion", model.id))
    assert (rule.model_id, rule.followed_stage, rule.gives_way) == (model.id, "Production", False)
    with pytest.raises(AliasNotFollowing):
        team.do("meg", following.stop, "churn")
    team.do("ada", rule_settings.remove_rule, "@champion", "churn")
    assert team.see("meg", lambda: aliases.rule_of("champion", model.id)).approvals == 2
    assert team.see("meg", lambda: rules.overrides(rule.stage)) == []
