"""Logged models with their tags, parameters and metrics; data sets, and what runs used and made."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

BigKey = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    _logged_models()
    _keyed("logged_model_tag")
    _keyed("logged_model_param")
    _logged_model_metrics()
    _datasets()
    _run_models()


def _logged_models() -> None:
    op.create_table(
        "logged_model",
        sa.Column("id", BigKey, primary_key=True),
        sa.Column("model_id", sa.String(36), nullable=False, unique=True),
        sa.Column("experiment_id", sa.BigInteger, sa.ForeignKey("experiment.id"), nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("artifact_uri", sa.Text, nullable=False),
        sa.Column("status", sa.String(20), nullable=False),
        sa.Column("status_message", sa.Text),
        sa.Column("model_type", sa.Text, nullable=False),
        sa.Column("source_run_uuid", sa.String(64), nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("updated_at", sa.BigInteger, nullable=False),
        sa.Column("created_by", sa.String(255), nullable=False),
        sa.Column("deleted_at", sa.BigInteger),
        sa.CheckConstraint("status IN ('UNSPECIFIED', 'PENDING', 'READY', 'FAILED')", name="status_known"),
    )
    op.create_index(
        "ix_logged_model_experiment_id_created_at", "logged_model", ["experiment_id", "created_at"]
    )
    op.create_index("ix_logged_model_source_run_uuid", "logged_model", ["source_run_uuid"])


def _keyed(table: str) -> None:
    op.create_table(
        table,
        sa.Column("logged_model_id", sa.BigInteger, sa.ForeignKey("logged_model.id"), primary_key=True),
        sa.Column("key", sa.String(255), primary_key=True),
        sa.Column("value", sa.Text, nullable=False),
    )
    op.create_index(f"ix_{table}_key_logged_model_id", table, ["key", "logged_model_id"])


def _logged_model_metrics() -> None:
    op.create_table(
        "logged_model_metric",
        sa.Column("id", BigKey, primary_key=True),
        sa.Column("logged_model_id", sa.BigInteger, sa.ForeignKey("logged_model.id"), nullable=False),
        sa.Column("key", sa.String(250), nullable=False),
        sa.Column("value", sa.Double, nullable=False),
        sa.Column("is_nan", sa.Boolean, nullable=False),
        sa.Column("timestamp", sa.BigInteger, nullable=False),
        sa.Column("step", sa.BigInteger, nullable=False),
        sa.Column("run_id", sa.BigInteger, sa.ForeignKey("run.id"), nullable=False),
        sa.Column("dataset_name", sa.String(500)),
        sa.Column("dataset_digest", sa.String(36)),
        sa.UniqueConstraint(
            "logged_model_id", "key", "timestamp", "step", "run_id", name="uq_logged_model_metric_point"
        ),
    )
    op.create_index(
        "ix_logged_model_metric_key_logged_model_id", "logged_model_metric", ["key", "logged_model_id"]
    )
    op.create_index(
        "ix_logged_model_metric_dataset",
        "logged_model_metric",
        ["dataset_name", "dataset_digest", "logged_model_id"],
    )


def _datasets() -> None:
    op.create_table(
        "dataset",
        sa.Column("id", BigKey, primary_key=True),
        sa.Column("experiment_id", sa.BigInteger, sa.ForeignKey("experiment.id"), nullable=False),
        sa.Column("name", sa.String(500), nullable=False),
        sa.Column("digest", sa.String(36), nullable=False),
        sa.Column("source_type", sa.Text, nullable=False),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("schema", sa.Text),
        sa.Column("profile", sa.Text),
        sa.UniqueConstraint("experiment_id", "name", "digest"),
    )
    op.create_table(
        "dataset_input",
        sa.Column("id", BigKey, primary_key=True),
        sa.Column("run_id", sa.BigInteger, sa.ForeignKey("run.id"), nullable=False),
        sa.Column("dataset_id", sa.BigInteger, sa.ForeignKey("dataset.id"), nullable=False),
        sa.UniqueConstraint("run_id", "dataset_id"),
    )
    op.create_index("ix_dataset_input_dataset_id", "dataset_input", ["dataset_id"])
    op.create_table(
        "dataset_input_tag",
        sa.Column("dataset_input_id", sa.BigInteger, sa.ForeignKey("dataset_input.id"), primary_key=True),
        sa.Column("key", sa.String(255), primary_key=True),
        sa.Column("value", sa.String(500), nullable=False),
    )


def _run_models() -> None:
    op.create_table(
        "run_model",
        sa.Column("id", BigKey, primary_key=True),
        sa.Column("run_id", sa.BigInteger, sa.ForeignKey("run.id"), nullable=False),
        sa.Column("direction", sa.String(10), nullable=False),
        sa.Column("model_id", sa.String(64), nullable=False),
        sa.Column("step", sa.BigInteger, nullable=False),
        sa.UniqueConstraint("run_id", "direction", "model_id"),
        sa.CheckConstraint("direction IN ('input', 'output')", name="direction_known"),
    )
    op.create_index("ix_run_model_model_id", "run_model", ["model_id"])


def downgrade() -> None:
    for table in (
        "run_model",
        "dataset_input_tag",
        "dataset_input",
        "dataset",
        "logged_model_metric",
        "logged_model_param",
        "logged_model_tag",
        "logged_model",
    ):
        op.drop_table(table)
