"""Which manifest a version has, and in what state it is."""

from collections.abc import Collection
from typing import NamedTuple

import orjson
from sqlalchemy import bindparam, select

from app.db.statements import Statement, each_of
from app.manifests import contents
from app.manifests.contents import ManifestFile
from app.manifests.tables import PENDING, ManifestOfVersion, StoredManifest


class VersionManifest(NamedTuple):
    """What is known of the files of a version; times in milliseconds.

    `state` is one of `app.manifests.tables.STATES`. What is compared is `key`, what is shown is `digest`. Files that
    are elsewhere have neither, but may have a `reported_digest`. A version whose files are no longer those of its
    manifest has a `mismatch_at`.
    """

    state: str
    key: str | None = None
    digest: str | None = None
    file_count: int = 0
    total_size: int = 0
    problem: str | None = None
    made_at: int | None = None
    verified_at: int | None = None
    mismatch_at: int | None = None
    reported_digest: str | None = None
    reported_by: str | None = None


class _Listed(NamedTuple):
    version_id: int
    state: str
    key: str | None
    digest: str | None
    file_count: int | None
    total_size: int | None
    problem: str | None
    made_at: int | None
    verified_at: int | None
    mismatch_at: int | None
    reported_digest: str | None
    reported_by: str | None

    @property
    def manifest(self) -> VersionManifest:
        known = self._replace(file_count=self.file_count or 0, total_size=self.total_size or 0)
        return VersionManifest(*known[1:])  # type: ignore[arg-type]


MANIFEST = StoredManifest.__table__.c
OF_VERSION = ManifestOfVersion.__table__.c

_SELECT = select(
    OF_VERSION.version_id,
    OF_VERSION.state,
    OF_VERSION.manifest_key.label("key"),
    MANIFEST.digest,
    MANIFEST.file_count,
    MANIFEST.total_size,
    OF_VERSION.problem,
    OF_VERSION.made_at,
    OF_VERSION.verified_at,
    OF_VERSION.mismatch_at,
    OF_VERSION.reported_digest,
    OF_VERSION.reported_by,
).select_from(
    ManifestOfVersion.__table__.outerjoin(StoredManifest.__table__, MANIFEST.key == OF_VERSION.manifest_key)
)
_OF_ONE = Statement(_SELECT.where(OF_VERSION.version_id == bindparam("version_id")), _Listed)
_OF_MANY = Statement(lambda: _SELECT.where(OF_VERSION.version_id.in_(each_of("version_ids", int))), _Listed)
_MISMATCHED = Statement(
    lambda: select(OF_VERSION.version_id).where(
        OF_VERSION.version_id.in_(each_of("version_ids", int)), OF_VERSION.mismatch_at.is_not(None)
    )
)
_FILES = Statement(select(MANIFEST.files).where(MANIFEST.key == bindparam("wanted")))


def of_version(version_id: int) -> VersionManifest:
    """Returns what is known of the version's files; whoever calls this has found the version for the viewer."""
    row = _OF_ONE.first(version_id=version_id)
    return VersionManifest(PENDING) if row is None else row.manifest


def of_versions(version_ids: Collection[int]) -> dict[int, VersionManifest]:
    """Returns the same of several versions, in one statement."""
    if not version_ids:
        return {}
    rows = _OF_MANY.rows(version_ids=orjson.dumps(list(version_ids)).decode())
    return dict.fromkeys(version_ids, VersionManifest(PENDING)) | {
        row.version_id: row.manifest for row in rows
    }


def mismatched(version_ids: Collection[int]) -> set[int]:
    """Returns those of these versions whose files are not those of their manifests."""
    return (
        set(_MISMATCHED.scalars(version_ids=orjson.dumps(list(version_ids)).decode()))
        if version_ids
        else set()
    )


def files(key: str) -> list[ManifestFile]:
    """Returns the files of a manifest in their order."""
    packed = _FILES.scalar(wanted=key)
    return [] if packed is None else contents.unpack(packed)
