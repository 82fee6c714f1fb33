"""Rights: given, taken, replaced, and who may do so."""

import pytest

from app.accounts import accounts, grants, groups
from app.accounts.actors import LOCAL_USER
from app.accounts.levels import Level
from tests.factories.registry import make_model


@pytest.fixture(autouse=True)
def root(work):
    accounts.create("root", is_admin=True, actor=LOCAL_USER)


def test_a_level_replaces_the_one_before(work):
    make_model("churn")
    accounts.create("anna", actor=LOCAL_USER)
    anna = grants.account("ANNA")

    for level in (Level.READ, Level.MANAGE, None, Level.EDIT):
        grants.set_on_model("churn", anna, level, actor=LOCAL_USER)
        assert [(row.principal, row.level) for row in grants.of_model("churn")] == (
            [] if level is None else [(anna, level)]
        )
    groups.create("team", actor=LOCAL_USER)
    groups.add("team", "anna", actor=LOCAL_USER)
    team = grants.group("team")
    grants.replace_on_model("churn", {team: Level.READ, grants.EVERYONE: Level.READ}, actor=LOCAL_USER)
    assert [row.principal for row in grants.of_model("churn")] == [grants.EVERYONE, team]
