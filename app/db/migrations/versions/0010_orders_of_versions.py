"""Indexes for every order in which versions can be asked for."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

LIVING = sa.text("deleted_at IS NULL")
ORDERS = (
    ("created_at", "id"),
    ("number", "id"),
    ("stage_id", "updated_at"),
    ("created_by", "updated_at"),
)


def upgrade() -> None:
    op.create_index(
        "ix_model_version_model_id_created_at_number",
        "model_version",
        ["model_id", "created_at", "number"],
        sqlite_where=LIVING,
        postgresql_where=LIVING,
    )
    for first, second in ORDERS:
        op.create_index(f"ix_model_version_{first}_{second}", "model_version", [first, second])
