"""People whom an OpenID provider vouches for: whose account is whose, and which groups follow the provider."""

import pytest
from sqlalchemy import select

from app.accounts import accounts, credentials, errors, groups, sessions, sso_accounts
from app.accounts.sso_accounts import Policy
from app.audit.tables import Event
from app.authz.actors import LOCAL_USER, Actor
from app.authz.tables import Membership
from app.core.errors import AlreadyExists, PermissionDenied
from app.db.transactions import db, transaction
from app.sharing import token_models
from tests.support.races import all_at_once

HERE, ELSEWHERE = "https://login.example.com", "https://other.example.com"
GOOD = "correct horse battery"
OPEN = Policy()
ADMINS = Policy(admin_group="/ops")


@pytest.fixture
def root(work) -> Actor:
    """The first account, so that whoever signs in need not be an administrator."""
    row = accounts.create("root", password=GOOD, is_admin=True, actor=LOCAL_USER)
    return Actor(name="root", account_id=row.id, is_admin=True)


def sign_in(subject="1", name="anna", theirs=(), *, issuer=HERE, full_name=None, policy=OPEN) -> int:
    return sso_accounts.sign_in(issuer, subject, name, full_name, theirs, policy=policy)


def memberships(account_id: int) -> dict[str, bool]:
    """The groups of an account, and whether the provider put it there."""
    rows = db.session.execute(
        select(Membership.group_id, Membership.is_external).where(Membership.account_id == account_id)
    )
    external_by_id = {row.group_id: bool(row.is_external) for row in rows}
    return {group.name: external_by_id[group.id] for group in groups.of_account(account_id)}


def happened(after: int = 0) -> list:
    """Kind, actor, subject, before and after of the events since the one of that key."""
    query = select(Event.kind, Event.actor, Event.subject, Event.before, Event.after)
    return [tuple(row) for row in db.session.execute(query.where(Event.id > after).order_by(Event.id))]


def last_event() -> int:
    return db.session.execute(select(Event.id).order_by(Event.id.desc())).scalar() or 0


# --- Whose account it is ---


def test_whoever_comes_for_the_first_time_gets_an_account(root):
    since = last_event()

    row = accounts.get(sign_in(full_name="  Anna\n\x00 Schmidt "))

    assert (row.name, row.full_name, row.kind, row.issuer) == ("anna", "Anna Schmidt", "user", HERE)
    assert (row.has_password, row.administers, row.created_by) == (False, False, "single sign-on")
    assert happened(since) == [("account.created", "single sign-on", "anna", None, "user")]


def test_whoever_comes_again_has_the_same_account_whatever_they_are_called_now(root):
    first = sign_in(name="anna")
    since = last_event()

    assert sign_in(name="anna.schmidt") == sign_in(name="not a name!") == first
    assert accounts.get(first).name == "anna"
    assert happened(since) == []


def test_a_person_is_issuer_and_subject(root):
    anna = sign_in("1", "anna")

    assert sign_in("2", "berta") != anna
    assert sign_in("1", "clara", issuer=ELSEWHERE) != anna


@pytest.mark.parametrize("name", ["anna", "ANNA"])
def test_a_name_that_somebody_else_has_is_refused(root, name):
    sign_in("1", "anna")

    with pytest.raises(errors.AccountOfSomeoneElse):
        sign_in("2", name)
    with pytest.raises(AlreadyExists):
        sign_in("1", name, issuer=ELSEWHERE)


def test_an_account_with_a_password_is_not_taken_over(root):
    with pytest.raises(AlreadyExists):
        sign_in("1", "root")

    assert accounts.find("root").issuer is None


def test_a_service_is_not_taken_over(root):
    accounts.create("robot", kind="service", actor=root)

    with pytest.raises(AlreadyExists):
        sign_in("1", "robot")


def test_an_account_that_an_administrator_prepared_is_taken_over_once(root):
    prepared = accounts.create("Anna", full_name="A. Schmidt", actor=root)
    since = last_event()

    assert sign_in("1", "anna", full_name="Anna Schmidt") == prepared.id
    assert accounts.get(prepared.id).full_name == "A. Schmidt"
    assert happened(since) == [("account.linked", "single sign-on", "Anna", None, HERE)]
    with pytest.raises(AlreadyExists):
        sign_in("2", "anna")


