"""The index of versions by their files' place, in an order in which PostgreSQL finds what is below a path."""

from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

INDEX = "ix_model_version_storage"


def upgrade() -> None:
    # SQLite compares letter by letter anyway.
    if op.get_bind().dialect.name == "postgresql":
        op.drop_index(INDEX, "model_version")
        op.create_index(INDEX, "model_version", ["storage"], postgresql_ops={"storage": "text_pattern_ops"})
