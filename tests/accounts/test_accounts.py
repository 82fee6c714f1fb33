"""Accounts: the first one, who may do what, what ends with a change, and the last administrator."""

import pytest
from sqlalchemy import select

from app.accounts import accounts, credentials, errors, groups, passwords, sessions, tokens
from app.audit.tables import Event
from app.authz.actors import LOCAL_USER, Actor
from app.authz.errors import LastAdministrator, NotAnAdministrator, TokenCannotAdminister
from app.authz.levels import Level
from app.authz.permissions import Scope
from app.authz.tables import Account, Grant, Membership
from app.core.errors import InvalidParameter, NotFound
from app.db.transactions import db, transaction
from app.sharing import grants, token_models
from tests.factories.accounts import PASSWORD
from tests.factories.registry import make_model
from tests.support.races import all_at_once
from tests.support.team import acting

OTHER = "another fine long one"


def rows(table) -> list[tuple]:
    return [tuple(row) for row in db.session.execute(select(table.__table__))]


def events() -> list[tuple]:
    """Kind, actor, subject, before and after of every event so far."""
    query = select(Event.kind, Event.actor, Event.subject, Event.before, Event.after).order_by(Event.id)
    return [tuple(row) for row in db.session.execute(query)]


@pytest.mark.parametrize("values", [{}, {"kind": "service"}, {"kind": "service", "is_admin": True}])
def test_the_first_account_must_be_a_person_who_administers(work, values):
    with pytest.raises(errors.FirstAccountMustAdminister):
        accounts.create("anna", actor=LOCAL_USER, **values)


def test_with_the_first_account_everyone_may_log_to_the_experiment_default(root, anna):
    (grant,) = rows(Grant)

    assert grant[1:] == ("experiments", None, 0, None, None, Level.EDIT)
    assert events()[:2] == [
        ("account.created", "local user", "root", None, "administrator"),
        ("rights.given", "local user", "everyone", None, "edit"),
    ]


def test_an_account_is_shown_without_its_secrets(root, anna):
    accounts.create("bot", kind="service", full_name="  Nightly \n build ", actor=root)
    token, _ = token_models.create(accounts.find("bot").id, "ci", actor=LOCAL_USER)
    tokens.record_use(token.id)

    found, _ = accounts.search()

    assert [(row.name, row.kind, row.administers, row.has_password) for row in found] == [
        ("anna", "user", False, True),
        ("bot", "service", False, False),
        ("root", "user", True, True),
    ]
    assert found[1].full_name == "Nightly build"
    assert found[1].last_seen_at is not None
    assert found[0].last_seen_at is None
    assert "argon2" not in repr(found)


def test_lists_come_in_pages_and_look_for_words(root):
    for name in ("anna", "ben", "carla", "dora"):
        accounts.create(name, full_name=f"{name.title()} 100%", actor=root)
    accounts.create("bot", kind="service", actor=root)

    first, token = accounts.search(max_results=4)
    rest, end = accounts.search(max_results=4, page_token=token)

    assert [row.name for row in first + rest] == ["anna", "ben", "bot", "carla", "dora", "root"]
    assert end is None
    assert [row.name for row in accounts.search(text="AN a")[0]] == ["anna"]
    assert [row.name for row in accounts.search(text="0%")[0]] == ["anna", "ben", "carla", "dora"]
    assert [row.name for row in accounts.search(kind="service")[0]] == ["bot"]
    with pytest.raises(InvalidParameter):
        accounts.search(kind="service", page_token=token)


def test_a_service_has_no_password(root):
    with pytest.raises(errors.ServiceHasNoPassword):
        accounts.create("bot", kind="service", password=PASSWORD, actor=root)
    accounts.create("bot", kind="service", actor=root)
    with pytest.raises(errors.ServiceHasNoPassword):
        accounts.set_password("bot", PASSWORD, actor=root)


@pytest.mark.parametrize("password", ["", "short", "password1234", "Bartholomew.Smith"])
def test_a_weak_password_is_refused_when_made_and_when_changed(root, password):
    with pytest.raises(InvalidParameter) as refused:
        accounts.create("bartholomew.smith", password=password, actor=root)
    assert refused.value.field == "password"
    accounts.create("bartholomew.smith", actor=root)
    with pytest.raises(InvalidParameter) as refused:
        accounts.set_password("bartholomew.smith", password, actor=root)
    assert refused.value.field == "password"
    assert not accounts.find("bartholomew.smith").has_password


@pytest.mark.parametrize("full_name", ["x" * 201, "a\u202eb", "a\0b"])
def test_a_full_name_can_be_read(root, full_name):
    with pytest.raises(InvalidParameter) as refused:
        accounts.set_full_name("root", full_name, actor=root)
    assert refused.value.field == "full_name"