def test_an_account_can_be_made_to_wait_for_its_owner(root):
    row = accounts.create("anna", password=GOOD, actor=root)
    groups.create("risk", actor=root)
    groups.add("risk", "anna", actor=root)
    secret = sessions.begin(row.id, user_agent="", address="")
    token = token_models.create(row.id, "notebook", actor=root)[1]

    sso_accounts.prepare("anna", actor=root)

    assert credentials.by_session(secret) is None
    assert sign_in("1", "anna") == row.id == credentials.by_token(token).actor.account_id
    assert memberships(row.id) == {"risk": False}
    sso_accounts.prepare("anna", actor=root)
    assert sign_in("7", "anna", issuer=ELSEWHERE) == row.id
    assert [kind for kind, *_ in happened() if kind.endswith(("prepared", "linked"))] == [
        "account.prepared",
        "account.linked",
        "account.prepared",
        "account.linked",
    ]


def test_only_an_administrator_makes_accounts_wait_and_only_those_of_people(root):
    accounts.create("robot", kind="service", actor=root)
    anna = accounts.get(sign_in())

    with pytest.raises(PermissionDenied):
        sso_accounts.prepare("root", actor=Actor("anna", anna.id))
    with pytest.raises(errors.ServiceHasNoOwner):
        sso_accounts.prepare("robot", actor=root)
    with pytest.raises(errors.OwnAccountHandedOver):
        sso_accounts.prepare("root", actor=Actor("root", accounts.find("root").id, is_admin=True))


def test_a_disabled_account_is_refused_until_it_is_enabled(root):
    anna = sign_in()
    accounts.disable("anna", actor=root)

    with pytest.raises(errors.AccountDisabled):
        sign_in()
    accounts.enable("anna", actor=root)
    assert sign_in() == anna


def test_a_deleted_account_does_not_come_back_unless_one_is_prepared(root):
    first = sign_in()
    accounts.delete("anna", actor=root)

    with pytest.raises(errors.AccountDeleted):
        sign_in()
    with pytest.raises(errors.AccountDeleted):
        sign_in(name="another.name")
    again = accounts.create("anna", actor=root)
    assert sign_in() == again.id != first
    assert memberships(again.id) == {}


@pytest.mark.parametrize("name", ["", "anna schmidt", "../anna", "Ånna", "anna\n", "x" * 129])
def test_a_name_that_no_account_can_have_is_refused(root, name):
    with pytest.raises(errors.UnusableProviderName):
        sign_in(name=name)


def test_a_full_name_keeps_nobody_out(root):
    assert accounts.get(sign_in("1", "a", full_name="x" * 1000)).full_name == "x" * 200
    assert accounts.get(sign_in("2", "b", full_name="\u202e\x00 ")).full_name is None


# --- Groups ---


def test_groups_follow_the_provider_and_those_given_here_stay(root):
    for name in ("risk", "fraud", "pricing"):
        groups.create(name, actor=root)
    anna = sign_in(theirs=["risk", "fraud", "unheard-of"])
    groups.add("pricing", "anna", actor=root)
    assert memberships(anna) == {"risk": True, "fraud": True, "pricing": False}
    since = last_event()

    sign_in(theirs=["Fraud", "pricing"])

    assert memberships(anna) == {"fraud": True, "pricing": False}
    assert happened(since) == [("group.member_removed", "single sign-on", "risk", "anna", None)]
    sign_in(theirs=["risk"])
    assert memberships(anna) == {"risk": True, "pricing": False}
    sign_in(theirs=[])
    assert memberships(anna) == {"pricing": False}


def test_a_membership_given_here_is_not_the_providers_to_take(root):
    groups.create("risk", actor=root)
    anna = sign_in()
    groups.add("risk", "anna", actor=root)

    sign_in(theirs=["risk"])
    sign_in(theirs=[])

    assert memberships(anna) == {"risk": False}


def test_a_group_may_go_by_another_name_here(root):
    for name in ("risk", "team-a"):
        groups.create(name, actor=root)
    policy = Policy(groups={"/team-a": "Risk", "team-a": "risk", "/team-b": "nothing-here"})

    # What the settings name leads where they say, and not to the group of its own name as well.
    anna = sign_in(theirs=["team-a", "/team-b"], policy=policy)

    assert memberships(anna) == {"risk": True}


def test_a_deleted_group_is_joined_no_more(root):
    groups.create("risk", actor=root)
    anna = sign_in(theirs=["risk"])
    groups.delete("risk", actor=root)

    sign_in(theirs=["risk"])

    assert memberships(anna) == {}


