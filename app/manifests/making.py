"""Gives a version its manifest: in the call that registers it where that is quick, or later."""

from collections.abc import Callable

from sqlalchemy import BigInteger, Text, bindparam, insert, select, update

from app.core import clock
from app.core.mlflow_tags import DIGEST
from app.db.statements import Statement
from app.db.transactions import Base, after_commit, upsert
from app.manifests import contents, reading
from app.manifests.contents import Contents
from app.manifests.reading import Unreadable
from app.manifests.tables import (
    ELSEWHERE,
    PENDING,
    READY,
    TO_BE_MADE,
    UNREADABLE,
    ManifestOfVersion,
    StoredManifest,
)
from app.manifests.versions import OF_VERSION

# What a server does once a version is pending, so that its background work need not be waited for.
wake_background: Callable[[], None] = lambda: None  # noqa: E731  (replaced by `app.server.background`)

# A version that could not be read is tried again after this long.
RETRY_AFTER = 3_600_000  # milliseconds

_KEEP = Statement(
    lambda: upsert(StoredManifest.__table__).on_conflict_do_nothing(),
    columns=("key", "digest", "file_count", "total_size", "files", "made_at"),
)
_MADE = ("state", "manifest_key", "problem", "made_at", "verified_at", "claimed_until")
_BEGIN = Statement(insert(ManifestOfVersion.__table__), columns=("version_id", "storage", *_MADE))
_COPIED = (
    "state",
    "manifest_key",
    "problem",
    "made_at",
    "verified_at",
    "mismatch_at",
    "reported_digest",
    "reported_by",
    "reported_at",
)
_COPY = Statement(
    insert(ManifestOfVersion.__table__).from_select(
        ["version_id", "storage", *_COPIED],
        select(
            bindparam("version_id", type_=BigInteger),
            bindparam("storage", type_=Text),
            *(OF_VERSION[name] for name in _COPIED),
        ).where(OF_VERSION.version_id == bindparam("copy_of")),
    )
)
_FINISH = Statement(
    update(ManifestOfVersion.__table__)
    .where(
        OF_VERSION.version_id == bindparam("the_version_id"),
        TO_BE_MADE,
    )
    .values({name: bindparam(f"new_{name}") for name in _MADE})
)
_DIGEST = Statement(
    select(StoredManifest.__table__.c.digest)
    .join(ManifestOfVersion.__table__, OF_VERSION.manifest_key == StoredManifest.__table__.c.key)
    .where(OF_VERSION.version_id == bindparam("version_id"))
)


def _set_tag():
    # The registry's own table, which lies above this package: the server itself writes this one tag.
    new = upsert(Base.metadata.tables["version_tag"])
    return new.on_conflict_do_update(index_elements=["version_id", "key"], set_={"value": new.excluded.value})


_SET_TAG = Statement(_set_tag, columns=("version_id", "key", "value"))


def begin(
    version_id: int,
    storage: str | None,
    *,
    has_files: bool = True,
    copy_of: int | None = None,
    copied_from: str | None = None,
) -> str | None:
    """Gives a new version its manifest, and returns the digest that is then in its tag, if any.

    `storage` is where its files lie below the artifact root, None where they lie elsewhere or, without
    `has_files`, nowhere. A `copy_of` another version has what that one has. `copied_from` is where the files at
    `storage` were copied from by hard links, whose digests are theirs as well.

    Whatever would take long is left to the background work, and the version is pending until then.
    """
    if copy_of is not None and _COPY.run(version_id=version_id, storage=storage, copy_of=copy_of):
        return _tagged(version_id, _DIGEST.scalar(version_id=version_id))
    if storage is None:
        made = None if has_files else contents.EMPTY
        _BEGIN.run(version_id=version_id, storage=None, **_outcome(made, state=ELSEWHERE))
        return None
    problem = made = None
    try:
        seen = reading.look(storage, copied_from=copied_from, limit=reading.MAX_FILES_IN_CALL)
        made = reading.read_now(seen) if seen.is_quick else None
    except Unreadable as error:
        problem = str(error)
    _BEGIN.run(version_id=version_id, storage=storage, **_outcome(made, problem))
    if made is None and problem is None:
        after_commit(lambda: wake_background())
    return _tagged(version_id, made.digest if made else None)


def finish(version_id: int, made: Contents | None, problem: str | None = None) -> None:
    """Gives a version that had none its manifest, or says what is the problem."""
    values = _outcome(made, problem)
    if _FINISH.run(the_version_id=version_id, **{f"new_{name}": value for name, value in values.items()}):
        _tagged(version_id, made.digest if made else None)


def _outcome(made: Contents | None, problem: str | None = None, *, state: str = PENDING) -> dict:
    """Returns the columns of `_MADE`; `state` is the one of a version that has neither a manifest nor a problem."""
    now = clock.now_ms()
    if made is not None:
        _KEEP.run(
            key=made.key,
            digest=made.digest,
            file_count=made.file_count,
            total_size=made.total_size,
            files=made.packed,
            made_at=now,
        )
    moment = now if made else None
    return {
        "state": READY if made else UNREADABLE if problem else state,
        "manifest_key": made.key if made else None,
        "problem": problem,
        "made_at": moment,
        "verified_at": moment,
        "claimed_until": now + RETRY_AFTER if problem else None,
    }


def _tagged(version_id: int, digest: str | None) -> str | None:
    if digest is not None:
        _SET_TAG.run(version_id=version_id, key=DIGEST, value=digest)
    return digest