OF_ACCOUNTS = [
    lambda actor: accounts.create("ben", actor=actor),
    lambda actor: accounts.set_admin("anna", True, actor=actor),
    lambda actor: accounts.disable("root", actor=actor),
    lambda actor: accounts.enable("root", actor=actor),
    lambda actor: accounts.delete("root", actor=actor),
    lambda actor: accounts.set_full_name("root", "Nobody", actor=actor),
    lambda actor: accounts.set_password("root", OTHER, current=PASSWORD, actor=actor),
]
OF_GROUPS = [
    lambda actor: groups.create("team", actor=actor),
    lambda actor: groups.rename("admins", "team", actor=actor),
    lambda actor: groups.describe("admins", "ours", actor=actor),
    lambda actor: groups.set_admin("admins", True, actor=actor),
    lambda actor: groups.delete("admins", actor=actor),
    lambda actor: groups.add("admins", "anna", actor=actor),
    lambda actor: groups.remove("admins", "anna", actor=actor),
]
VERBS = OF_ACCOUNTS + OF_GROUPS


@pytest.mark.parametrize("verb", VERBS)
def test_only_an_administrator_keeps_other_peoples_accounts_and_groups(root, anna, verb):
    groups.create("admins", is_admin=True, actor=root)
    nobody = Actor(name="nobody", account_id=0, is_limited=True)
    # Groups are also for tokens with the scope `manage`.
    scopes = frozenset(Scope) - {Scope.MANAGE} if verb in OF_GROUPS else frozenset(Scope)
    scoped = acting(accounts.find("root"), token_id=1, scopes=scopes)
    limited = acting(accounts.find("root"), token_id=1, is_limited=True)

    for actor, kind in (
        (anna, NotAnAdministrator),
        (nobody, NotAnAdministrator),
        (scoped, TokenCannotAdminister),
        (limited, TokenCannotAdminister),
    ):
        before = rows(Account), rows(Membership), events()
        with pytest.raises(kind):
            verb(actor)
        assert (rows(Account), rows(Membership), events()) == before


def test_everybody_keeps_their_own_name_and_password(root, anna):
    assert accounts.set_full_name("anna", "Anna", actor=anna).full_name == "Anna"
    for current in (None, "", "wrong"):
        with pytest.raises(InvalidParameter) as refused:
            accounts.set_password("anna", OTHER, current=current, actor=anna)
        assert refused.value.field == "current_password"
    with pytest.raises(errors.PasswordUnchanged):
        accounts.set_password("anna", PASSWORD, current=PASSWORD, actor=anna)

    accounts.set_password("anna", OTHER, current=PASSWORD, actor=anna)

    verified = credentials.VerifiedPasswordCache()
    assert verified.by_password("anna", PASSWORD, "127.0.0.1") is None
    assert verified.by_password("Anna", OTHER, "127.0.0.1").actor == anna
    assert events()[-1] == ("account.password_set", "anna", "anna", None, None)


@pytest.mark.parametrize("name", ["anna", "nobody", "bot", "invited", "gone", "a\0"])
def test_a_wrong_password_costs_one_verification_whoever_is_named(root, anna, monkeypatch, name):
    """So the time that it takes does not tell whether there is such an account."""
    accounts.create("bot", kind="service", actor=root)
    accounts.create("invited", actor=root)
    accounts.create("gone", password=PASSWORD, actor=root)
    accounts.disable("gone", actor=root)
    verify, asked = passwords.verify, []
    monkeypatch.setattr(passwords, "verify", lambda *given: asked.append(given) or verify(*given))

    assert credentials.VerifiedPasswordCache().by_password(name, "a wrong password", "10.0.0.1") is None
    assert len(asked) == 1


def test_an_administrator_too_proves_to_be_the_owner_of_an_account(root):
    with pytest.raises(InvalidParameter):
        accounts.set_password("root", OTHER, actor=root)


def test_another_password_ends_the_sessions_but_the_one_that_is_kept(root, anna):
    kept, other = (sessions.begin(anna.account_id, user_agent="", address="") for _ in range(2))

    accounts.set_password("anna", OTHER, current=PASSWORD, keep=kept, actor=anna)

    assert credentials.by_session(kept).actor == anna
    assert credentials.by_session(other) is None