def test_thousands_of_groups_there_cost_nothing_here(root):
    groups.create("g777", actor=root)

    anna = sign_in(theirs=[f"g{number}" for number in range(50_000)])

    assert memberships(anna) == {"g777": True}


# --- Who may come in, and who administers ---


def test_whoever_is_in_no_group_that_may_come_in_is_refused(root):
    policy = Policy(allowed_groups=frozenset({"/mlops", "/risk"}))
    since = last_event()

    for theirs in ((), ("/sales",), ("/RISK",)):
        with pytest.raises(errors.NotInAllowedGroup):
            sign_in(theirs=theirs, policy=policy)
    assert happened(since) == []
    anna = sign_in(theirs=["/sales", "/risk"], policy=policy)
    with pytest.raises(PermissionDenied):
        sign_in(theirs=[], policy=policy)
    assert accounts.get(anna).name == "anna"


def test_the_group_of_administrators_is_made_and_left_with_the_providers(root):
    anna = sign_in(theirs=["/ops"], policy=ADMINS)

    assert credentials.actor_of(anna).is_admin
    assert groups.find("admins").is_admin
    assert memberships(anna) == {"admins": True}
    sign_in(theirs=[], policy=ADMINS)
    assert not credentials.actor_of(anna).is_admin
    assert sign_in("2", "berta", ["/ops"], policy=ADMINS)
    assert groups.find("admins").members == 1


def test_an_administrators_group_of_the_same_name_makes_no_administrator(root):
    groups.create("admins", is_admin=True, actor=root)
    groups.create("keepers", is_admin=True, actor=root)

    anna = sign_in(theirs=["admins", "keepers", "ADMINS"])

    assert memberships(anna) == {}
    assert not credentials.actor_of(anna).is_admin


def test_an_administrators_group_that_the_settings_name_does(root):
    groups.create("keepers", is_admin=True, actor=root)

    anna = sign_in(theirs=["/k"], policy=Policy(groups={"/k": "keepers"}))

    assert credentials.actor_of(anna).is_admin


def test_who_was_promoted_here_stays_an_administrator(root):
    anna = sign_in()
    accounts.set_admin("anna", True, actor=root)

    sign_in(theirs=[], policy=ADMINS)

    assert credentials.actor_of(anna).is_admin


def test_the_first_account_of_all_must_be_an_administrators(work):
    with pytest.raises(errors.NoAdministratorYet):
        sign_in(theirs=["/sales"], policy=ADMINS)
    assert happened() == []

    anna = sign_in(theirs=["/ops"], policy=ADMINS)

    row = accounts.get(anna)
    assert (row.is_admin, row.administers) == (False, True)
    assert sign_in("2", "berta", policy=ADMINS) != anna


def test_the_last_administrator_is_none_once_the_provider_says_so(work):
    anna = sign_in(theirs=["/ops"], policy=ADMINS)

    sign_in(theirs=[], policy=ADMINS)

    assert not credentials.actor_of(anna).is_admin


# --- Together ---


def test_what_is_refused_leaves_nothing_behind(app):
    with app.app_context():
        with transaction():
            accounts.create("root", password=GOOD, is_admin=True, actor=LOCAL_USER)
            prepared = accounts.create("anna", actor=LOCAL_USER)
            accounts.disable("anna", actor=LOCAL_USER)
        with pytest.raises(PermissionDenied), transaction():
            sign_in()
        with transaction(read_only=True):
            assert accounts.get(prepared.id).issuer is None


def test_two_tabs_that_sign_in_at_once_have_one_account(app):
    with app.app_context(), transaction():
        accounts.create("root", password=GOOD, is_admin=True, actor=LOCAL_USER)
        groups.create("risk", actor=LOCAL_USER)

    found = all_at_once(app, [lambda: sign_in(theirs=["risk", "/ops"], policy=ADMINS)] * 6)

    assert len(set(found)) == 1
    with app.app_context(), transaction(read_only=True):
        assert memberships(found[0]) == {"risk": True, "admins": True}


def test_two_people_of_one_name_do_not_share_a_prepared_account(app):
    with app.app_context(), transaction():
        accounts.create("root", password=GOOD, is_admin=True, actor=LOCAL_USER)
        prepared = accounts.create("anna", actor=LOCAL_USER)

    found = all_at_once(app, [lambda n=n: sign_in(str(n), "anna") for n in range(6)])

    assert [one for one in found if isinstance(one, int)] == [prepared.id]
    assert {type(one) for one in found if not isinstance(one, int)} == {errors.AccountOfSomeoneElse}
