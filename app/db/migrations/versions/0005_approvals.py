"""Stages with colour and purpose, their rules, requests and approvals, checks, comments, and a history."""

from collections.abc import Iterator
from itertools import groupby
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

BigKey = sa.BigInteger().with_variant(sa.Integer, "sqlite")
OPEN = sa.text("state = 'open'")
UNENDED = sa.text("to_at IS NULL")
NONE = 1
CHUNK = 5_000


def upgrade() -> None:
    _stages()
    _rules()
    _requests()
    _approvals()
    _talk()
    _notices()
    _history()
    _fill_history(op.get_bind())
    # Made last: filling a table is quicker without them.
    op.create_index("ix_stage_interval_model_id_from_at", "stage_interval", ["model_id", "from_at"])
    op.create_index("ix_stage_interval_version_id_id", "stage_interval", ["version_id", "id"])
    op.create_index(
        "uq_stage_interval_version_id_unended",
        "stage_interval",
        ["version_id"],
        unique=True,
        sqlite_where=UNENDED,
        postgresql_where=UNENDED,
    )


def _key(name: str, target: str, *, null: bool = False) -> sa.Column:
    kind = sa.Integer if target == "stage" else sa.BigInteger
    return sa.Column(name, kind, sa.ForeignKey(f"{target}.id"), nullable=null)


def _flags(*names: str) -> list[sa.Column]:
    return [sa.Column(name, sa.Boolean, nullable=False, server_default=sa.false()) for name in names]


def _stages() -> None:
    op.add_column("stage", sa.Column("colour", sa.String(20), nullable=False, server_default="blue"))
    op.add_column("stage", sa.Column("purpose", sa.Text, nullable=False, server_default=""))
    op.add_column("stage", sa.Column("removed_at", sa.BigInteger))
    for name, colour, purpose in (
        ("None", "grey", "Registered, not in use yet."),
        ("Staging", "amber", "Being tested."),
        ("Production", "green", "Live."),
        ("Archived", "violet", "Retired."),
    ):
        stage = sa.table("stage", sa.column("name"), sa.column("colour"), sa.column("purpose"))
        op.execute(stage.update().where(stage.c.name == name).values(colour=colour, purpose=purpose))


def _rules() -> None:
    op.create_table(
        "stage_rule",
        sa.Column("id", BigKey, primary_key=True),
        _key("stage_id", "stage"),
        _key("model_id", "registered_model", null=True),
        sa.Column("approvals", sa.Integer, nullable=False, server_default="1"),
        *_flags("asker_counts", "must_ask", "is_exclusive", "needs_description", "needs_schema"),
        sa.Column("checks", sa.Text, nullable=False, server_default="[]"),
        sa.Column("tags", sa.Text, nullable=False, server_default="[]"),
        sa.CheckConstraint("approvals > 0", name="approvals_positive"),
    )
    op.create_index(
        "uq_stage_rule_stage_id_model_id",
        "stage_rule",
        ["stage_id", sa.text("coalesce(model_id, 0)")],
        unique=True,
    )
    op.create_table(
        "stage_rule_group",
        sa.Column("rule_id", sa.BigInteger, sa.ForeignKey("stage_rule.id"), primary_key=True),
        sa.Column("role", sa.String(20), primary_key=True),
        sa.Column("group_id", sa.BigInteger, sa.ForeignKey("account_group.id"), primary_key=True),
        sa.CheckConstraint("role IN ('approves', 'moves', 'emergency')", name="role_known"),
    )
    op.create_index("ix_stage_rule_group_group_id", "stage_rule_group", ["group_id"])


def _requests() -> None:
    op.create_table(
        "transition_request",
        sa.Column("id", BigKey, primary_key=True),
        _key("model_id", "registered_model"),
        _key("version_id", "model_version"),
        _key("stage_id", "stage"),
        _key("from_stage_id", "stage"),
        sa.Column("asker", sa.String(255), nullable=False),
        _key("asker_id", "account", null=True),
        sa.Column("asked_at", sa.BigInteger, nullable=False),
        sa.Column("comment", sa.Text),
        *_flags("archive_others"),
        sa.Column("facts", sa.Text, nullable=False),
        sa.Column("state", sa.String(20), nullable=False, server_default="open"),
        sa.Column("decided_by", sa.String(255)),
        _key("decided_by_id", "account", null=True),
        sa.Column("decided_at", sa.BigInteger),
        sa.Column("reason", sa.Text),
        sa.CheckConstraint(
            "state IN ('open', 'approved', 'rejected', 'withdrawn', 'overtaken')", name="state_known"
        ),
    )
    op.create_index(
        "uq_transition_request_open",
        "transition_request",
        ["version_id", "stage_id", sa.text("coalesce(asker_id, 0)"), "asker"],
        unique=True,
        sqlite_where=OPEN,
        postgresql_where=OPEN,
    )
    op.create_index(
        "ix_transition_request_open_id",
        "transition_request",
        ["id"],
        sqlite_where=OPEN,
        postgresql_where=OPEN,
    )
    for column in ("asker_id", "version_id", "decided_at"):
        op.create_index(f"ix_transition_request_{column}_id", "transition_request", [column, "id"])


def _approvals() -> None:
    op.create_table(
        "transition_approval",
        sa.Column("id", BigKey, primary_key=True),
        _key("request_id", "transition_request"),
        sa.Column("approver", sa.String(255), nullable=False),
        _key("approver_id", "account", null=True),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("comment", sa.Text),
        sa.Column("facts", sa.Text, nullable=False),
    )
    op.create_index(
        "uq_transition_approval_request_id_approver",
        "transition_approval",
        ["request_id", sa.text("coalesce(approver_id, 0)"), "approver"],
        unique=True,
    )
    op.create_index("ix_transition_approval_approver_id", "transition_approval", ["approver_id"])


