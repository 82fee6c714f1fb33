"""Tracking: experiments, runs, metrics with their history, parameters and tags; the Default experiment."""

import sqlalchemy as sa
from alembic import op

from app.core import clock

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

BigKey = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    _experiments()
    _runs()
    _metrics()
    _keyed("param", "run", sqlite_with_rowid=False)
    _keyed("run_tag", "run")
    _keyed("experiment_tag", "experiment")


def _experiments() -> None:
    experiment = op.create_table(
        "experiment",
        sa.Column("id", BigKey, primary_key=True),
        sa.Column("name", sa.Text, nullable=False, unique=True),
        sa.Column("artifact_location", sa.Text),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("updated_at", sa.BigInteger, nullable=False),
        sa.Column("created_by", sa.String(255), nullable=False),
        sa.Column("deleted_at", sa.BigInteger),
    )
    op.create_index("ix_experiment_created_at_id", "experiment", ["created_at", "id"])
    op.create_index("ix_experiment_updated_at_id", "experiment", ["updated_at", "id"])
    # MLflow's clients log to experiment 0 until told otherwise. Both databases number further
    # experiments from 1, since neither counts a number below that.
    now = clock.now_ms()
    default = {"id": 0, "name": "Default", "created_at": now, "updated_at": now, "created_by": "greenroom"}
    op.bulk_insert(experiment, [default])


def _runs() -> None:
    op.create_table(
        "run",
        sa.Column("id", BigKey, primary_key=True),
        sa.Column("uuid", sa.String(32), nullable=False, unique=True),
        sa.Column("experiment_id", sa.BigInteger, sa.ForeignKey("experiment.id"), nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("user_id", sa.Text, nullable=False),
        sa.Column("status", sa.String(20), nullable=False),
        sa.Column("start_time", sa.BigInteger, nullable=False),
        sa.Column("end_time", sa.BigInteger),
        sa.Column("artifact_uri", sa.Text, nullable=False),
        sa.Column("created_by", sa.String(255), nullable=False),
        sa.Column("deleted_at", sa.BigInteger),
        sa.CheckConstraint(
            "status IN ('RUNNING', 'SCHEDULED', 'FINISHED', 'FAILED', 'KILLED')", name="status_known"
        ),
    )
    newest = ["experiment_id", "start_time", "uuid"]
    op.create_index("ix_run_experiment_id_start_time_uuid", "run", newest)
    deleted = sa.text("deleted_at IS NOT NULL")
    op.create_index(
        "ix_run_experiment_id_start_time_uuid_deleted",
        "run",
        newest,
        sqlite_where=deleted,
        postgresql_where=deleted,
    )


def _metrics() -> None:
    op.create_table(
        "metric",
        sa.Column("id", BigKey, primary_key=True),
        sa.Column("run_id", sa.BigInteger, sa.ForeignKey("run.id"), nullable=False),
        sa.Column("key", sa.String(250), nullable=False),
        sa.Column("value", sa.Double, nullable=False),
        sa.Column("is_nan", sa.Boolean, nullable=False),
        sa.Column("timestamp", sa.BigInteger, nullable=False),
        sa.Column("step", sa.BigInteger, nullable=False),
        sa.UniqueConstraint("run_id", "key"),
    )
    op.create_table(
        "metric_point",
        sa.Column("metric_id", sa.BigInteger, sa.ForeignKey("metric.id"), primary_key=True),
        sa.Column("timestamp", sa.BigInteger, primary_key=True),
        sa.Column("step", sa.BigInteger, primary_key=True),
        sa.Column("value", sa.Double, primary_key=True),
        sa.Column("is_nan", sa.Boolean, primary_key=True),
        sqlite_with_rowid=False,
    )


def _keyed(table: str, parent: str, **options: bool) -> None:
    """A table of texts by key below `parent`, and the index for filters on a key."""
    op.create_table(
        table,
        sa.Column(f"{parent}_id", sa.BigInteger, sa.ForeignKey(f"{parent}.id"), primary_key=True),
        sa.Column("key", sa.String(250), primary_key=True),
        sa.Column("value", sa.Text, nullable=False),
        **options,
    )
    op.create_index(f"ix_{table}_key_{parent}_id", table, ["key", f"{parent}_id"])


def downgrade() -> None:
    for table in ("experiment_tag", "run_tag", "param", "metric_point", "metric", "run", "experiment"):
        op.drop_table(table)
