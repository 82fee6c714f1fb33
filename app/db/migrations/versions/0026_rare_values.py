"""Indexes that searches begin with: values that few runs have, a day of the log, the last holders of a stage."""

from alembic import op
from sqlalchemy import text

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None

START = text("substr(value, 1, 100)")


def upgrade() -> None:
    op.drop_index("ix_run_tag_parent_run_id", "run_tag")
    op.drop_index("ix_run_tag_key_run_id", "run_tag")
    op.create_index("ix_run_tag_key_start_run_id", "run_tag", ["key", START, "run_id"])
    op.drop_index("ix_param_key_run_id", "param")
    op.create_index("ix_param_key_start_run_id", "param", ["key", START, "run_id"])
    op.create_index("ix_metric_searched_value_run_id", "metric", [text("(key || '')"), "value", "run_id"])
    op.create_index("ix_event_at_id", "event", ["at", "id"])
    op.create_index(
        "ix_stage_interval_model_id_stage_id_id", "stage_interval", ["model_id", "stage_id", "id"]
    )
