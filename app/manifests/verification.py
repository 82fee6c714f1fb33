"""Reads the files of a version again and compares them with its manifest, whatever is known of them."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from sqlalchemy import BigInteger, bindparam, select, update

from app.artifacts import StoredFile
from app.authz.actors import Actor
from app.core import clock
from app.db.statements import Statement
from app.db.transactions import transaction
from app.manifests import file_digests, reading, versions
from app.manifests.contents import ManifestFile
from app.manifests.reading import Unreadable
from app.manifests.tables import MADE, READY, ManifestOfVersion
from app.manifests.versions import OF_VERSION

SERVER = Actor(name="the server")
"""Who finds out at night that files changed. No account can have this name."""

CHANGED, MISSING, ADDED = "changed", "missing", "added"
_FILES_PER_WRITE = 500
_MAX_NAMED = 5


class Difference(NamedTuple):
    """A file that is not as in the manifest, and what is wrong with it."""

    path: str
    what: str


class Verification(NamedTuple):
    """What came of reading the files of a version again.

    `matches` is None where there is nothing to compare, as the `state` says, or where the files could not be read,
    as the `problem` says.
    """

    state: str
    matches: bool | None
    differences: Sequence[Difference]
    problem: str | None = None


class Finding(NamedTuple):
    """A version whose files turned out not to be those of its manifest, or to be so again."""

    version_id: int
    matches: bool
    summary: str


class _Stored(NamedTuple):
    storage: str | None
    state: str
    key: str | None
    problem: str | None


class _Sharing(NamedTuple):
    version_id: int
    mismatch_at: int | None


def _tell_nobody(_findings: Sequence[Finding], *, actor: Actor) -> None:
    return


# Who is told, in the transaction that stores it: nobody, until the application says who knows
# (`app.approvals.changed_files.tell`), since approvals lie above this package.
tell: Callable[..., None] = _tell_nobody

_TABLE = ManifestOfVersion.__table__
_STORED = Statement(
    select(
        OF_VERSION.storage, OF_VERSION.state, OF_VERSION.manifest_key.label("key"), OF_VERSION.problem
    ).where(OF_VERSION.version_id == bindparam("version_id")),
    _Stored,
)
# Copies lie in the same place: what is found of one is found of all.
_SHARED = (
    OF_VERSION.manifest_key == bindparam("key"),
    OF_VERSION.storage == bindparam("at_storage"),
    MADE,
)
_SHARING = Statement(
    select(OF_VERSION.version_id, OF_VERSION.mismatch_at)
    .where(*_SHARED)
    .order_by(OF_VERSION.version_id)
    .with_for_update(),
    _Sharing,
)
_STORE = Statement(
    update(_TABLE)
    .where(*_SHARED)
    .values(
        verified_at=bindparam("now"),
        mismatch_at=bindparam("new_mismatch_at", type_=BigInteger),
        problem=None,
    )
)
_STORE_PROBLEM = Statement(
    update(_TABLE).where(*_SHARED).values(verified_at=bindparam("now"), problem=bindparam("new_problem"))
)
_STORE_ONE = Statement(
    update(_TABLE)
    .where(OF_VERSION.version_id == bindparam("the_version_id"))
    .values(verified_at=bindparam("now"))
)


def verify(
    version_id: int, *, actor: Actor = SERVER, pause: Callable[[], None] = lambda: None
) -> Verification:
    """Reads all files of the version again, and stores whether they are those of its manifest.

    In transactions of its own, so it must not run inside of one that writes. A mismatch stays until the files match
    again. Files that cannot be read are neither: a disk that is away for a night has not changed anything.
    """
    with transaction(read_only=True):
        stored = _STORED.first(version_id=version_id)
        if stored is None or stored.state != READY or stored.key is None:
            state = versions.of_version(version_id).state
            return Verification(state, None, (), stored.problem if stored else None)
        expected = {file.path: file for file in versions.files(stored.key)}
    if stored.storage is None:
        with transaction():
            _STORE_ONE.run(the_version_id=version_id, now=clock.now_ms())
        return Verification(READY, True, ())
    try:
        differences = _differences(stored.storage, expected, pause)
    except Unreadable as error:
        with transaction():
            _STORE_PROBLEM.run(
                key=stored.key, at_storage=stored.storage, now=clock.now_ms(), new_problem=str(error)
            )
        return Verification(READY, None, (), str(error))
    _store(stored.key, stored.storage, differences, actor)
    return Verification(READY, not differences, differences)


def summary(differences: Sequence[Difference]) -> str:
    """Returns the first of the differences in words: "MLmodel changed, model.pkl missing and 3 more"."""
    named = ", ".join(f"{one.path} {one.what}" for one in differences[:_MAX_NAMED])
    more = len(differences) - _MAX_NAMED
    return f"{named} and {more} more" if more > 0 else named


def _differences(
    storage: str, expected: dict[str, ManifestFile], pause: Callable[[], None]
) -> list[Difference]:
    """Returns what differs, in the order of the paths. Raises `Unreadable`."""
    present = reading.list_files(storage)
    differences = [Difference(path, MISSING) for path in expected.keys() - {file.path for file in present}]
    taken: list[tuple[StoredFile, str]] = []
    for file in present:
        wanted = expected.get(file.path)
        if wanted is None:
            differences.append(Difference(file.path, ADDED))
            continue
        now, sha256 = reading.take(storage, file, lambda _count: pause())
        if sha256 != wanted.sha256:
            differences.append(Difference(file.path, CHANGED))
        taken.append((now, sha256))
        if len(taken) >= _FILES_PER_WRITE:
            _keep(storage, taken)
            taken = []
        pause()
    _keep(storage, taken)
    return sorted(differences)


def _keep(storage: str, taken: list[tuple[StoredFile, str]]) -> None:
    # Bytes that rot on a disk leave a file's tag as it is: whoever registers it next gets the digest of what is there.
    with transaction():
        file_digests.record_all(storage, taken)


def _store(key: str, storage: str, differences: list[Difference], actor: Actor) -> None:
    with transaction():
        now, matches = clock.now_ms(), not differences
        sharing = _SHARING.rows(key=key, at_storage=storage)
        since = min((row.mismatch_at for row in sharing if row.mismatch_at is not None), default=now)
        _STORE.run(key=key, at_storage=storage, now=now, new_mismatch_at=None if matches else since)
        findings = [
            Finding(row.version_id, matches, summary(differences))
            for row in sharing
            if (row.mismatch_at is None) is not matches
        ]
        if findings:
            tell(findings, actor=actor)
