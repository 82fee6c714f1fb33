"""The tables of manifests: the digests of files, the manifests, and which version has which."""

from sqlalchemy import BigInteger, ForeignKey, Index, LargeBinary, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from app.db.transactions import Base

# The states of a version's manifest.
PENDING = "pending"  # it is not made yet
READY = "ready"
UNREADABLE = "unreadable"  # a file could not be read; tried again now and then
ELSEWHERE = "elsewhere"  # the version's files are not held here
STATES = (PENDING, READY, UNREADABLE, ELSEWHERE)

TO_BE_MADE = text(f"state IN ('{PENDING}', '{UNREADABLE}')")
MADE = text(f"state = '{READY}'")


class FileDigest(Base):
    """The digest of a file below the artifact root, good only while the file has this tag.

    `path_key` is the SHA-256 of the path, which may be too long for an index.
    """

    __tablename__ = "file_digest"

    path_key: Mapped[str] = mapped_column(String(64), primary_key=True)
    tag: Mapped[str] = mapped_column(String(100))
    size: Mapped[int] = mapped_column(BigInteger)
    sha256: Mapped[str] = mapped_column(String(64))


class StoredManifest(Base):
    """The files of a version with their digests: `files` as `app.manifests.contents` packs them.

    `key` is the SHA-256 of all of it, names included, and is what is compared; `digest` is what is shown, the root
    digest of OpenSSF Model Signing, null where there are no files.
    """

    __tablename__ = "manifest"

    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    digest: Mapped[str | None] = mapped_column(String(64))
    file_count: Mapped[int] = mapped_column(BigInteger)
    total_size: Mapped[int] = mapped_column(BigInteger)
    files: Mapped[bytes] = mapped_column(LargeBinary)
    made_at: Mapped[int] = mapped_column(BigInteger)


class ManifestOfVersion(Base):
    """What is known of a version's files; `storage` is where they lie, as in the version's row.

    `verified_at` is when they were last compared with the manifest, `mismatch_at` since when they are not the same.
    `claimed_until` keeps others from making or verifying it until then; `reported_digest` is what somebody says
    of files that are elsewhere.
    """

    __tablename__ = "version_manifest"
    __table_args__ = (
        # What the background work makes next, newest first, and what it verifies next.
        Index(
            "ix_version_manifest_version_id_to_be_made",
            "version_id",
            sqlite_where=TO_BE_MADE,
            postgresql_where=TO_BE_MADE,
        ),
        Index(
            "ix_version_manifest_verified_at_made",
            "verified_at",
            sqlite_where=MADE,
            postgresql_where=MADE,
        ),
        # The versions that share a manifest, as copies do.
        Index("ix_version_manifest_manifest_key", "manifest_key"),
    )

    version_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("model_version.id"), primary_key=True)
    storage: Mapped[str | None] = mapped_column(Text)
    state: Mapped[str] = mapped_column(String(20))
    manifest_key: Mapped[str | None] = mapped_column(String(64), ForeignKey("manifest.key"))
    problem: Mapped[str | None] = mapped_column(Text)
    made_at: Mapped[int | None] = mapped_column(BigInteger)
    verified_at: Mapped[int | None] = mapped_column(BigInteger)
    mismatch_at: Mapped[int | None] = mapped_column(BigInteger)
    reported_digest: Mapped[str | None] = mapped_column(String(64))
    reported_by: Mapped[str | None] = mapped_column(String(255))
    reported_at: Mapped[int | None] = mapped_column(BigInteger)
    claimed_until: Mapped[int | None] = mapped_column(BigInteger)


class BackgroundJob(Base):
    """Work that one process does at a time: who does it keeps others from it until `claimed_until`."""

    __tablename__ = "background_job"

    name: Mapped[str] = mapped_column(String(60), primary_key=True)
    claimed_until: Mapped[int | None] = mapped_column(BigInteger)
    ran_at: Mapped[int] = mapped_column(BigInteger)
