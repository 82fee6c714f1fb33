"""Finds the account behind a token, a password or a session with one indexed look-up.

A session is looked up for each request; whom a header authenticates is cached until anything about accounts
changes, see `app.accounts.credential_cache`. So a revoked token, a changed password, a disabled account or a
removed group takes effect with the next request, in every worker. The slow hash of a password is not computed at
each look-up either, see `VerifiedPasswordCache`.
"""

import hashlib
import hmac
import secrets as random
import threading
import time
from collections import OrderedDict
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, and_, bindparam, func, literal_column, or_, select

from app.accounts import passwords, queries, sign_in_throttle
from app.accounts.names import key_of
from app.accounts.secrets import digest
from app.accounts.tables import Session, Token
from app.accounts.tokens import scopes_of
from app.authz.actors import Actor
from app.authz.administrators import ACCOUNT, ADMINISTERS, IN_USE, MEMBERSHIP
from app.authz.levels import Level
from app.authz.permissions import Area
from app.authz.tables import Account, Grant
from app.core import clock
from app.db.statements import Statement

USE_RECORDED_EVERY = 10 * 60 * 1000  # milliseconds between two records that a token or a session was used

GRANT, TOKEN, SESSION = Grant.__table__.c, Token.__table__.c, Session.__table__.c


def _level(area: Area) -> ColumnElement[int]:
    """Returns the account's level on every object of the area; the index of grants by object serves it."""
    groups = select(MEMBERSHIP.group_id).where(MEMBERSHIP.account_id == ACCOUNT.id)
    return (
        select(func.coalesce(func.max(GRANT.level), literal_column("0")))
        .where(
            GRANT.area == literal_column(f"'{area.value}'"),
            func.coalesce(GRANT.model_id, literal_column("0")) == literal_column("0"),
            func.coalesce(GRANT.experiment_id, literal_column("-1")) == literal_column("-1"),
            or_(
                GRANT.account_id == ACCOUNT.id,
                and_(GRANT.account_id.is_(None), GRANT.group_id.is_(None)),
                GRANT.group_id.in_(groups.correlate(Account.__table__)),
            ),
        )
        .correlate(Account.__table__)
        .scalar_subquery()
    )


_ACCOUNT = (
    ACCOUNT.name,
    ACCOUNT.id,
    ADMINISTERS.label("is_admin"),
    _level(Area.MODELS).label("models_level"),
    _level(Area.EXPERIMENTS).label("experiments_level"),
)

_BY_TOKEN = Statement(
    select(
        *_ACCOUNT,
        TOKEN.id.label("token_id"),
        TOKEN.scopes,
        TOKEN.is_limited,
        TOKEN.last_used_at,
        TOKEN.expires_at,
    )
    .join_from(Token.__table__, Account.__table__, ACCOUNT.id == TOKEN.account_id)
    .where(TOKEN.secret_hash == bindparam("digest"), TOKEN.revoked_at.is_(None), IN_USE)
)
_BY_SESSION = Statement(
    select(*_ACCOUNT, SESSION.id.label("session_id"), SESSION.last_seen_at)
    .join_from(Session.__table__, Account.__table__, ACCOUNT.id == SESSION.account_id)
    .where(
        SESSION.secret_hash == bindparam("digest"),
        SESSION.ended_at.is_(None),
        IN_USE,
        SESSION.expires_at > bindparam("now"),
    )
)
_BY_NAME = Statement(
    select(*_ACCOUNT, ACCOUNT.password_hash).where(
        ACCOUNT.name_key == bindparam("name_key"), ACCOUNT.kind == literal_column("'user'"), IN_USE
    )
)
_BY_ID = Statement(select(*_ACCOUNT).where(ACCOUNT.id == bindparam("account"), IN_USE))


class AuthenticatedActor(NamedTuple):
    """An actor and how they authenticated.

    `token_id` and `session_id` are set only where the use of the token or session is due to be recorded again.
    """

    actor: Actor
    token_id: int | None = None
    session_id: int | None = None
    expires_at: int | None = None


def _actor(row: Any, **rest: Any) -> Actor:
    return Actor(
        row.name,
        row.id,
        bool(row.is_admin),
        Level(row.models_level),
        Level(row.experiments_level),
        **rest,
    )


