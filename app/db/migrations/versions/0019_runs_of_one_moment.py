"""The indexes of an experiment's runs, newest first and those of one moment by id, as MLflow lists them."""

from alembic import op
from sqlalchemy import text

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

DELETED = text("deleted_at IS NOT NULL")


def upgrade() -> None:
    op.create_index(
        "ix_run_experiment_id_newest_uuid", "run", ["experiment_id", text("start_time DESC"), "uuid"]
    )
    op.create_index(
        "ix_run_experiment_id_newest_uuid_deleted",
        "run",
        ["experiment_id", text("start_time DESC"), "uuid"],
        sqlite_where=DELETED,
        postgresql_where=DELETED,
    )
    op.drop_index("ix_run_experiment_id_start_time_uuid", "run")
    op.drop_index("ix_run_experiment_id_start_time_uuid_deleted", "run")
