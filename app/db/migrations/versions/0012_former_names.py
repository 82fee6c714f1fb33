"""The names that models had before they were renamed."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "former_name",
        sa.Column("model_id", sa.BigInteger, sa.ForeignKey("registered_model.id"), nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("until_at", sa.BigInteger, nullable=False),
        sa.Column("forwards", sa.Boolean, server_default=sa.false(), nullable=False),
        sa.PrimaryKeyConstraint("model_id", "name", name="pk_former_name"),
    )
    op.create_index("ix_former_name_name", "former_name", ["name"])
    deleted = sa.text("deleted_at IS NOT NULL")
    op.create_index(
        "ix_registered_model_name_deleted",
        "registered_model",
        ["name"],
        sqlite_where=deleted,
        postgresql_where=deleted,
    )
    # Renamings until now are known from the events about them.
    op.execute(
        "INSERT INTO former_name (model_id, name, until_at) "
        "SELECT model_id, before, max(at) FROM event "
        "WHERE kind = 'model.renamed' AND model_id IS NOT NULL AND before IS NOT NULL GROUP BY model_id, before"
    )
