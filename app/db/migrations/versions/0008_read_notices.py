"""When somebody has read a notice; what lies in inboxes by now counts as read."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("notice", sa.Column("seen_at", sa.BigInteger))
    op.execute("UPDATE notice SET seen_at = at")
    unseen = sa.text("seen_at IS NULL")
    op.create_index(
        "ix_notice_account_id_unseen", "notice", ["account_id"], sqlite_where=unseen, postgresql_where=unseen
    )
