"""A team with its first administrator, inside one transaction (`work`)."""

import pytest

from app.accounts import accounts
from app.accounts.queries import AccountRow
from app.authz.actors import LOCAL_USER, Actor
from app.sharing import team_setup

PASSWORD = "correct horse battery"


def acting(row: AccountRow, **rest) -> Actor:
    """The account as somebody who acts."""
    return Actor(name=row.name, account_id=row.id, is_admin=row.administers, **rest)


@pytest.fixture
def root(work) -> Actor:
    """The first account: a person who administers."""
    return acting(team_setup.create_account("root", password=PASSWORD, is_admin=True, actor=LOCAL_USER))


@pytest.fixture
def anna(root) -> Actor:
    """Somebody without any right."""
    return acting(accounts.create("anna", password=PASSWORD, actor=root))
