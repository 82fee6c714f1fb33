"""Accounts for tests, and browsers that are signed in."""

from typing import NamedTuple

from flask.testing import FlaskClient
from sqlalchemy import insert

from app.accounts import sessions
from app.accounts.credentials import TeamMode
from app.accounts.names import key_of
from app.authz.tables import Account
from app.core import clock
from app.db.transactions import db, transaction
from app.http.application import Greenroom
from app.http.authentication import SESSION_KEY

PASSWORD = "correct horse battery staple"


class Made(NamedTuple):
    """An account that a test made."""

    id: int
    name: str


def make_account(
    name: str, *, password: str | None = None, is_admin: bool = False, kind: str = "user"
) -> Made:
    """An account, in the running transaction; the first one requires signing in within a second."""
    from app.accounts import passwords

    statement = insert(Account.__table__).values(
        kind=kind,
        name=name,
        name_key=key_of(name),
        is_admin=is_admin,
        created_at=clock.now_ms(),
        created_by="test",
        password_hash=None if password is None else passwords.hash(password),
    )
    return Made(db.session.execute(statement.returning(Account.id)).scalar_one(), name)


def sign_in(app: Greenroom, client: FlaskClient, account_id: int) -> str:
    """Let the client's browser hold a session of the account; its secret."""
    with app.app_context(), transaction():
        secret = sessions.begin(account_id, user_agent="test", address="127.0.0.1")
    with client.session_transaction() as kept:
        kept[SESSION_KEY] = secret
    return secret


def require_sign_in(app: Greenroom) -> None:
    """Let the application notice the first account now; by itself, it looks again after a second."""
    app.sign_in.team = TeamMode()
    with app.app_context(), transaction(read_only=True):
        assert app.sign_in.team.is_on(), "there is an account"
