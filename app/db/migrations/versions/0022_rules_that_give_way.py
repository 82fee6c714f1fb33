"""Rules of aliases that managers of a model set, which give way to those for all models."""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("stage_rule", sa.Column("gives_way", sa.Boolean, server_default=sa.false(), nullable=False))
