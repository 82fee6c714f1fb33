"""Accounts: the first one, names, what ends with a change, and the last administrator."""

import pytest
from sqlalchemy import select

from app.accounts import accounts
from app.accounts.actors import LOCAL_USER, Actor
from app.accounts.levels import Level
from app.accounts.models import Grant
from app.audit.models import Event
from app.database import db
from app.errors import AlreadyExists, InvalidState

GOOD = "correct horse battery"
BETTER = "another fine long one"


@pytest.fixture
def root(work):
    """The first account: an administrator, as an actor."""
    row = accounts.create("root", password=GOOD, is_admin=True, actor=LOCAL_USER)
    return Actor(name="root", account_id=row.id, is_admin=True)


def acting(row, **rest) -> Actor:
    return Actor(name=row.name, account_id=row.id, is_admin=row.is_admin, **rest)


def events() -> list:
    """Kind, subject, before and after of every event so far."""
    query = select(Event.kind, Event.subject, Event.before, Event.after).order_by(Event.id)
    return [tuple(row) for row in db.session.execute(query)]


@pytest.mark.parametrize("values", [{}, {"kind": "service"}, {"kind": "service", "is_admin": True}])
def test_the_first_account_must_be_a_person_who_administers(work, values):
    with pytest.raises(InvalidState, match="first account"):
        accounts.create("anna", actor=LOCAL_USER, **values)


def test_with_the_first_account_everyone_may_log_to_the_experiment_default(root):
    grant = Grant.__table__.c
    rows = db.session.execute(select(grant.experiment_id, grant.account_id, grant.group_id, grant.level))
    accounts.create("anna", actor=root)

    assert [tuple(row) for row in rows] == [(0, None, None, Level.EDIT)]


def test_an_account_is_found_whatever_the_case_of_its_name(root):
    made = accounts.create("Anna@Example.org", full_name="  Anna \n Schmidt ", actor=root)

    assert accounts.find("anna@example.ORG") == made == accounts.get(made.id)
    assert (made.name, made.full_name, made.kind, made.created_by) == (
        "Anna@Example.org", "Anna Schmidt", "user", "root",
    )  # fmt: skip
    with pytest.raises(AlreadyExists) as refused:
        accounts.create("ANNA@example.org", password=BETTER, actor=root)
    assert BETTER not in refused.value.message


def test_the_last_administrator_stays_one(root):
    for step in (
        lambda: accounts.set_admin("root", False, actor=LOCAL_USER),
        lambda: accounts.disable("root", actor=LOCAL_USER),
        lambda: accounts.delete("root", actor=LOCAL_USER),
    ):
        with pytest.raises(InvalidState, match="last administrator"):
            step()
        assert accounts.find("root").administers
        assert accounts.find("root").disabled_at is None
