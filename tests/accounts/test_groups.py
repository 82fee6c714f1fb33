"""Groups: who is in them, and what they give."""

import pytest

from app.accounts import accounts, credentials, groups
from app.authz.levels import Level
from app.authz.permissions import Permission
from app.authz.viewer import acting_as
from app.core.errors import AlreadyExists, NotFound, PermissionDenied
from app.registry import access, models
from app.sharing import grants
from tests.accounts.test_accounts import events
from tests.factories.registry import make_model


@pytest.fixture
def team(root):
    return groups.create("team", description="Data science", actor=root)


def test_a_group_is_shown_with_how_many_are_in_it(root, anna, team):
    accounts.create("ben", actor=root)
    for name in ("anna", "ben", "ANNA"):
        groups.add("TEAM", name, actor=root)
    accounts.delete("ben", actor=root)

    assert groups.find("team") == team._replace(members=1)
    assert [row.name for row in groups.members("team")[0]] == ["anna"]
    assert groups.of_account(anna.account_id) == [groups.find("team")]
    assert [kind for kind, *_ in events()].count("group.member_added") == 2


def test_lists_come_in_pages_and_look_for_words(root, team):
    for name in ("alpha", "beta"):
        groups.create(name, actor=root)
    for name in ("anna", "ben", "carla"):
        accounts.create(name, actor=root)
        groups.add("team", name, actor=root)

    first, token = groups.search(max_results=2)
    assert [row.name for row in first + groups.search(max_results=2, page_token=token)[0]] == [
        "alpha",
        "beta",
        "team",
    ]
    assert [row.name for row in groups.search(text="science DATA")[0]] == ["team"]
    first, token = groups.members("team", max_results=2)
    rest, end = groups.members("team", max_results=2, page_token=token)
    assert ([row.name for row in first + rest], end) == (["anna", "ben", "carla"], None)
    assert [row.name for row in groups.members("team", text="CAR")[0]] == ["carla"]


def test_who_is_taken_out_has_lost_what_the_group_gave(root, anna, team):
    make_model("churn", actor=root)
    grants.set_on_model("churn", grants.principal_of_group("team"), Level.MANAGE, actor=root)
    groups.add("team", "anna", actor=root)
    assert access.check("churn", Permission.MODELS_MANAGE, anna) == Level.MANAGE

    groups.remove("team", "anna", actor=root)
    groups.remove("team", "anna", actor=root)

    with acting_as(anna), pytest.raises(NotFound):
        models.get("churn")
    assert events()[-1] == ("group.member_removed", "root", "team", "anna", None)
    assert [kind for kind, *_ in events()].count("group.member_removed") == 1


def test_a_new_group_of_a_deleted_ones_name_inherits_nothing(root, anna, team):
    make_model("churn", actor=root)
    grants.set_on_model("churn", grants.principal_of_group("team"), Level.MANAGE, actor=root)
    groups.add("team", "anna", actor=root)

    groups.delete("team", actor=root)
    again = groups.create("Team", actor=root)

    assert again.id != team.id
    assert again.members == 0
    assert groups.of_account(anna.account_id) == []
    assert [row.principal.name for row in grants.of_model("churn")] == ["root"]


def test_a_renamed_group_keeps_its_members_and_rights(root, anna, team):
    make_model("churn", actor=root)
    grants.set_on_model("churn", grants.principal_of_group("team"), Level.READ, actor=root)
    groups.add("team", "anna", actor=root)
    groups.create("other", actor=root)

    assert groups.rename("team", "Team", actor=root).name == "Team"
    assert groups.rename("team", "people", actor=root).name == "people"

    with pytest.raises(AlreadyExists):
        groups.rename("people", "Other", actor=root)
    assert grants.principal_of_group("people") in [row.principal for row in grants.of_model("churn")]
    assert groups.find("people").members == 1
    assert groups.describe("people", "", actor=root).description is None
    assert groups.describe("people", None, actor=root).description is None
    assert [row[0] for row in events()].count("group.described") == 1


def test_members_of_an_administrators_group_administer_from_now_on_and_no_longer(root, anna, team):
    groups.add("team", "anna", actor=root)
    assert not credentials.actor_of(anna.account_id).is_admin

    groups.set_admin("team", True, actor=root)
    assert credentials.actor_of(anna.account_id).is_admin
    accounts.create("ben", actor=credentials.actor_of(anna.account_id))

    groups.set_admin("team", False, actor=root)
    with pytest.raises(PermissionDenied):
        accounts.create("carla", actor=credentials.actor_of(anna.account_id))
    assert [kind for kind, *_ in events()][-3:] == ["group.promoted", "account.created", "group.demoted"]


def test_only_accounts_that_there_are_get_in(root, team):
    with pytest.raises(NotFound):
        groups.add("team", "nobody", actor=root)
    with pytest.raises(NotFound):
        groups.add("nothing", "root", actor=root)
