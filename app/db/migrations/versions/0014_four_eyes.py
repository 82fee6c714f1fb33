"""Who stands behind a token, a request and an approval."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("access_token", sa.Column("created_by_id", sa.BigInteger))
    op.add_column("transition_request", sa.Column("token_maker_id", sa.BigInteger))
    op.add_column("transition_request", sa.Column("service_creator_id", sa.BigInteger))
    op.add_column("transition_approval", sa.Column("token_maker_id", sa.BigInteger))
    # Tokens know their makers by name until now. One made by its owner is told by that name as well; of two
    # accounts that had a name one after the other, the later is meant more often.
    op.execute(
        "UPDATE access_token SET created_by_id = "
        "(SELECT max(account.id) FROM account WHERE account.name = access_token.created_by)"
    )
