"""The registry: stages, registered models, versions, tags, aliases, and the events of all of them."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

BigKey = sa.BigInteger().with_variant(sa.Integer, "sqlite")
LIVING = sa.text("deleted_at IS NULL")


def upgrade() -> None:
    _stages()
    _models()
    _versions()
    _tags_and_aliases()
    _events()


def _stages() -> None:
    stage = op.create_table(
        "stage",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("name", sa.String(64), nullable=False, unique=True),
        sa.Column("position", sa.Integer, nullable=False),
    )
    names = ("None", "Staging", "Production", "Archived")
    op.bulk_insert(stage, [{"id": n, "name": name, "position": n} for n, name in enumerate(names, 1)])


def _models() -> None:
    op.create_table(
        "registered_model",
        sa.Column("id", BigKey, primary_key=True),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("description", sa.Text),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("updated_at", sa.BigInteger, nullable=False),
        sa.Column("created_by", sa.String(255), nullable=False),
        sa.Column("next_version", sa.Integer, nullable=False, server_default="1"),
        sa.Column("deleted_at", sa.BigInteger),
    )
    op.create_index(
        "uq_registered_model_name_living",
        "registered_model",
        ["name"],
        unique=True,
        sqlite_where=LIVING,
        postgresql_where=LIVING,
    )
    op.create_index("ix_registered_model_updated_at_name", "registered_model", ["updated_at", "name"])


def _versions() -> None:
    op.create_table(
        "model_version",
        sa.Column("id", BigKey, primary_key=True),
        sa.Column("model_id", sa.BigInteger, sa.ForeignKey("registered_model.id"), nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("stage_id", sa.Integer, sa.ForeignKey("stage.id"), nullable=False),
        sa.Column("description", sa.Text),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("location", sa.Text),
        sa.Column("storage", sa.Text),
        sa.Column("run_uuid", sa.String(64)),
        sa.Column("run_link", sa.Text),
        sa.Column("logged_model", sa.String(64)),
        sa.Column("status", sa.String(20), nullable=False, server_default="READY"),
        sa.Column("status_message", sa.Text),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("updated_at", sa.BigInteger, nullable=False),
        sa.Column("created_by", sa.String(255), nullable=False),
        sa.Column("deleted_at", sa.BigInteger),
        sa.UniqueConstraint("model_id", "number"),
        sa.CheckConstraint("number > 0", name="number_positive"),
    )
    op.create_index(
        "ix_model_version_model_id_stage_id_number",
        "model_version",
        ["model_id", "stage_id", "number"],
        sqlite_where=LIVING,
        postgresql_where=LIVING,
    )
    op.create_index(
        "ix_model_version_model_id_updated_at_number",
        "model_version",
        ["model_id", "updated_at", "number"],
        sqlite_where=LIVING,
        postgresql_where=LIVING,
    )
    op.create_index("ix_model_version_updated_at_id", "model_version", ["updated_at", "id"])
    op.create_index("ix_model_version_run_uuid", "model_version", ["run_uuid"])


def _tags_and_aliases() -> None:
    for noun, parent in (("model", "registered_model"), ("version", "model_version")):
        op.create_table(
            f"{noun}_tag",
            sa.Column(f"{noun}_id", sa.BigInteger, sa.ForeignKey(f"{parent}.id"), primary_key=True),
            sa.Column("key", sa.String(250), primary_key=True),
            sa.Column("value", sa.Text, nullable=False),
        )
        op.create_index(
            f"ix_{noun}_tag_key_start_{noun}_id",
            f"{noun}_tag",
            ["key", sa.text("substr(value, 1, 100)"), f"{noun}_id"],
        )
    op.create_table(
        "alias",
        sa.Column("model_id", sa.BigInteger, sa.ForeignKey("registered_model.id"), primary_key=True),
        sa.Column("name", sa.String(255), primary_key=True),
        sa.Column("version_id", sa.BigInteger, sa.ForeignKey("model_version.id"), nullable=False),
    )
    op.create_index("ix_alias_version_id", "alias", ["version_id"])


def _events() -> None:
    op.create_table(
        "event",
        sa.Column("id", BigKey, primary_key=True),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("kind", sa.String(60), nullable=False),
        sa.Column("actor", sa.String(255), nullable=False),
        sa.Column("model_id", sa.BigInteger, sa.ForeignKey("registered_model.id")),
        sa.Column("version_id", sa.BigInteger, sa.ForeignKey("model_version.id")),
        sa.Column("experiment_id", sa.BigInteger),
        sa.Column("run_id", sa.BigInteger),
        sa.Column("subject", sa.Text),
        sa.Column("before", sa.Text),
        sa.Column("after", sa.Text),
        sa.Column("comment", sa.Text),
    )
    for noun in ("model", "version", "experiment"):
        op.create_index(f"ix_event_{noun}_id_id", "event", [f"{noun}_id", "id"])


def downgrade() -> None:
    for table in ("event", "alias", "version_tag", "model_tag", "model_version", "registered_model", "stage"):
        op.drop_table(table)
