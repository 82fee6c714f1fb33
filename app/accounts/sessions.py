"""Begins, lists and ends sessions of signed-in browsers; each is a row, so it can be ended from anywhere at once."""

from typing import NamedTuple

from sqlalchemy import ColumnElement, bindparam, select, update

from app.accounts import secrets
from app.accounts.tables import Session
from app.core import clock
from app.db.statements import Statement
from app.db.transactions import db

HOUR_MS = 3600 * 1000  # milliseconds

SESSION = Session.__table__.c
_RECORD_USE = Statement(
    update(Session.__table__).where(SESSION.id == bindparam("session")).values(last_seen_at=bindparam("now"))
)


class SessionRow(NamedTuple):
    """A signed-in browser as it is shown; times in milliseconds."""

    id: int
    account_id: int
    created_at: int
    last_seen_at: int
    expires_at: int
    user_agent: str
    address: str


_OPEN = Statement(
    select(
        SESSION.id,
        SESSION.account_id,
        SESSION.created_at,
        SESSION.last_seen_at,
        SESSION.expires_at,
        SESSION.user_agent,
        SESSION.address,
    )
    .where(
        SESSION.account_id == bindparam("account"),
        SESSION.ended_at.is_(None),
        SESSION.expires_at > bindparam("now"),
    )
    .order_by(SESSION.id.desc()),
    SessionRow,
)


def begin(account_id: int, *, user_agent: str, address: str, hours: int = 1) -> str:
    """Opens a session for so many hours, and returns the secret that the browser keeps."""
    secret, now = secrets.make(), clock.now_ms()
    db.session.add(
        Session(
            account_id=account_id,
            secret_hash=secrets.digest(secret),
            created_at=now,
            last_seen_at=now,
            expires_at=now + hours * HOUR_MS,
            user_agent=user_agent[:300],
            address=address[:64],
        )
    )
    db.session.flush()
    return secret


def find_id(secret: str) -> int | None:
    """Returns the id of the session of that secret, which tells it from the account's other sessions."""
    return db.session.scalar(select(Session.id).where(Session.secret_hash == secrets.digest(secret)))


def end(secret: str) -> None:
    """Ends the session of that secret; does nothing where it is unknown or over."""
    _end(SESSION.secret_hash == secrets.digest(secret))


def end_by_id(session_id: int, account_id: int) -> None:
    """Ends one of the account's sessions; leaves alone what is not the account's."""
    _end(SESSION.id == session_id, SESSION.account_id == account_id)


def end_all(account_id: int, *, but: str | None = None) -> None:
    """Ends every session of the account, except the one whose secret is `but`."""
    others = () if but is None else (SESSION.secret_hash != secrets.digest(but),)
    _end(SESSION.account_id == account_id, *others)


def _end(*which: ColumnElement[bool]) -> None:
    statement = update(Session).where(Session.ended_at.is_(None), *which)
    db.session.execute(statement.values(ended_at=clock.now_ms()))


def of_account(account_id: int) -> list[SessionRow]:
    """Returns the account's open sessions, newest first."""
    return _OPEN.rows(account=account_id, now=clock.now_ms())


def record_use(session_id: int) -> None:
    """Records that the session was used just now."""
    _RECORD_USE.run(session=session_id, now=clock.now_ms())
