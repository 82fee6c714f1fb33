"""The manifests of versions: the digests of all of their files."""

import hashlib
import zlib

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

_EMPTY_KEY = hashlib.sha256(b"[]").hexdigest()
_EMPTY = {
    "key": _EMPTY_KEY,
    "digest": None,
    "file_count": 0,
    "total_size": 0,
    "files": zlib.compress(b"[]", 1),
    "made_at": 0,
}
# Prompts have no files; their clients send one of these as source.
_PROMPTS = "source IN ('dummy-source', 'prompt-template')"


def upgrade() -> None:
    op.create_table(
        "file_digest",
        sa.Column("path_key", sa.String(64), primary_key=True),
        sa.Column("tag", sa.String(100), nullable=False),
        sa.Column("size", sa.BigInteger, nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
    )
    manifest = op.create_table(
        "manifest",
        sa.Column("key", sa.String(64), primary_key=True),
        sa.Column("digest", sa.String(64)),
        sa.Column("file_count", sa.BigInteger, nullable=False),
        sa.Column("total_size", sa.BigInteger, nullable=False),
        sa.Column("files", sa.LargeBinary, nullable=False),
        sa.Column("made_at", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "version_manifest",
        sa.Column("version_id", sa.BigInteger, sa.ForeignKey("model_version.id"), primary_key=True),
        sa.Column("storage", sa.Text),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("manifest_key", sa.String(64), sa.ForeignKey("manifest.key")),
        sa.Column("problem", sa.Text),
        sa.Column("made_at", sa.BigInteger),
        sa.Column("verified_at", sa.BigInteger),
        sa.Column("mismatch_at", sa.BigInteger),
        sa.Column("reported_digest", sa.String(64)),
        sa.Column("reported_by", sa.String(255)),
        sa.Column("reported_at", sa.BigInteger),
        sa.Column("claimed_until", sa.BigInteger),
    )
    for name, column, condition in (
        ("version_id_to_be_made", "version_id", "state IN ('pending', 'unreadable')"),
        ("verified_at_made", "verified_at", "state = 'ready'"),
    ):
        op.create_index(
            f"ix_version_manifest_{name}",
            "version_manifest",
            [column],
            sqlite_where=sa.text(condition),
            postgresql_where=sa.text(condition),
        )
    op.create_index("ix_version_manifest_manifest_key", "version_manifest", ["manifest_key"])
    _begin_those_there_are(manifest)


def _begin_those_there_are(manifest: sa.Table) -> None:
    """Leaves the versions that there are to the background work, but for those without files here."""
    op.bulk_insert(manifest, [_EMPTY])
    op.execute(
        "INSERT INTO version_manifest (version_id, storage, state) SELECT id, storage, "  # noqa: S608
        f"CASE WHEN storage IS NULL THEN 'elsewhere' ELSE 'pending' END FROM model_version WHERE NOT {_PROMPTS}"
    )
    op.execute(
        "INSERT INTO version_manifest (version_id, state, manifest_key, made_at, verified_at) "  # noqa: S608
        f"SELECT id, 'ready', '{_EMPTY_KEY}', created_at, created_at FROM model_version WHERE {_PROMPTS}"
    )
