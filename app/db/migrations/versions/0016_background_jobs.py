"""Work that one process does at a time, and the notices of what it finds."""

import warnings

import sqlalchemy as sa
from alembic import op
from sqlalchemy.exc import SAWarning

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "background_job",
        sa.Column("name", sa.String(60), primary_key=True),
        sa.Column("claimed_until", sa.BigInteger),
        sa.Column("ran_at", sa.BigInteger, nullable=False),
    )
    with warnings.catch_warnings():
        # SQLite makes the table anew, for which SQLAlchemy looks at those that it refers to as well; that it cannot
        # read each of their indexes does not matter, since they stay as they are.
        warnings.simplefilter("ignore", SAWarning)
        with op.batch_alter_table("notice") as batch:
            batch.drop_constraint("kind_known", type_="check")
            batch.create_check_constraint("kind_known", "kind IN ('mention', 'emergency', 'mismatch')")
