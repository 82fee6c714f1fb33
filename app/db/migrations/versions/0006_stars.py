"""Stars, and the lists of models that somebody made."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "star",
        sa.Column("account_id", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("model_id", sa.BigInteger, sa.ForeignKey("registered_model.id"), primary_key=True),
    )
    op.create_index(
        "ix_registered_model_created_by", "registered_model", ["created_by", "updated_at", "name"]
    )
