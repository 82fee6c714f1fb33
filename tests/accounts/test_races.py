"""Two who change who may do what at the same moment: the second meets what the first left."""

import pytest

from app.accounts import accounts, errors, groups, sso_accounts, tokens
from app.audit.recorder import Kind
from app.authz.actors import LOCAL_USER, Actor
from app.authz.errors import LastAdministrator
from app.authz.levels import Level
from app.authz.tables import Account
from app.db.transactions import db, transaction
from app.sharing import grants, team_setup
from app.sharing.errors import AccountsAlreadyExist
from tests.accounts.test_accounts import events
from tests.factories.accounts import PASSWORD
from tests.factories.registry import make_model
from tests.support.races import come_late

ANNA = Actor("anna", account_id=2)


@pytest.fixture
def anna(app) -> None:
    """An administrator and, as the second account, Anna."""
    with app.app_context(), transaction():
        accounts.create("root", is_admin=True, actor=LOCAL_USER)
        assert accounts.create("anna", password=PASSWORD, actor=LOCAL_USER).id == ANNA.account_id


def recorded(app, kind: Kind) -> list[tuple]:
    """What stood before and after, of each event of the kind."""
    with app.app_context(), transaction(read_only=True):
        return [event[3:] for event in events() if event[0] == kind.value]


def test_of_two_who_set_up_one_does(app):
    first, second = come_late(
        app,
        lambda: team_setup.set_up_team("anna", PASSWORD, actor=LOCAL_USER),
        lambda: team_setup.set_up_team("eve", PASSWORD, actor=LOCAL_USER),
    )
    assert (first.name, type(second)) == ("anna", AccountsAlreadyExist)


def test_of_two_administrators_who_step_down_the_second_stays(app):
    with app.app_context(), transaction():
        for name in ("anna", "ben"):
            accounts.create(name, is_admin=True, actor=LOCAL_USER)
    _first, second = come_late(
        app,
        lambda: accounts.set_admin("anna", False, actor=LOCAL_USER),
        lambda: accounts.set_admin("ben", False, actor=LOCAL_USER),
    )
    assert isinstance(second, LastAdministrator)


def test_two_who_give_rights_record_one_level_after_the_other(app):
    with app.app_context(), transaction():
        make_model("churn")
        grants.set_on_model("churn", grants.EVERYONE, Level.READ, actor=LOCAL_USER)
    come_late(
        app,
        lambda: grants.set_on_model("churn", grants.EVERYONE, Level.EDIT, actor=LOCAL_USER),
        lambda: grants.set_on_model("churn", grants.EVERYONE, Level.MANAGE, actor=LOCAL_USER),
    )
    steps = recorded(app, Kind.RIGHTS_GIVEN)
    assert [before for before, _after in steps[1:]] == [after for _before, after in steps[:-1]]
    assert len(steps) == 3


def test_of_two_who_give_a_full_name_the_later_replaces_the_name_of_the_other(app, anna):
    come_late(
        app,
        lambda: accounts.set_full_name("anna", "Anna A.", actor=LOCAL_USER),
        lambda: accounts.set_full_name("anna", "Anna B.", actor=LOCAL_USER),
    )
    assert recorded(app, Kind.ACCOUNT_DESCRIBED) == [(None, "Anna A."), ("Anna A.", "Anna B.")]


def test_of_two_who_set_a_password_with_the_same_current_one_the_later_is_refused(app, anna):
    first, second = come_late(
        app,
        lambda: accounts.set_password("anna", "the first of two", current=PASSWORD, actor=ANNA),
        lambda: accounts.set_password("anna", "the second of two", current=PASSWORD, actor=ANNA),
    )
    assert first is None
    assert isinstance(second, errors.CurrentPasswordWrong)


