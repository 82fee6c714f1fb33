"""A team with its first administrator, inside one transaction (`work`)."""

import pytest

from app.accounts import accounts
from app.accounts.actors import LOCAL_USER, Actor
from app.accounts.reads import AccountRow

PASSWORD = "correct horse battery"


def acting(row: AccountRow, **rest) -> Actor:
    """The account as somebody who acts."""
    return Actor(name=row.name, account_id=row.id, is_admin=row.administers, **rest)


@pytest.fixture
def root(work) -> Actor:
    """The first account: a person who administers."""
    return acting(accounts.create("root", password=PASSWORD, is_admin=True, actor=LOCAL_USER))


@pytest.fixture
def anna(root) -> Actor:
    """Somebody without any right."""
    return acting(accounts.create("anna", password=PASSWORD, actor=root))