def by_token(secret: str) -> AuthenticatedActor | None:
    """Returns who holds the token, if it is neither revoked nor expired."""
    row = _BY_TOKEN.peek(digest=digest(secret))
    now = clock.now_ms()
    if row is None or (row.expires_at is not None and row.expires_at <= now):
        return None
    actor = _actor(row, token_id=row.token_id, scopes=scopes_of(row.scopes), is_limited=bool(row.is_limited))
    is_due = _is_old(row.last_used_at, now)
    return AuthenticatedActor(actor, token_id=row.token_id if is_due else None, expires_at=row.expires_at)


def by_session(secret: str) -> AuthenticatedActor | None:
    """Returns who is signed in with the session of that secret."""
    now = clock.now_ms()
    row = _BY_SESSION.peek(digest=digest(secret), now=now)
    if row is None:
        return None
    return AuthenticatedActor(
        _actor(row), session_id=row.session_id if _is_old(row.last_seen_at, now) else None
    )


def _is_old(noted: int | None, now: int) -> bool:
    return noted is None or now - noted > USE_RECORDED_EVERY


def actor_of(account_id: int) -> Actor | None:
    """Returns the account as an actor, unless it is disabled or deleted."""
    row = _BY_ID.first(account=account_id)
    return _actor(row) if row else None


class VerifiedPasswordCache:
    """Caches which passwords were verified recently, so that not every call of a client pays for argon2.

    It holds keyed digests over name, password and stored hash, under a key that only this process has. A changed
    password changes the stored hash, which is read from the row at each call, as is whether the account is
    disabled. Nothing can be read back out of it.
    """

    LIFETIME = 300.0  # seconds
    MAX_ENTRIES = 10_000

    def __init__(self) -> None:
        self._key = random.token_bytes(32)
        self._until: OrderedDict[bytes, float] = OrderedDict()
        self._lock = threading.Lock()

    def by_password(self, name: str, password: str, address: str) -> AuthenticatedActor | None:
        """Returns who has that name and password, or None where nobody has.

        Raises `TooManyFailedSignIns` where too many have failed recently. The caller counts the failure.
        """
        row = _BY_NAME.peek(name_key=key_of(name))
        stored = row.password_hash if row else None
        digest = self._digest(name, password, stored)
        if row is not None and stored and self._knows(digest):
            return AuthenticatedActor(_actor(row))
        sign_in_throttle.check(name, address)
        if not passwords.verify(password, stored) or row is None:
            return None
        self._remember(digest)
        return AuthenticatedActor(_actor(row))

    def _digest(self, name: str, password: str, stored: str | None) -> bytes:
        parts = "\0".join((key_of(name), password, stored or ""))
        return hmac.digest(self._key, parts.encode("utf-8", "replace"), hashlib.sha256)

    def _knows(self, digest: bytes) -> bool:
        return self._until.get(digest, 0.0) > time.monotonic()

    def _remember(self, digest: bytes) -> None:
        with self._lock:
            self._until[digest] = time.monotonic() + self.LIFETIME
            while len(self._until) > self.MAX_ENTRIES:
                self._until.popitem(last=False)


class TeamMode:
    """Knows whether there are accounts, and so whether people must sign in. Once there are, that stays so.

    A process that has found none looks again after a second: one worker, or a shell, creates the first account,
    and the others have no way to hear of it.
    """

    LOOK_AGAIN = 1.0  # seconds

    def __init__(self) -> None:
        self._is_on = False
        self._looked_at = float("-inf")

    def is_on(self) -> bool:
        """Returns whether people must sign in; asks the database, in the running transaction, once a second at most."""
        if not self._is_on and not self.was_off():
            self._is_on = queries.ANY_ACCOUNT.peek() is not None
            self._looked_at = time.monotonic()
        return self._is_on

    def was_off(self) -> bool:
        """Returns whether there were no accounts when the database was last asked, less than a second ago."""
        return not self._is_on and time.monotonic() - self._looked_at <= self.LOOK_AGAIN

    def begin(self) -> None:
        """Notes that there is a first account now, and waits until all other processes have looked again.

        So its owner meets no process any more that takes everybody for the local user.
        """
        if not self._is_on:
            self._is_on = True
            time.sleep(self.LOOK_AGAIN)