def _talk() -> None:
    op.create_table(
        "version_check",
        sa.Column("version_id", sa.BigInteger, sa.ForeignKey("model_version.id"), primary_key=True),
        sa.Column("name", sa.String(100), primary_key=True),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("link", sa.Text),
        sa.Column("summary", sa.Text),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("actor", sa.String(255), nullable=False),
        sa.Column("actor_id", sa.BigInteger),
        sa.CheckConstraint("state IN ('pending', 'passed', 'failed')", name="state_known"),
    )
    op.create_table(
        "version_comment",
        sa.Column("id", BigKey, primary_key=True),
        _key("model_id", "registered_model"),
        _key("version_id", "model_version"),
        sa.Column("author", sa.String(255), nullable=False),
        _key("author_id", "account", null=True),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("updated_at", sa.BigInteger, nullable=False),
        sa.Column("deleted_at", sa.BigInteger),
    )
    op.create_index("ix_version_comment_version_id_id", "version_comment", ["version_id", "id"])


def _notices() -> None:
    op.create_table(
        "notice",
        sa.Column("id", BigKey, primary_key=True),
        _key("account_id", "account"),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("actor", sa.String(255), nullable=False),
        _key("model_id", "registered_model"),
        _key("version_id", "model_version"),
        _key("stage_id", "stage", null=True),
        _key("comment_id", "version_comment", null=True),
        _key("request_id", "transition_request", null=True),
        sa.Column("text", sa.Text),
        sa.CheckConstraint("kind IN ('mention', 'emergency')", name="kind_known"),
    )
    op.create_index("ix_notice_account_id_id", "notice", ["account_id", "id"])
    op.create_index("ix_notice_comment_id", "notice", ["comment_id"])


def _history() -> None:
    op.create_table(
        "stage_interval",
        sa.Column("id", BigKey, primary_key=True),
        _key("model_id", "registered_model"),
        _key("version_id", "model_version"),
        _key("stage_id", "stage"),
        sa.Column("from_at", sa.BigInteger, nullable=False),
        sa.Column("to_at", sa.BigInteger),
        sa.Column("actor", sa.String(255), nullable=False),
        sa.Column("actor_id", sa.BigInteger),
        _key("request_id", "transition_request", null=True),
        sa.CheckConstraint("to_at IS NULL OR to_at >= from_at", name="ends_after_it_begins"),
    )


def _fill_history(connection: sa.Connection) -> None:
    """One row for each stay that the events tell of; where they tell nothing, the version's own row does."""
    interval = sa.table(
        "stage_interval",
        *(
            sa.column(name)
            for name in ("model_id", "version_id", "stage_id", "from_at", "to_at", "actor", "actor_id")
        ),
    )
    stages = {name: id_ for id_, name in connection.execute(sa.text("SELECT id, name FROM stage"))}
    versions = connection.execute(
        sa.text(
            "SELECT v.id, v.model_id, v.stage_id, v.created_at, v.updated_at, v.created_by,"
            " coalesce(v.deleted_at, m.deleted_at) FROM model_version v"
            " JOIN registered_model m ON m.id = v.model_id ORDER BY v.id"
        )
    )
    moves = connection.execute(
        sa.text(
            "SELECT version_id, at, after, actor, actor_id FROM event WHERE version_id IS NOT NULL"
            " AND kind IN ('version.transitioned', 'version.archived_by_successor') ORDER BY version_id, id"
        )
    )
    by_version = _Grouped(moves)
    waiting: list[dict] = []
    for version in versions:
        waiting += _stays(version, by_version.take(version[0]), stages)
        if len(waiting) >= CHUNK:
            connection.execute(interval.insert(), waiting)
            waiting = []
    if waiting:
        connection.execute(interval.insert(), waiting)


class _Grouped:
    """Rows in the order of their first column, handed out by it in rising order."""

    def __init__(self, rows: Iterator | sa.CursorResult):
        self._groups = groupby(rows, key=lambda row: row[0])
        self._key: int | None = None
        self._rows: Iterator[Any] = iter(())
        self._step()

    def _step(self) -> None:
        self._key, self._rows = next(self._groups, (None, iter(())))

    def take(self, key: int) -> list:
        while self._key is not None and self._key < key:
            self._step()
        if self._key != key:
            return []
        rows = list(self._rows)
        self._step()
        return rows


def _stays(version: sa.Row, moves: list, stages: dict[str, int]) -> list[dict]:
    version_id, model_id, stage_id, created_at, updated_at, created_by, ended_at = version
    stays = [(NONE, created_at, created_by, None)]
    for _, at, after, actor, actor_id in moves:
        if after in stages and stages[after] != stays[-1][0]:
            stays.append((stages[after], max(at, stays[-1][1]), actor, actor_id))
    if stays[-1][0] != stage_id:  # what was written past the events
        stays.append((stage_id, max(updated_at, stays[-1][1]), created_by, None))
    if ended_at is not None:
        ended_at = max(ended_at, stays[-1][1])
    ends = [stay[1] for stay in stays[1:]] + [ended_at]
    return [
        {
            "model_id": model_id,
            "version_id": version_id,
            "stage_id": stage,
            "from_at": at,
            "to_at": end,
            "actor": actor,
            "actor_id": actor_id,
        }
        for (stage, at, actor, actor_id), end in zip(stays, ends, strict=True)
    ]


def downgrade() -> None:
    for table in (
        "stage_interval",
        "notice",
        "version_comment",
        "version_check",
        "transition_approval",
        "transition_request",
        "stage_rule_group",
        "stage_rule",
    ):
        op.drop_table(table)
    with op.batch_alter_table("stage") as batch:
        for column in ("removed_at", "purpose", "colour"):
            batch.drop_column(column)
