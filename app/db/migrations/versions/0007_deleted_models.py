"""The list of deleted models."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

DELETED = sa.text("deleted_at IS NOT NULL")


def upgrade() -> None:
    op.create_index(
        "ix_registered_model_deleted_at",
        "registered_model",
        ["deleted_at", "id"],
        sqlite_where=DELETED,
        postgresql_where=DELETED,
    )
