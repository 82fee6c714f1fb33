"""Whom an Authorization header led to, kept by each process until anything about accounts has changed.

Every change after which a header may lead to somebody else, or to nobody, raises one number in the
transaction that makes it (`Revision`). A request asks for that number and takes what the process found
out under the same one, so a revoked token, a changed password, a disabled account or a removed group
counts from the commit on, in every process, on every host.
"""

import hashlib
import secrets as random
import threading
from collections.abc import Callable
from typing import NamedTuple

from sqlalchemy import select

from app.accounts.credentials import Known
from app.accounts.tables import Revision
from app.core import clock
from app.db.statements import Statement

_REVISION = Statement(select(Revision.__table__.c.number))


class _Kept(NamedTuple):
    known: Known
    revision: int
    until: int


class Remembered:
    """What one process remembers: for keyed digests of headers, under a key that only it has.

    Of good ones only, so nobody fills it by guessing. Rights on single models and experiments are not
    in it; they are asked of the database each time.
    """

    LIFETIME = 60_000  # milliseconds; then the use of a token is noted, and a password asked for its hash
    MOST = 10_000

    def __init__(self) -> None:
        self._key = random.token_bytes(32)
        self._kept: dict[bytes, _Kept] = {}
        self._lock = threading.Lock()

    def known(self, header: str, look_up: Callable[[], Known]) -> Known:
        """Whom the header leads to, as `look_up` said or says now. What that raises is not remembered."""
        # Before anything is looked up: what is found may then be newer than the number, never older.
        revision = self._revision()
        digest = hashlib.blake2b(header.encode("utf-8", "surrogatepass"), key=self._key).digest()
        now, kept = clock.now_ms(), self._kept.get(digest)
        if kept is not None and kept.revision == revision and now < kept.until:
            return kept.known
        found = look_up()
        until = (
            now + self.LIFETIME if found.expires_at is None else min(found.expires_at, now + self.LIFETIME)
        )
        self._keep(digest, _Kept(Known(found.actor), revision, until))
        return found

    def _revision(self) -> int:
        row = _REVISION.peek()
        assert row is not None, "the schema's steps make the row"
        return row[0]

    def _keep(self, digest: bytes, kept: _Kept) -> None:
        with self._lock:
            self._kept.pop(digest, None)
            self._kept[digest] = kept
            while len(self._kept) > self.MOST:
                del self._kept[next(iter(self._kept))]
