"""A number that every change of who is who raises, so that processes may remember whom a secret led to.

By triggers: nothing that writes these tables, a statement by hand among it, can forget to.
"""

from collections.abc import Iterator

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

# The columns of a token that say what it is good for; the one beside them changes with its use.
_TOKEN = "account_id, secret_hash, scopes, is_limited, expires_at, revoked_at"  # noqa: S105
_OLD_IS_FOR_ALL = "(OLD.model_id IS NULL AND OLD.experiment_id IS NULL)"
_NEW_IS_FOR_ALL = _OLD_IS_FOR_ALL.replace("OLD", "NEW")

# Table, change, condition. A new account, group or token changes nothing that anybody could remember.
_RAISING = (
    ("account", "UPDATE", ""),
    ("account", "DELETE", ""),
    ("account_group", "UPDATE", ""),
    ("account_group", "DELETE", ""),
    ("membership", "INSERT", ""),
    ("membership", "UPDATE", ""),
    ("membership", "DELETE", ""),
    ("access_token", f"UPDATE OF {_TOKEN}", ""),
    ("access_token", "DELETE", ""),
    # Rights on one model or experiment are asked for each time, and making one of those gives such a right.
    ("permission_grant", "INSERT", _NEW_IS_FOR_ALL),
    ("permission_grant", "UPDATE", f"{_OLD_IS_FOR_ALL} OR {_NEW_IS_FOR_ALL}"),
    ("permission_grant", "DELETE", _OLD_IS_FOR_ALL),
)


def upgrade() -> None:
    op.create_table(
        "account_revision",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("number", sa.BigInteger, nullable=False),
        sa.CheckConstraint("id = 1", name="one_row"),
    )
    op.execute("INSERT INTO account_revision (id, number) VALUES (1, 1)")
    for statement in _on_postgresql() if op.get_bind().dialect.name == "postgresql" else _on_sqlite():
        op.execute(statement)


def _on_sqlite() -> Iterator[str]:
    for table, change, condition in _RAISING:
        yield f"""
            CREATE TRIGGER raise_revision_{table}_{change.split()[0].lower()} AFTER {change} ON {table}
            {f"WHEN {condition}" if condition else ""}
            BEGIN UPDATE account_revision SET number = number + 1; END
        """  # noqa: S608


def _on_postgresql() -> Iterator[str]:
    yield """
        CREATE FUNCTION raise_account_revision() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN UPDATE account_revision SET number = number + 1; RETURN NULL; END $$
    """
    # Deferred to the commit: who raises the number keeps others from it until the end, and would do so
    # for long, and in no order with other locks, if it came first.
    for table, change, condition in _RAISING:
        yield f"""
            CREATE CONSTRAINT TRIGGER raise_revision_{table}_{change.split()[0].lower()} AFTER {change} ON {table}
            DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
            {f"WHEN ({condition})" if condition else ""}
            EXECUTE FUNCTION raise_account_revision()
        """
