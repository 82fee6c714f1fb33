"""Limits how often sign-ins may fail, per account, per address, and per account from one address.

From an address where one of their browsers was signed in, people can go on signing in however often others fail at
their account elsewhere: only failures at their account from that address count there.

An address that nobody vouches for, since no trusted proxy names it, is a stranger's to choose: once failures at an
account came from several such addresses, none of them may try any more. One that stands for everybody, since a proxy
names no client, has no limit of its own, so that strangers' failures keep nobody else from signing in.

Failures are counted in the database, so that all workers count together. The window slides: once the oldest
failures are a quarter of an hour old, another attempt is possible, so nobody can lock a person out for good. An
attempt that is refused here does not count as a failure.
"""

import hashlib
import math

from sqlalchemy import (
    Executable,
    ScalarSelect,
    bindparam,
    delete,
    exists,
    func,
    insert,
    literal_column,
    select,
)

from app.accounts import errors
from app.accounts.names import key_of
from app.accounts.tables import FailedSignIn, Session
from app.authz.tables import Account
from app.core import clock
from app.db.statements import Statement

WINDOW = 15 * 60 * 1000  # milliseconds
MAX_FOR_ACCOUNT_FROM_ADDRESS = 10
MAX_FOR_ACCOUNT = 100
MAX_FROM_ADDRESS = 50
MAX_UNVERIFIED = 10  # addresses

# How the address begins of a client that a proxy does not name, and of one that an unknown proxy names.
UNNAMED = "unverified behind "
UNVERIFIED = "unverified "

_TABLE = FailedSignIn.__table__
ACCOUNT, SESSION = Account.__table__.c, Session.__table__.c
_FAILED = _TABLE.c
_OF_NAME = _FAILED.name_key == bindparam("of_name")
_FROM = _FAILED.address == bindparam("from_address")
_OLD = _FAILED.at <= bindparam("since")
MAX_SWEPT = 100  # old rows deleted with each new one, so that they cannot pile up


# Whether a browser of that account was ever signed in from that address.
_IS_KNOWN_ADDRESS = (
    exists()
    .where(ACCOUNT.name_key == bindparam("name"), ACCOUNT.deleted_at.is_(None))
    .where(SESSION.account_id == ACCOUNT.id, SESSION.address == bindparam("from_address"))
)


def _reaching(limit: int, *which) -> ScalarSelect:
    """Returns when the failure happened with which the limit was reached; null below the limit."""
    query = select(_FAILED.at).where(*which, _FAILED.at > bindparam("since")).order_by(_FAILED.at.desc())
    return query.limit(literal_column("1")).offset(literal_column(str(limit - 1))).scalar_subquery()


_REACHED = Statement(
    select(
        _reaching(MAX_FOR_ACCOUNT_FROM_ADDRESS, _OF_NAME, _FROM),
        _reaching(MAX_FOR_ACCOUNT, _OF_NAME, ~_IS_KNOWN_ADDRESS),
        _reaching(MAX_FROM_ADDRESS, _FROM),
    )
)

_IS_NAMED = ~_FAILED.address.startswith(UNNAMED)


def _reaching_addresses(limit: int) -> ScalarSelect:
    """Returns when the last failure happened from the address with which as many had failed at the account."""
    last = func.max(_FAILED.at)
    query = select(last).where(
        _OF_NAME, _FAILED.address.startswith(UNVERIFIED), _FAILED.at > bindparam("since")
    )
    query = query.group_by(_FAILED.address).order_by(last.desc())
    return query.limit(literal_column("1")).offset(literal_column(str(limit - 1))).scalar_subquery()


_REACHED_UNVERIFIED = Statement(
    select(
        _reaching(MAX_FOR_ACCOUNT_FROM_ADDRESS, _OF_NAME, _FROM, _IS_NAMED),
        _reaching(MAX_FOR_ACCOUNT, _OF_NAME),
        _reaching(MAX_FROM_ADDRESS, _FROM, _IS_NAMED),
        _reaching_addresses(MAX_UNVERIFIED),
    )
)


def _sweep() -> Executable:
    # The rows are written in the order of time, so the first ones are the oldest.
    oldest = select(_FAILED.id).order_by(_FAILED.id).limit(literal_column(str(MAX_SWEPT)))
    return delete(_TABLE).where(_FAILED.id.in_(oldest), _OLD)


_ADD = Statement(insert(_TABLE), columns=("at", "name_key", "address"))
_SWEEP = Statement(_sweep())
_FORGET = Statement(delete(_TABLE).where(_OF_NAME, _FROM))


def _key(name: str) -> str:
    """Returns what failures of a name are counted by: a hash, since people type passwords into that field."""
    return hashlib.sha256(key_of(name).encode("utf-8", "surrogatepass")).hexdigest()


def check(name: str, address: str) -> None:
    """Raises `TooManyFailedSignIns` where too many sign-ins as `name`, or from `address`, failed recently."""
    now = clock.now_ms()
    if address.startswith(UNVERIFIED):
        reached = _REACHED_UNVERIFIED.peek(of_name=_key(name), from_address=address[:64], since=now - WINDOW)
    else:
        reached = _REACHED.peek(
            of_name=_key(name), name=key_of(name), from_address=address[:64], since=now - WINDOW
        )
    since = [moment for moment in reached or () if moment is not None]
    if since:
        wait = max(1, math.ceil((max(since) + WINDOW - now) / 1000))
        raise errors.TooManyFailedSignIns(wait)


def record_failure(name: str, address: str) -> None:
    """Counts a failure, and deletes failures that no longer count. Must be committed whatever is answered."""
    now = clock.now_ms()
    _ADD.run(at=now, name_key=_key(name), address=address[:64])
    _SWEEP.run(since=now - WINDOW)


def forget_failures(name: str, address: str) -> None:
    """Deletes the failures of that account from that address."""
    _FORGET.run(of_name=_key(name), from_address=address[:64])
