"""Which content of a version a check is of."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("version_check", sa.Column("content_key", sa.String(80)))
