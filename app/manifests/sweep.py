"""Verifies every version once a night, some at a time."""

from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy import bindparam, literal_column, or_, select, update

from app.core import clock
from app.db.statements import Statement
from app.db.transactions import transaction, upsert
from app.manifests import verification
from app.manifests.tables import MADE, BackgroundJob
from app.manifests.versions import OF_VERSION

JOB = "verify"
HOUR = 2  # of the server's own time
CLAIM_FOR = 120_000  # milliseconds

_TABLE = BackgroundJob.__table__
_ROW = _TABLE.c
_ADD = Statement(lambda: upsert(_TABLE).on_conflict_do_nothing(), columns=("name", "claimed_until", "ran_at"))
_RAN_AT = Statement(select(_ROW.ran_at).where(_ROW.name == JOB))
_CLAIM = Statement(
    update(_TABLE)
    .where(
        _ROW.name == JOB,
        _ROW.ran_at < bindparam("night"),
        or_(_ROW.claimed_until.is_(None), _ROW.claimed_until < bindparam("now")),
    )
    .values(claimed_until=bindparam("until"))
)
_KEEP = Statement(update(_TABLE).where(_ROW.name == JOB).values(claimed_until=bindparam("until")))
_END = Statement(update(_TABLE).where(_ROW.name == JOB).values(claimed_until=None, ran_at=bindparam("now")))
_NEXT = Statement(
    select(OF_VERSION.version_id)
    .where(MADE, OF_VERSION.verified_at < bindparam("night"))
    .order_by(OF_VERSION.verified_at)
    .limit(literal_column("1"))
)


def last_night(now: int) -> int:
    """Returns when the last night's sweep was to begin, in milliseconds."""
    moment = datetime.fromtimestamp(now / 1000).astimezone()
    begins = moment.replace(hour=HOUR, minute=0, second=0, microsecond=0)
    if begins > moment:
        begins -= timedelta(days=1)
    return int(begins.timestamp() * 1000)


def sweep(limit: int = 20, *, pause: Callable[[], None] = lambda: None) -> int:
    """Verifies so many versions if last night's sweep is not over yet; returns how many.

    In transactions of its own. One process sweeps at a time; another goes on where one was killed. The first night is
    the one after the database was made or upgraded.
    """
    now = clock.now_ms()
    night = last_night(now)
    if not _claim(now, night):
        return 0
    claimed_until = now + CLAIM_FOR

    def pause_and_keep() -> None:
        nonlocal claimed_until
        pause()
        if clock.now_ms() > claimed_until - CLAIM_FOR // 2:
            claimed_until = clock.now_ms() + CLAIM_FOR
            with transaction():
                _KEEP.run(until=claimed_until)

    count = 0
    # One by one: what is found of a version is found of all that share its files.
    while count < limit and (version_id := _next(night)) is not None:
        verification.verify(version_id, pause=pause_and_keep)
        pause_and_keep()
        count += 1
    with transaction():
        if count < limit:
            _END.run(now=clock.now_ms())
        else:
            _KEEP.run(until=None)
    return count


def _next(night: int) -> int | None:
    with transaction(read_only=True):
        return _NEXT.scalar(night=night)


def _claim(now: int, night: int) -> bool:
    with transaction(read_only=True):  # nobody waits for a writer who has nothing to write
        ran_at = _RAN_AT.scalar()
    if ran_at is not None and ran_at >= night:
        return False
    with transaction():
        if ran_at is None:
            _ADD.run(name=JOB, claimed_until=None, ran_at=now)
            return False
        return bool(_CLAIM.run(now=now, night=night, until=now + CLAIM_FOR))
