"""Which versions name a run that only their client joins to their files."""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "model_version", sa.Column("run_claimed", sa.Boolean, server_default=sa.false(), nullable=False)
    )
    # Of versions from before, those are known that name another run than their logged model's. What lies in an object
    # store cannot be compared with its run's folder here, so there the run counts as claimed.
    op.execute(
        "UPDATE model_version SET run_claimed = true WHERE run_uuid IS NOT NULL AND ("
        "source LIKE 's3:%' OR source LIKE 'gs:%' OR source LIKE 'dbfs:%' "
        "OR location LIKE 's3:%' OR location LIKE 'gs:%' OR location LIKE 'dbfs:%' "
        "OR EXISTS (SELECT 1 FROM logged_model "
        "WHERE logged_model.model_id = model_version.logged_model "
        "AND logged_model.source_run_uuid <> model_version.run_uuid))"
    )
