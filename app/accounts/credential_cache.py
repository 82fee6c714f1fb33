"""Caches, in each process, which actor an Authorization header authenticates, until anything about accounts changes.

Every change after which a header may authenticate somebody else, or nobody, raises one number in its own
transaction (`Revision`). A request reads that number and uses only what the process cached under the same
one, so a revoked token, a changed password, a disabled account or a removed group takes effect with the
commit, in every process, on every host.
"""

import hashlib
import secrets as random
import threading
from collections.abc import Callable
from typing import NamedTuple

from sqlalchemy import select

from app.accounts.credentials import AuthenticatedActor
from app.accounts.tables import Revision
from app.core import clock
from app.db.statements import Statement


class _RevisionRow(NamedTuple):
    number: int


_REVISION = Statement(select(Revision.__table__.c.number), _RevisionRow)


class _Entry(NamedTuple):
    authenticated: AuthenticatedActor
    revision: int
    until: int


class CredentialCache:
    """The cache of one process, by keyed digests of headers, under a key that only this process has.

    It holds good headers only, so nobody can fill it by guessing. Levels on single models and experiments
    are not in it; they are read from the database each time.
    """

    LIFETIME = 60_000  # milliseconds; then the use of a token is recorded, and a password verified again
    MAX_ENTRIES = 10_000

    def __init__(self) -> None:
        self._key = random.token_bytes(32)
        self._entries: dict[bytes, _Entry] = {}
        self._lock = threading.Lock()

    def identify(self, header: str, look_up: Callable[[], AuthenticatedActor]) -> AuthenticatedActor:
        """Returns whom the header authenticates, cached or by `look_up`. An error that this raises is not cached."""
        # Before anything is looked up: what is read may then be newer than the number, never older.
        revision = self._revision()
        digest = hashlib.blake2b(header.encode("utf-8", "surrogatepass"), key=self._key).digest()
        now, entry = clock.now_ms(), self._entries.get(digest)
        if entry is not None and entry.revision == revision and now < entry.until:
            return entry.authenticated
        authenticated = look_up()
        until = now + self.LIFETIME
        if authenticated.expires_at is not None:
            until = min(authenticated.expires_at, until)
        self._keep(digest, _Entry(AuthenticatedActor(authenticated.actor), revision, until))
        return authenticated

    def _revision(self) -> int:
        row = _REVISION.peek()
        assert row is not None, "the migrations create the row"
        return row.number

    def _keep(self, digest: bytes, entry: _Entry) -> None:
        with self._lock:
            self._entries.pop(digest, None)
            self._entries[digest] = entry
            while len(self._entries) > self.MAX_ENTRIES:
                del self._entries[next(iter(self._entries))]
