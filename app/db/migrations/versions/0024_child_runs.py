"""The index of nested runs by the run that they name as their parent."""

from alembic import op
from sqlalchemy import text

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

OF_PARENT = text("key = 'mlflow.parentRunId'")


def upgrade() -> None:
    op.create_index(
        "ix_run_tag_parent_run_id",
        "run_tag",
        [text("substr(value, 1, 100)"), "run_id"],
        sqlite_where=OF_PARENT,
        postgresql_where=OF_PARENT,
    )
