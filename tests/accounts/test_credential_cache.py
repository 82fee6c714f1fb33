"""Whom a header led to is remembered until anything changes that says whom it leads to."""

import pytest
from sqlalchemy import Column, text
from sqlalchemy.sql import visitors

from app.accounts import accounts, credentials, groups, sessions, sign_in_throttle, tokens
from app.accounts.credential_cache import CredentialCache
from app.accounts.credentials import AuthenticatedActor
from app.authz.actors import LOCAL_USER, Actor
from app.authz.levels import Level
from app.authz.permissions import Area
from app.core import clock
from app.db.transactions import db, transaction
from app.registry import models
from app.sharing import grants, token_models

# Read with a token: its key, which never changes, and when its use was noted.
HARMLESS = {"access_token.id", "access_token.last_used_at"}


@pytest.fixture
def do(app):
    """Call a verb in a transaction of its own."""

    def call(verb, *arguments, **values):
        with app.app_context(), transaction():
            return verb(*arguments, **values)

    return call


@pytest.fixture
def team(do):
    """Somebody who administers as one of a group and may read all models; the key of their token."""

    def make():
        accounts.create("root", is_admin=True, actor=LOCAL_USER)
        anna = accounts.create("anna", actor=LOCAL_USER)
        groups.create("ops", is_admin=True, actor=LOCAL_USER)
        groups.add("ops", "anna", actor=LOCAL_USER)
        grants.set_on_area(Area.MODELS, grants.principal_of_account("anna"), Level.READ, actor=LOCAL_USER)
        return token_models.create(anna.id, "ci", actor=LOCAL_USER)[0].id

    return do(make)


@pytest.fixture
def revision(do):
    """The number now."""
    return lambda: do(lambda: db.session.scalar(text("SELECT number FROM account_revision")))


def columns_that_say_who() -> set[str]:
    statements = (credentials._BY_TOKEN, credentials._BY_NAME)
    return {
        str(part)
        for prepared in statements
        for part in visitors.iterate(prepared.statement)
        if isinstance(part, Column)
    }


def test_every_column_that_says_who_somebody_is_raises_the_number(do, team, revision):
    columns = columns_that_say_who()
    assert {
        "account.disabled_at",
        "account_group.is_admin",
        "membership.group_id",
        "permission_grant.level",
        "access_token.revoked_at",
        "account.password_hash",
    } <= columns
    silent = set()
    for column in sorted(columns):
        table, _, name = column.partition(".")
        before = revision()
        do(lambda name=name, table=table: db.session.execute(text(f"UPDATE {table} SET {name} = {name}")))
        if revision() == before:
            silent.add(column)
    assert silent == HARMLESS


def test_rows_that_come_and_go_raise_it_where_somebody_could_be_remembered_otherwise(do, team, revision):
    anna = do(accounts.find, "anna")
    changes = {
        "a member leaves": lambda: groups.remove("ops", "anna", actor=LOCAL_USER),
        "a member joins": lambda: groups.add("ops", "anna", actor=LOCAL_USER),
        "rights on all are given": lambda: grants.set_on_area(
            Area.EXPERIMENTS, grants.EVERYONE, Level.READ, actor=LOCAL_USER
        ),
        "rights on all are taken": lambda: grants.set_on_area(
            Area.EXPERIMENTS, grants.EVERYONE, None, actor=LOCAL_USER
        ),
    }
    for table in ("access_token", "membership", "account_group"):
        changes[f"{table} is emptied by hand"] = lambda table=table: db.session.execute(
            text(f"DELETE FROM {table}")
        )
    changes["an account is deleted by hand"] = lambda: db.session.execute(
        text("DELETE FROM account WHERE name = 'root'")
    )
    quiet = {
        "a model is made, with rights for who made it": lambda: models.create(
            "churn", actor=Actor("anna", anna.id)
        ),
        "a browser signs in": lambda: sessions.begin(anna.id, user_agent="x", address="127.0.0.1"),
        "a sign-in fails": lambda: sign_in_throttle.record_failure("anna", "127.0.0.1"),
        "a token is used": lambda: tokens.record_use(team),
        "a token is made": lambda: token_models.create(anna.id, "second", actor=LOCAL_USER),
    }
    raised = {}
    for name, change in {**quiet, **changes}.items():
        before = revision()
        do(change)
        raised[name] = revision() > before
    assert raised == {**dict.fromkeys(quiet, False), **dict.fromkeys(changes, True)}


@pytest.fixture
def asked(app, monkeypatch):
    """Ask whom a header leads to, at a moment; how often it was looked up."""
    remembered, found = CredentialCache(), []

    def ask(header="Bearer x", *, at=0, expires_at=None, meanwhile=lambda: None):
        monkeypatch.setattr(clock, "now_ms", lambda: at)

        def look_up():
            meanwhile()
            found.append(header)
            return AuthenticatedActor(Actor("anna", 7), token_id=1, expires_at=expires_at)

        with app.app_context(), transaction(read_only=True):
            assert remembered.identify(header, look_up).actor.name == "anna"
        return len(found)

    ask.remembered = remembered
    return ask


def test_it_is_looked_up_again_when_the_number_was_raised_or_the_time_is_over(asked, do, team):
    assert asked() == 1
    assert asked(at=59_999) == 1
    assert asked(at=60_000) == 2  # a minute later
    assert asked("Bearer y", at=60_000, expires_at=60_500) == 3
    assert asked("Bearer y", at=60_499) == 3
    assert asked("Bearer y", at=60_500) == 4  # a token that has expired

    def revoke():
        do(tokens.revoke, team, actor=LOCAL_USER)

    assert asked("Bearer z", at=70_000, meanwhile=revoke) == 5
    assert asked("Bearer z", at=70_000) == 6  # what was found may be older than the change
    assert asked("Bearer z", at=70_000) == 6


def test_what_is_refused_is_not_remembered_and_the_oldest_is_forgotten(asked, app, monkeypatch):
    monkeypatch.setattr(CredentialCache, "MAX_ENTRIES", 2)
    for header in ("one", "two", "three"):
        asked(header)
    assert asked("three") == 3
    assert asked("one") == 4

    def refuse():
        raise LookupError

    for _ in range(2):
        with pytest.raises(LookupError), app.app_context(), transaction(read_only=True):
            asked.remembered.identify("wrong", refuse)