@pytest.mark.parametrize(
    ("verb", "kind"),
    [
        (lambda: accounts.set_admin("anna", True, actor=LOCAL_USER), Kind.ACCOUNT_PROMOTED),
        (lambda: accounts.disable("anna", actor=LOCAL_USER), Kind.ACCOUNT_DISABLED),
        (lambda: accounts.delete("anna", actor=LOCAL_USER), Kind.ACCOUNT_DELETED),
        (lambda: groups.set_admin("leads", True, actor=LOCAL_USER), Kind.GROUP_PROMOTED),
    ],
    ids=["promote", "disable", "delete", "promote a group"],
)
def test_of_two_who_do_the_same_one_does_it(app, anna, verb, kind):
    with app.app_context(), transaction():
        groups.create("leads", actor=LOCAL_USER)
        # As when the provider takes the last administrator away: there is nobody whose row both would lock first.
        db.session.get_one(Account, 1).is_admin = False
    come_late(app, verb, verb)
    assert len(recorded(app, kind)) == 1


def test_of_two_who_enable_an_account_one_does_it(app, anna):
    with app.app_context(), transaction():
        accounts.disable("anna", actor=LOCAL_USER)
    come_late(
        app,
        lambda: accounts.enable("anna", actor=LOCAL_USER),
        lambda: accounts.enable("anna", actor=LOCAL_USER),
    )
    assert len(recorded(app, Kind.ACCOUNT_ENABLED)) == 1


def test_who_disables_an_account_that_was_just_enabled_does_disable_it(app, anna):
    with app.app_context(), transaction():
        accounts.disable("anna", actor=LOCAL_USER)
    come_late(
        app,
        lambda: accounts.enable("anna", actor=LOCAL_USER),
        lambda: accounts.disable("anna", actor=LOCAL_USER),
    )
    with app.app_context(), transaction(read_only=True):
        assert accounts.get(ANNA.account_id).disabled_at is not None


def test_of_two_who_hand_an_account_over_the_later_finds_no_provider(app, anna):
    with app.app_context(), transaction():
        accounts.create("ben", issuer="https://id.example", subject="1", actor=LOCAL_USER)
    come_late(
        app,
        lambda: sso_accounts.prepare("ben", actor=LOCAL_USER),
        lambda: sso_accounts.prepare("ben", actor=LOCAL_USER),
    )
    assert recorded(app, Kind.ACCOUNT_PREPARED) == [("https://id.example", None), (None, None)]


def test_of_two_who_revoke_a_token_one_does_it(app, anna):
    with app.app_context(), transaction():
        token, _secret = tokens.create(ANNA.account_id, "ci", actor=LOCAL_USER)
    come_late(
        app,
        lambda: tokens.revoke(token.id, actor=LOCAL_USER),
        lambda: tokens.revoke(token.id, actor=LOCAL_USER),
    )
    assert len(recorded(app, Kind.TOKEN_REVOKED)) == 1


def test_of_two_who_describe_a_group_the_later_replaces_the_text_of_the_other(app):
    with app.app_context(), transaction():
        groups.create("leads", actor=LOCAL_USER)
    come_late(
        app,
        lambda: groups.describe("leads", "first", actor=LOCAL_USER),
        lambda: groups.describe("leads", "second", actor=LOCAL_USER),
    )
    assert recorded(app, Kind.GROUP_DESCRIBED) == [(None, "first"), ("first", "second")]


@pytest.mark.parametrize(
    "verb",
    [
        lambda: groups.rename("leads", "stayers", actor=LOCAL_USER),
        lambda: groups.describe("leads", "for both", actor=LOCAL_USER),
        lambda: groups.set_admin("leads", True, actor=LOCAL_USER),
        lambda: groups.delete("leads", actor=LOCAL_USER),
    ],
    ids=["rename", "describe", "set_admin", "delete"],
)
def test_who_comes_after_a_rename_finds_no_group_of_the_old_name(app, verb):
    with app.app_context(), transaction():
        groups.create("leads", actor=LOCAL_USER)
    _first, second = come_late(app, lambda: groups.rename("leads", "leavers", actor=LOCAL_USER), verb)
    assert isinstance(second, errors.GroupNotFound)
