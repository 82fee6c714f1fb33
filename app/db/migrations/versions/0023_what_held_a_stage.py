"""What a version was when it came into a stage, and what a rule says of rolling back to one that changed since."""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Null in periods from before: what held the stage then is not known.
    op.add_column("stage_interval", sa.Column("content_key", sa.String(80)))
    op.add_column("stage_interval", sa.Column("facts", sa.Text))
    op.add_column("stage_interval", sa.Column("metrics", sa.Text))
    op.add_column(
        "stage_rule", sa.Column("rollback_changed", sa.String(10), server_default="refuse", nullable=False)
    )
