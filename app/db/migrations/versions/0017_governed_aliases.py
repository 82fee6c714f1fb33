"""Rules of aliases and tags, requests for aliases, and what aliases pointed at when."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

UNENDED = sa.text("to_at IS NULL")


def upgrade() -> None:
    op.add_column("stage", sa.Column("kind", sa.String(10), server_default="stage", nullable=False))
    for name in ("bound_stage_id", "followed_stage_id"):
        op.add_column("stage_rule", sa.Column(name, sa.Integer))
    op.add_column("transition_request", sa.Column("alias", sa.String(255)))
    key = sa.BigInteger().with_variant(sa.Integer, "sqlite")
    op.create_table(
        "alias_interval",
        sa.Column("id", key, primary_key=True),
        sa.Column("model_id", sa.BigInteger, sa.ForeignKey("registered_model.id"), nullable=False),
        sa.Column("version_id", sa.BigInteger, sa.ForeignKey("model_version.id"), nullable=False),
        sa.Column("alias", sa.String(255), nullable=False),
        sa.Column("from_at", sa.BigInteger, nullable=False),
        sa.Column("to_at", sa.BigInteger),
        sa.Column("actor", sa.String(255), nullable=False),
        sa.Column("actor_id", sa.BigInteger),
        sa.Column("request_id", sa.BigInteger, sa.ForeignKey("transition_request.id")),
    )
    op.create_index("ix_alias_interval_model_id_from_at", "alias_interval", ["model_id", "from_at"])
    op.create_index(
        "uq_alias_interval_model_id_alias_unended",
        "alias_interval",
        ["model_id", "alias"],
        unique=True,
        sqlite_where=UNENDED,
        postgresql_where=UNENDED,
    )
    # Aliases of today have pointed where they do since the last event that says so.
    op.execute(
        "INSERT INTO alias_interval (model_id, version_id, alias, from_at, actor, actor_id) "
        "SELECT alias.model_id, alias.version_id, alias.name, "
        "coalesce(event.at, model_version.created_at), coalesce(event.actor, model_version.created_by), event.actor_id "
        "FROM alias JOIN model_version ON model_version.id = alias.version_id "
        "LEFT JOIN event ON event.id = (SELECT max(last.id) FROM event AS last WHERE last.model_id = alias.model_id "
        "AND last.kind = 'alias.set' AND last.subject = alias.name)"
    )