def test_who_is_disabled_comes_in_no_more_until_enabled(root, anna):
    _, token = token_models.create(anna.account_id, "ci", actor=anna)
    session = sessions.begin(anna.account_id, user_agent="", address="")
    verified = credentials.VerifiedPasswordCache()
    assert verified.by_password("anna", PASSWORD, "")

    assert accounts.disable("anna", actor=root).disabled_at is not None
    accounts.disable("anna", actor=root)

    assert credentials.by_token(token) is None
    assert credentials.by_session(session) is None
    assert verified.by_password("anna", PASSWORD, "") is None
    assert credentials.actor_of(anna.account_id) is None
    accounts.enable("anna", actor=root)
    accounts.enable("anna", actor=root)
    assert credentials.by_token(token).actor.account_id == anna.account_id
    assert credentials.by_session(session) is None
    kinds = [kind for kind, *_ in events()]
    assert (kinds.count("account.disabled"), kinds.count("account.enabled")) == (1, 1)


def test_a_new_account_of_a_deleted_ones_name_inherits_nothing(root, anna):
    make_model("churn", actor=anna)
    groups.create("team", actor=root)
    groups.add("team", "anna", actor=root)
    _, token = token_models.create(anna.account_id, "ci", actor=anna)
    session = sessions.begin(anna.account_id, user_agent="", address="")

    accounts.delete("anna", actor=root)

    with pytest.raises(NotFound):
        accounts.find("anna")
    with pytest.raises(NotFound):
        accounts.get(anna.account_id)
    again = accounts.create("Anna", password=PASSWORD, actor=root)
    assert again.id != anna.account_id
    assert credentials.by_token(token) is None
    assert credentials.by_session(session) is None
    assert tokens.of_account(again.id) == []
    assert groups.of_account(again.id) == []
    assert groups.find("team").members == 0
    assert grants.of_model("churn") == []


def test_nobody_disables_or_deletes_themselves(root):
    accounts.create("second", is_admin=True, actor=root)
    for verb in (accounts.disable, accounts.delete):
        with pytest.raises(errors.OwnAccount):
            verb("root", actor=root)


def step_downs(name: str):
    """Every way in which an administrator can stop being one."""
    return (
        lambda: accounts.set_admin(name, False, actor=LOCAL_USER),
        lambda: accounts.disable(name, actor=LOCAL_USER),
        lambda: accounts.delete(name, actor=LOCAL_USER),
    )


def test_the_last_administrator_stays_one(root, anna):
    accounts.create("bot", kind="service", is_admin=True, actor=root)
    accounts.create("gone", is_admin=True, actor=root)
    accounts.disable("gone", actor=root)

    for step in step_downs("root"):
        before = events()
        with pytest.raises(LastAdministrator):
            step()
        assert accounts.find("root").administers
        assert accounts.find("root").disabled_at is None
        assert events() == before


def test_the_last_administrator_by_a_group_stays_one(root, anna):
    groups.create("admins", is_admin=True, actor=root)
    groups.create("chiefs", is_admin=True, actor=root)
    groups.add("chiefs", "anna", actor=root)
    accounts.set_admin("root", False, actor=root)
    assert accounts.find("anna").administers

    for step in (
        *step_downs("anna")[1:],
        lambda: groups.remove("chiefs", "anna", actor=LOCAL_USER),
        lambda: groups.set_admin("chiefs", False, actor=LOCAL_USER),
        lambda: groups.delete("chiefs", actor=LOCAL_USER),
    ):
        with pytest.raises(LastAdministrator):
            step()
        assert accounts.find("anna").administers
    groups.delete("admins", actor=LOCAL_USER)


def test_of_many_who_step_down_at_once_one_is_left(app):
    names = [f"admin{number}" for number in range(8)]
    with app.app_context(), transaction():
        for name in names:
            accounts.create(name, is_admin=True, actor=LOCAL_USER)

    results = all_at_once(app, [step_downs(name)[number % 3] for number, name in enumerate(names)])

    assert sum(isinstance(result, LastAdministrator) for result in results) == 1
    assert sum(isinstance(result, Exception) for result in results) == 1
    with app.app_context(), transaction(read_only=True):
        assert sum(row.administers and row.disabled_at is None for row in accounts.search()[0]) == 1


def test_of_many_who_want_one_name_one_gets_it(app):
    with app.app_context(), transaction():
        accounts.create("root", is_admin=True, actor=LOCAL_USER)

    results = all_at_once(
        app,
        [lambda name=name: accounts.create(name, actor=LOCAL_USER) for name in ("ben", "Ben", "BEN", "bEN")],
    )

    assert sum(isinstance(result, Exception) for result in results) == 3
    with app.app_context(), transaction(read_only=True):
        assert len(accounts.search(text="ben")[0]) == 1


def test_no_event_holds_a_password_a_hash_or_a_token(root, anna):
    _, token = token_models.create(anna.account_id, "ci", actor=anna)
    accounts.set_password("anna", OTHER, actor=root)
    with pytest.raises(InvalidParameter):
        accounts.set_password("anna", "short", actor=root)

    text = repr(rows(Event))

    for secret in (PASSWORD, OTHER, "short", token, "argon2"):
        assert secret not in text
