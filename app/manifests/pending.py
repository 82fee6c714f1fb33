"""Makes the manifests that registering left for later, a few at a time.

Several processes may do this at once, and be killed at any moment: whoever makes a manifest claims its version first,
for a while, and claims it anew while that lasts. Files are read outside of any transaction.
"""

from collections.abc import Callable
from typing import NamedTuple

import orjson
from sqlalchemy import Integer, bindparam, func, or_, select, update

from app.artifacts import StoredFile
from app.core import clock
from app.db.statements import Statement, each_of
from app.db.transactions import transaction
from app.manifests import file_digests, making, reading
from app.manifests.contents import Contents
from app.manifests.reading import Unreadable
from app.manifests.tables import TO_BE_MADE, ManifestOfVersion
from app.manifests.versions import OF_VERSION

CLAIM_FOR = 120_000  # milliseconds
VERSIONS_AT_ONCE = 20
_FILES_PER_WRITE = 500
_BYTES_PER_WRITE = 256 * 1024 * 1024


class _Claimed(NamedTuple):
    version_id: int
    storage: str


class _Outcome(NamedTuple):
    version_id: int
    made: Contents | None
    problem: str | None


_TABLE = ManifestOfVersion.__table__
_FREE = select(OF_VERSION.version_id).where(
    TO_BE_MADE, or_(OF_VERSION.claimed_until.is_(None), OF_VERSION.claimed_until < bindparam("now"))
)
_IS_ANY_FREE = Statement(_FREE.limit(1))
_CLAIM = Statement(
    update(_TABLE)
    .where(
        OF_VERSION.version_id.in_(
            _FREE.order_by(OF_VERSION.version_id.desc())
            .limit(bindparam("most", type_=Integer))
            .with_for_update(skip_locked=True)
        )
    )
    .values(claimed_until=bindparam("until"))
    .returning(OF_VERSION.version_id, OF_VERSION.storage),
    _Claimed,
)
_RENEW = Statement(
    lambda: (
        update(_TABLE)
        .where(OF_VERSION.version_id.in_(each_of("version_ids", int)), TO_BE_MADE)
        .values(claimed_until=bindparam("until"))
    )
)
_FREE_UNREADABLE = Statement(
    update(_TABLE).where(TO_BE_MADE, OF_VERSION.problem.is_not(None)).values(claimed_until=None)
)
_COUNT = Statement(select(func.count()).select_from(_TABLE).where(TO_BE_MADE))


class _Claims:
    """Versions that nobody else makes for now."""

    def __init__(self, version_ids: list[int], until: int):
        self._ids, self._until = version_ids, until

    def keep(self) -> None:
        """Claims them anew once half of the time is over."""
        now = clock.now_ms()
        if now > self._until - CLAIM_FOR // 2:
            self._until = now + CLAIM_FOR
            with transaction():
                _RENEW.run(version_ids=orjson.dumps(self._ids).decode(), until=self._until)


def make_pending(limit: int = 100, *, pause: Callable[[], None] = lambda: None, again: bool = False) -> int:
    """Makes the manifests of so many versions that have none, the newest first; returns how many it dealt with.

    In transactions of its own, so it must not run inside of one that writes. `pause` is called after each few
    megabytes. Versions that could not be read wait for their time, unless they are to be tried `again`.
    """
    if again:
        with transaction():
            _FREE_UNREADABLE.run()
    dealt_with = 0
    while dealt_with < limit and (claimed := _claim(min(VERSIONS_AT_ONCE, limit - dealt_with))):
        _make(claimed, pause)
        dealt_with += len(claimed)
    return dealt_with


def count_pending() -> int:
    """Returns how many versions have no manifest yet, those that could not be read among them."""
    return _COUNT.scalar()


def _claim(most: int) -> list[_Claimed]:
    now = clock.now_ms()
    with transaction(read_only=True):  # nobody waits for a writer who has nothing to write
        if _IS_ANY_FREE.scalar(now=now) is None:
            return []
    with transaction():
        return _CLAIM.rows(now=now, most=most, until=now + CLAIM_FOR)


def _make(claimed: list[_Claimed], pause: Callable[[], None]) -> None:
    claims = _Claims([one.version_id for one in claimed], clock.now_ms() + CLAIM_FOR)

    def pause_and_keep(_count: int = 0) -> None:
        pause()
        claims.keep()

    outcomes: list[_Outcome] = []
    for one in claimed:
        try:
            made, had_to_read = _read(one.storage, pause_and_keep)
            outcomes.append(_Outcome(one.version_id, made, None))
        except Unreadable as error:
            had_to_read = True
            outcomes.append(_Outcome(one.version_id, None, str(error)))
        if had_to_read:  # which may have taken long
            _finish(outcomes)
            outcomes = []
        pause_and_keep()
    _finish(outcomes)


def _finish(outcomes: list[_Outcome]) -> None:
    if outcomes:
        with transaction():
            for version_id, made, problem in outcomes:
                making.finish(version_id, made, problem)


def _read(storage: str, pause: Callable[[int], None]) -> tuple[Contents, bool]:
    """Returns the manifest of what lies at the path, and whether a file had to be read. Raises `Unreadable`."""
    had_to_read = False
    for _attempt in range(reading.TRIES):
        with transaction(read_only=True):
            seen = reading.look(storage)
        if (made := reading.contents_of(seen)) is not None:
            return made, had_to_read
        had_to_read = True
        _take_all(seen, pause)
    raise Unreadable(reading.CHANGING)


def _take_all(seen: reading.Look, pause: Callable[[int], None]) -> None:
    """Takes the digests that are missing, and keeps them now and then, so that a killed process loses little."""
    taken: list[tuple[StoredFile, str]] = []
    size = 0
    for file in seen.unknown:
        taken.append(reading.take(seen.storage, file, pause))
        size += file.size
        if len(taken) >= _FILES_PER_WRITE or size >= _BYTES_PER_WRITE:
            with transaction():
                file_digests.record_all(seen.storage, taken)
            taken, size = [], 0
        pause(0)
    with transaction():
        file_digests.record_all(seen.storage, taken)
