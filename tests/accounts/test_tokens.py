"""Tokens: who may make and revoke them."""

from dataclasses import replace

import pytest

from app.accounts import accounts, identity, tokens
from app.accounts.actors import LOCAL_USER
from app.accounts.permissions import Scope
from app.errors import NotFound, PermissionDenied
from tests.factories.registry import make_model


@pytest.fixture
def anna(root):
    """Somebody who signed in, and a token of theirs."""
    row = accounts.create("anna", actor=LOCAL_USER)
    token, _ = tokens.create(row.id, "first", actor=LOCAL_USER)
    return identity.actor_of(row.id), token


@pytest.mark.parametrize(
    "narrow", [{"scopes": frozenset(Scope)}, {"scopes": frozenset()}, {"is_limited": True}],
    ids=["every scope", "no scope", "some models"],
)  # fmt: skip
def test_a_token_makes_and_revokes_none_that_reaches_further(anna, narrow):
    person, token = anna
    actor = replace(person, token_id=token.id, **narrow)

    with pytest.raises(PermissionDenied):
        tokens.create(person.account_id, "wider", actor=actor)
    with pytest.raises(NotFound):
        tokens.revoke(token.id, actor=actor)
    assert [row.name for row in tokens.of_account(person.account_id) if row.revoked_at is None] == ["first"]


def test_one_keeps_ones_own_tokens_and_an_administrator_everybodys(root, anna):
    person, token = anna
    made, _ = tokens.create(person.account_id, "second", actor=person)
    tokens.revoke(token.id, actor=person)
    tokens.revoke(made.id, actor=replace(person, name="root", account_id=0, is_admin=True))

    assert all(row.revoked_at for row in tokens.of_account(person.account_id))
    with pytest.raises(PermissionDenied):
        tokens.create(accounts.find("root").id, "of another", actor=person)


def test_a_token_for_models_names_models_that_there_are(anna):
    person, _ = anna
    make_model("churn")

    with pytest.raises(NotFound):
        tokens.create(person.account_id, "typo", models=["chrun"], actor=person)
    assert len(tokens.of_account(person.account_id)) == 1
