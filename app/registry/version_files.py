"""The files of versions: which cannot be read, and what is said of those that are elsewhere."""

import re
from typing import NamedTuple

from sqlalchemy import bindparam, literal_column, select, update

from app import manifests
from app.audit import recorder
from app.audit.recorder import Kind
from app.authz.actors import Actor
from app.authz.permissions import Permission
from app.core import clock
from app.db.statements import Statement
from app.manifests import VersionManifest
from app.manifests.tables import ELSEWHERE, UNREADABLE, ManifestOfVersion
from app.manifests.versions import OF_VERSION
from app.registry import access, queries
from app.registry.errors import FilesHeldHere, InvalidDigest
from app.registry.queries import MODEL, VERSION
from app.registry.tables import ModelVersion, RegisteredModel


class UnreadableVersion(NamedTuple):
    """A version, living or deleted, with files that cannot be read, and why not."""

    name: str
    number: int
    problem: str


_UNREADABLE = Statement(
    select(MODEL.name, VERSION.number, OF_VERSION.problem)
    .join_from(ManifestOfVersion.__table__, ModelVersion.__table__, VERSION.id == OF_VERSION.version_id)
    .join(RegisteredModel.__table__, MODEL.id == VERSION.model_id)
    .where(OF_VERSION.state == literal_column(f"'{UNREADABLE}'"))
    .order_by(OF_VERSION.version_id.desc())
    .limit(bindparam("most")),
    UnreadableVersion,
)


_REPORT = Statement(
    update(ManifestOfVersion.__table__)
    .where(OF_VERSION.version_id == bindparam("the_version_id"))
    .values(
        reported_digest=bindparam("new_digest"),
        reported_by=bindparam("new_reporter"),
        reported_at=bindparam("now"),
    )
)
_DIGEST = re.compile(r"[0-9a-f]{64}")


def report_digest(name: str, number: int | str, digest: str, *, actor: Actor) -> VersionManifest:
    """Keeps what somebody says is the digest of files that are elsewhere; the last report counts.

    Raises `VersionNotFound`, `PermissionDenied`, `InvalidDigest`, and `FilesHeldHere` for files whose digest the server
    takes itself.
    """
    if not _DIGEST.fullmatch(digest):
        raise InvalidDigest(digest)
    access.check(name, Permission.MODELS_EDIT, actor)
    row = queries.locked_version(name, number)
    before = manifests.of_version(row.id)
    if before.state != ELSEWHERE:
        raise FilesHeldHere(name, row.number)
    _REPORT.run(the_version_id=row.id, new_digest=digest, new_reporter=actor.name, now=clock.now_ms())
    if before.reported_digest != digest:
        recorder.record(
            Kind.VERSION_DIGEST_REPORTED,
            actor=actor,
            model_id=row.model_id,
            version_id=row.id,
            before=before.reported_digest,
            after=digest,
        )
    return manifests.of_version(row.id)


def unreadable(most: int) -> list[UnreadableVersion]:
    """Returns the versions whose files could not be read, the newest first; for the operator, who sees all."""
    return _UNREADABLE.rows(most=most)
