"""Ways around the rules of aliases: names that change hands, restored models, changed files, removed stages."""

from functools import partial

import pytest
from sqlalchemy import update

from app.authz.actors import LOCAL_USER
from app.core import clock
from app.core.errors import InvalidParameter
from app.db.transactions import db, transaction
from app.manifests.tables import ManifestOfVersion
from app.registry import models, versions
from app.stages import model_names, rule_settings, rules, settings, transitions
from app.stages.definitions import find
from app.stages.errors import FilesNotApprovable, NameKept, StageOfAliases
from app.stages.governed import aliases
from app.stages.governed.errors import AliasOfName, FollowsOrBound
from tests.factories.registry import ANNA, BEN, make_model, make_versions
from tests.support.races import come_late


def other_model(team, name: str = "other", **pointing: int) -> None:
    """Makes a model of meg's with two versions and these aliases."""
    team.do("meg", model_names.create, name)
    for _ in range(2):
        team.do("meg", versions.create, name, "s3://models/x")
    for alias, number in pointing.items():
        team.do("meg", aliases.set_alias, name, alias, number)


def pointed(team, name: str = "churn") -> dict[str, int]:
    return team.see("meg", models.get, name).aliases


@pytest.mark.parametrize("name", ("meg", "ada"))
def test_an_alias_is_not_brought_under_a_name_that_has_a_rule_for_it(team, name):
    team.rule("@champion", "churn", must_request=True)
    team.do("meg", model_names.delete, "churn")
    other_model(team, champion=2)
    with pytest.raises(AliasOfName) as caught:
        team.do(name, model_names.rename, "other", "churn")
    assert (caught.value.alias, caught.value.number) == ("champion", 2)
    team.do("meg", aliases.remove_alias, "other", "champion")
    team.do(name, model_names.rename, "other", "churn")


def test_what_a_name_has_following_or_bound_is_so_for_whoever_takes_it(team):
    team.rule("@champion", "churn", follows="Production")
    team.rule("@next", "churn", bound_to="Staging")
    team.do("meg", model_names.delete, "churn")
    other_model(team, champion=1, next=1, free=1)
    team.do("meg", transitions.transition, "other", 2, "Production")
    team.do("meg", model_names.rename, "other", "churn")
    assert pointed(team) == {"champion": 2, "free": 1}


def test_a_restored_model_comes_under_the_rules_that_its_name_has_had_since(team):
    team.do("anna", aliases.set_alias, "churn", "champion", 1)
    first = team.see("meg", models.get, "churn")
    team.do("meg", model_names.delete, "churn")
    other_model(team, "churn")
    team.rule("@champion", "churn", must_request=True)
    second = team.see("meg", models.get, "churn")
    team.do("meg", model_names.delete, "churn")
    with pytest.raises(AliasOfName):
        team.do("meg", model_names.restore, first.id)
    team.do("meg", model_names.restore, second.id)
    team.do("meg", model_names.delete, "churn")


def test_a_restored_model_keeps_its_own_rules_where_nobody_had_its_name_since(team):
    team.rule("@champion", "churn", must_request=True)
    first = team.see("meg", models.get, "churn")
    team.do("meg", model_names.delete, "churn")
    other_model(team, "churn")
    second = team.see("meg", models.get, "churn")
    team.rule("@champion", "churn", approvals=2)
    team.do("meg", model_names.delete, "churn")
    team.do("meg", model_names.restore, second.id)
    assert team.see("meg", lambda: aliases.rule_of("champion", second.id)).approvals == 2
    team.do("meg", model_names.delete, "churn")
    team.do("meg", model_names.restore, first.id)
    assert team.see("meg", lambda: aliases.rule_of("champion", first.id)).approvals == 2


def test_only_who_managed_the_model_since_restores_an_older_one_of_its_name(team):
    team.do("meg", model_names.create, "his")
    first = team.see("meg", models.get, "his")
    team.do("meg", model_names.delete, "his")
    team.do("carl", model_names.create, "his")
    team.do("carl", versions.create, "his", "s3://models/x")
    team.rule("@champion", "his", follows="Production")
    team.do("carl", model_names.delete, "his")
    with pytest.raises(NameKept):
        team.do("meg", model_names.restore, first.id)
    team.do("ada", model_names.restore, first.id)


def test_nobody_sets_it_on_files_that_are_no_longer_those_registered(team):
    team.rule("@champion", must_request=True, direct_groups=[])
    team.group("release", "anna")
    team.rule("@champion", must_request=True, direct_groups=["release"])
    version = team.see("meg", versions.get, "churn", 1)
    with team.acting("ada"):
        changed = update(ManifestOfVersion).where(ManifestOfVersion.version_id == version.id)
        db.session.execute(changed.values(mismatch_at=clock.now_ms()))
    with pytest.raises(FilesNotApprovable):
        team.do("anna", aliases.set_alias, "churn", "champion", 1)
    assert pointed(team) == {}


def test_a_stage_stays_while_an_alias_follows_it_or_is_bound_to_it(team):
    team.rule("@champion", "churn", follows="Staging")
    team.rule("@prod-*", bound_to="Staging")
    for _ in range(2):
        with pytest.raises(StageOfAliases) as caught:
            team.do("ada", settings.remove, "Staging")
    assert caught.value.aliases == ["@champion", "@prod-*"]
    team.do("ada", rule_settings.remove_rule, "@prod-*")
    team.do("ada", rule_settings.remove_rule, "@champion", "churn")
    team.do("ada", settings.remove, "Staging")


def test_an_alias_follows_a_stage_or_is_bound_to_one(team):
    with pytest.raises(FollowsOrBound):
        team.rule("@champion", follows="Production", bound_to="Production")
    with pytest.raises(InvalidParameter):
        team.rule("@champion", follows="None")


@pytest.fixture
def churn(app):
    with app.app_context(), transaction():
        make_model()
        make_versions(2)


def test_an_alias_that_is_set_while_it_is_bound_does_not_stay_elsewhere(app, churn):
    come_late(
        app,
        partial(aliases.set_alias, "churn", "champion", 1, actor=ANNA),
        partial(rule_settings.set_rule, "@champion", bound_to="Production", actor=BEN),
    )
    with app.app_context(), transaction(read_only=True):
        assert models.get("churn").aliases == {}


def test_an_alias_follows_a_version_that_moves_while_the_rule_is_set(app, churn):
    with app.app_context(), transaction():
        transitions.transition("churn", 1, "Production", actor=LOCAL_USER)
    come_late(
        app,
        partial(transitions.transition, "churn", 2, "Production", actor=ANNA),
        partial(rule_settings.set_rule, "@champion", follows="Production", actor=BEN),
    )
    with app.app_context(), transaction(read_only=True):
        assert models.get("churn").aliases == {"champion": 2}


def test_a_version_that_moves_while_the_rule_is_set_takes_the_alias_along(app, churn):
    come_late(
        app,
        partial(rule_settings.set_rule, "@champion", follows="Production", actor=BEN),
        partial(transitions.transition, "churn", 2, "Production", actor=ANNA),
    )
    with app.app_context(), transaction(read_only=True):
        assert models.get("churn").aliases == {"champion": 2}
        assert rules.of(find("Production"), None).id is None
