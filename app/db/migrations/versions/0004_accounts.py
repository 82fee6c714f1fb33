"""Accounts, groups, rights, tokens and sessions; what it takes to move a version into a stage."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

BigKey = sa.BigInteger().with_variant(sa.Integer, "sqlite")
LIVING = sa.text("deleted_at IS NULL")


def upgrade() -> None:
    _accounts()
    _groups()
    _grants()
    _tokens()
    _sessions()
    # 30 is what it takes for Staging, 40 for Production (app.authz.levels).
    op.add_column("stage", sa.Column("level", sa.Integer, nullable=False, server_default="30"))
    op.execute("UPDATE stage SET level = 40 WHERE name = 'Production'")
    op.add_column("event", sa.Column("actor_id", sa.BigInteger))
    op.create_index("ix_event_actor_id_id", "event", ["actor_id", "id"])
    op.create_index("ix_event_kind_id", "event", ["kind", "id"])
    op.create_index("ix_model_version_storage", "model_version", ["storage"])


def _living_key(table: str, *columns: str) -> None:
    op.create_index(
        f"uq_{table}_{'_'.join(columns)}_living",
        table,
        list(columns),
        unique=True,
        sqlite_where=LIVING,
        postgresql_where=LIVING,
    )


def _accounts() -> None:
    op.create_table(
        "account",
        sa.Column("id", BigKey, primary_key=True),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("name", sa.String(255), nullable=False),
        sa.Column("name_key", sa.String(255), nullable=False),
        sa.Column("full_name", sa.Text),
        sa.Column("password_hash", sa.Text),
        sa.Column("is_admin", sa.Boolean, nullable=False, server_default=sa.false()),
        sa.Column("issuer", sa.Text),
        sa.Column("subject", sa.Text),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("created_by", sa.String(255), nullable=False),
        sa.Column("disabled_at", sa.BigInteger),
        sa.Column("deleted_at", sa.BigInteger),
        sa.CheckConstraint("kind IN ('user', 'service')", name="kind_known"),
    )
    _living_key("account", "name_key")
    _living_key("account", "issuer", "subject")


def _groups() -> None:
    op.create_table(
        "account_group",
        sa.Column("id", BigKey, primary_key=True),
        sa.Column("name", sa.String(255), nullable=False),
        sa.Column("name_key", sa.String(255), nullable=False),
        sa.Column("description", sa.Text),
        sa.Column("is_admin", sa.Boolean, nullable=False, server_default=sa.false()),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("created_by", sa.String(255), nullable=False),
        sa.Column("deleted_at", sa.BigInteger),
    )
    _living_key("account_group", "name_key")
    op.create_table(
        "membership",
        sa.Column("account_id", sa.BigInteger, sa.ForeignKey("account.id"), primary_key=True),
        sa.Column("group_id", sa.BigInteger, sa.ForeignKey("account_group.id"), primary_key=True),
        sa.Column("is_external", sa.Boolean, nullable=False, server_default=sa.false()),
    )
    op.create_index("ix_membership_group_id", "membership", ["group_id"])


def _grants() -> None:
    op.create_table(
        "permission_grant",
        sa.Column("id", BigKey, primary_key=True),
        sa.Column("area", sa.String(20), nullable=False),
        sa.Column("model_id", sa.BigInteger, sa.ForeignKey("registered_model.id")),
        sa.Column("experiment_id", sa.BigInteger, sa.ForeignKey("experiment.id")),
        sa.Column("account_id", sa.BigInteger, sa.ForeignKey("account.id")),
        sa.Column("group_id", sa.BigInteger, sa.ForeignKey("account_group.id")),
        sa.Column("level", sa.Integer, nullable=False),
        sa.CheckConstraint("area IN ('models', 'experiments')", name="area_known"),
        sa.CheckConstraint("model_id IS NULL OR area = 'models'", name="model_in_models"),
        sa.CheckConstraint("experiment_id IS NULL OR area = 'experiments'", name="experiment_in_experiments"),
        sa.CheckConstraint("account_id IS NULL OR group_id IS NULL", name="one_principal"),
        sa.CheckConstraint("level > 0", name="level_positive"),
    )
    op.create_index(
        "uq_permission_grant_object_principal",
        "permission_grant",
        [
            "area",
            sa.text("coalesce(model_id, 0)"),
            sa.text("coalesce(experiment_id, -1)"),
            sa.text("coalesce(account_id, 0)"),
            sa.text("coalesce(group_id, 0)"),
        ],
        unique=True,
    )
    op.create_index("ix_permission_grant_account_id", "permission_grant", ["account_id", "group_id"])
    for column in ("group_id", "model_id", "experiment_id"):
        op.create_index(f"ix_permission_grant_{column}", "permission_grant", [column])


def _tokens() -> None:
    op.create_table(
        "access_token",
        sa.Column("id", BigKey, primary_key=True),
        sa.Column("account_id", sa.BigInteger, sa.ForeignKey("account.id"), nullable=False),
        sa.Column("name", sa.String(255), nullable=False),
        sa.Column("secret_hash", sa.String(64), nullable=False, unique=True),
        sa.Column("hint", sa.String(20), nullable=False),
        sa.Column("scopes", sa.String(100)),
        sa.Column("is_limited", sa.Boolean, nullable=False, server_default=sa.false()),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("created_by", sa.String(255), nullable=False),
        sa.Column("expires_at", sa.BigInteger),
        sa.Column("revoked_at", sa.BigInteger),
        sa.Column("last_used_at", sa.BigInteger),
    )
    op.create_index("ix_access_token_account_id", "access_token", ["account_id"])
    op.create_table(
        "access_token_model",
        sa.Column("token_id", sa.BigInteger, sa.ForeignKey("access_token.id"), primary_key=True),
        sa.Column("model_id", sa.BigInteger, sa.ForeignKey("registered_model.id"), primary_key=True),
    )


def _sessions() -> None:
    op.create_table(
        "web_session",
        sa.Column("id", BigKey, primary_key=True),
        sa.Column("account_id", sa.BigInteger, sa.ForeignKey("account.id"), nullable=False),
        sa.Column("secret_hash", sa.String(64), nullable=False, unique=True),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("last_seen_at", sa.BigInteger, nullable=False),
        sa.Column("expires_at", sa.BigInteger, nullable=False),
        sa.Column("ended_at", sa.BigInteger),
        sa.Column("user_agent", sa.Text, nullable=False),
        sa.Column("address", sa.String(64), nullable=False),
    )
    op.create_index("ix_web_session_account_id", "web_session", ["account_id"])
    op.create_table(
        "failed_sign_in",
        sa.Column("id", BigKey, primary_key=True),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("name_key", sa.String(255), nullable=False),
        sa.Column("address", sa.String(64), nullable=False),
    )
    op.create_index("ix_failed_sign_in_name_key_at", "failed_sign_in", ["name_key", "at"])
    op.create_index("ix_failed_sign_in_address_at", "failed_sign_in", ["address", "at"])


def downgrade() -> None:
    op.drop_index("ix_model_version_storage", "model_version")
    op.drop_index("ix_event_kind_id", "event")
    op.drop_index("ix_event_actor_id_id", "event")
    with op.batch_alter_table("event") as batch:
        batch.drop_column("actor_id")
    with op.batch_alter_table("stage") as batch:
        batch.drop_column("level")
    for table in (
        "failed_sign_in",
        "web_session",
        "access_token_model",
        "access_token",
        "permission_grant",
        "membership",
        "account_group",
        "account",
    ):
        op.drop_table(table)
