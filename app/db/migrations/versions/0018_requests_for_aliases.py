"""One open request a person, version and alias, where one pattern governs several aliases."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

OPEN = sa.text("state = 'open'")


def upgrade() -> None:
    op.drop_index("uq_transition_request_open", "transition_request")
    op.create_index(
        "uq_transition_request_open",
        "transition_request",
        ["version_id", "stage_id", sa.text("coalesce(alias, '')"), sa.text("coalesce(asker_id, 0)"), "asker"],
        unique=True,
        sqlite_where=OPEN,
        postgresql_where=OPEN,
    )
