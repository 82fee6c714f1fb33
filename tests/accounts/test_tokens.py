"""Tokens: who may make and revoke them."""

from dataclasses import replace

import pytest
from sqlalchemy import select

from app.accounts import accounts, credentials, errors, tokens
from app.audit.tables import Event
from app.authz.actors import LOCAL_USER
from app.authz.permissions import Scope
from app.core import clock
from app.core.errors import NotFound, PermissionDenied
from app.db.transactions import db
from app.sharing import token_models
from tests.factories.registry import make_model


@pytest.fixture
def anna(root):
    """Somebody who signed in, and a token of theirs."""
    row = accounts.create("anna", actor=LOCAL_USER)
    token, _ = token_models.create(row.id, "first", actor=LOCAL_USER)
    return credentials.actor_of(row.id), token


@pytest.mark.parametrize(
    "narrow",
    [{"scopes": frozenset(Scope)}, {"scopes": frozenset()}, {"is_limited": True}],
    ids=["every scope", "no scope", "some models"],
)
def test_a_token_makes_and_revokes_none_that_reaches_further(anna, narrow):
    person, token = anna
    actor = replace(person, token_id=token.id, **narrow)

    with pytest.raises(PermissionDenied):
        token_models.create(person.account_id, "wider", actor=actor)
    with pytest.raises(NotFound):
        tokens.revoke(token.id, actor=actor)
    assert [row.name for row in tokens.of_account(person.account_id) if row.revoked_at is None] == ["first"]


def test_one_keeps_ones_own_tokens_and_an_administrator_everybodys(root, anna):
    person, token = anna
    made, _ = token_models.create(person.account_id, "second", actor=person)
    tokens.revoke(token.id, actor=person)
    tokens.revoke(made.id, actor=replace(person, name="root", account_id=0, is_admin=True))

    assert all(row.revoked_at for row in tokens.of_account(person.account_id))
    with pytest.raises(PermissionDenied):
        token_models.create(accounts.find("root").id, "of another", actor=person)


def test_the_record_says_for_whom_a_token_is_and_how_far_it_reaches(root, anna):
    person, _ = anna
    make_model("churn")
    late = 2_000_000_000_000
    made, _ = token_models.create(
        person.account_id,
        "ci",
        scopes=[Scope.STAGE, Scope.READ],
        models=["churn"],
        expires_at=late,
        actor=root,
    )
    tokens.revoke(made.id, actor=root)

    assert [(kind, actor, comment) for kind, actor, _, comment in said()] == [
        ("token.created", LOCAL_USER.name, "for anna; everything"),
        (
            "token.created",
            "root",
            f"for anna; read, stage; only the models churn; until {clock.utc_text(late)}",
        ),
        ("token.revoked", "root", "for anna"),
    ]


def said() -> list[tuple]:
    """Kind, actor, subject and comment of the events about tokens, in their order."""
    query = select(Event.kind, Event.actor, Event.subject, Event.comment).where(Event.kind.like("token.%"))
    return [tuple(row) for row in db.session.execute(query.order_by(Event.id))]


def test_a_token_for_models_names_models_that_there_are(anna):
    person, _ = anna
    make_model("churn")

    with pytest.raises(NotFound):
        token_models.create(person.account_id, "typo", models=["chrun"], actor=person)
    assert len(tokens.of_account(person.account_id)) == 1


def test_no_token_lives_longer_than_the_installation_allows(app, root, anna, monkeypatch):
    person, _ = anna
    now = 1_900_000_000_000
    monkeypatch.setattr(clock, "now_ms", lambda: now)
    app.settings = replace(app.settings, token_max_days=30)

    for actor in (person, LOCAL_USER):
        unsaid, _ = token_models.create(person.account_id, "unsaid", actor=actor)
        longest, _ = token_models.create(
            person.account_id, "longest", expires_at=now + 30 * tokens.DAY, actor=actor
        )
        assert unsaid.expires_at == longest.expires_at == now + 30 * tokens.DAY
        with pytest.raises(errors.TokenLifetimeTooLong):
            token_models.create(
                person.account_id, "longer", expires_at=now + 30 * tokens.DAY + 1, actor=actor
            )
