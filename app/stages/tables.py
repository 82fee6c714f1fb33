"""The tables of stage changes: rules, requests and checks."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    ForeignKey,
    Index,
    Integer,
    String,
    Text,
    false,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from app.db.transactions import Base, BigKey

SUPERSEDED = "overtaken"  # the version got to the stage another way; the name that the database has for it
STATES = ("open", "approved", "rejected", "withdrawn", SUPERSEDED)
CHECK_STATES = ("pending", "passed", "failed")
REFUSE, REASON = "refuse", "reason"
ROLES = ("approves", "moves", "emergency")
OPEN = text("state = 'open'")


class StageRule(Base):
    """What it takes to move a version into a stage; with a model, there instead of the stage's own rule.

    `checks` and `tags` are lists of names in JSON.
    """

    __tablename__ = "stage_rule"
    __table_args__ = (
        CheckConstraint("approvals > 0", name="approvals_positive"),
        # One rule a stage, and one a stage and model; null is not equal to null, hence the zero.
        Index("uq_stage_rule_stage_id_model_id", "stage_id", text("coalesce(model_id, 0)"), unique=True),
    )

    id: Mapped[int] = mapped_column(BigKey, primary_key=True)
    stage_id: Mapped[int] = mapped_column(Integer, ForeignKey("stage.id"))
    model_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("registered_model.id"))
    approvals: Mapped[int] = mapped_column(Integer, server_default="1")
    requester_counts: Mapped[bool] = mapped_column("asker_counts", Boolean, server_default=false())
    must_request: Mapped[bool] = mapped_column("must_ask", Boolean, server_default=false())
    is_exclusive: Mapped[bool] = mapped_column(Boolean, server_default=false())
    # Of an alias on a model: set by a manager of that, so a rule for all models comes first.
    gives_way: Mapped[bool] = mapped_column(Boolean, server_default=false())
    # Of an alias: the stage that the version has to be in, and the one whose newest version it points at.
    bound_stage_id: Mapped[int | None] = mapped_column(Integer)
    followed_stage_id: Mapped[int | None] = mapped_column(Integer)
    needs_description: Mapped[bool] = mapped_column(Boolean, server_default=false())
    needs_schema: Mapped[bool] = mapped_column(Boolean, server_default=false())
    # Whether a rollback to a version that changed since it was in the stage is refused, or takes a reason.
    rollback_changed: Mapped[str] = mapped_column(String(10), server_default=REFUSE)
    checks: Mapped[str] = mapped_column(Text, server_default="[]")
    tags: Mapped[str] = mapped_column(Text, server_default="[]")


class RuleGroup(Base):
    """A group with a part in a rule: it approves, moves directly, or rolls back in an emergency."""

    __tablename__ = "stage_rule_group"
    __table_args__ = (
        CheckConstraint(f"role IN {ROLES}", name="role_known"),
        Index("ix_stage_rule_group_group_id", "group_id"),  # what waits for the members of a group
    )

    rule_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("stage_rule.id"), primary_key=True)
    role: Mapped[str] = mapped_column(String(20), primary_key=True)
    group_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("account_group.id"), primary_key=True)


class Request(Base):
    """Somebody's request that a version be moved to a stage, and what became of it.

    `facts` is the snapshot of the version as the requester saw it (`app.approvals.version_snapshot`).
    """

    __tablename__ = "transition_request"
    __table_args__ = (
        CheckConstraint(f"state IN {STATES}", name="state_known"),
        # One open request a person, version and stage or alias; without an account the name stands for the person.
        Index(
            "uq_transition_request_open",
            "version_id",
            "stage_id",
            text("coalesce(alias, '')"),
            text("coalesce(asker_id, 0)"),
            "asker",
            unique=True,
            sqlite_where=OPEN,
            postgresql_where=OPEN,
        ),
        # The inbox: what is open, newest first.
        Index("ix_transition_request_open_id", "id", sqlite_where=OPEN, postgresql_where=OPEN),
        # What somebody requested, what was decided on a version, what was decided recently.
        Index("ix_transition_request_asker_id_id", "asker_id", "id"),
        Index("ix_transition_request_version_id_id", "version_id", "id"),
        Index("ix_transition_request_decided_at_id", "decided_at", "id"),
    )

    id: Mapped[int] = mapped_column(BigKey, primary_key=True)
    model_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("registered_model.id"))
    version_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("model_version.id"))
    stage_id: Mapped[int] = mapped_column(Integer, ForeignKey("stage.id"))
    from_stage_id: Mapped[int] = mapped_column(Integer, ForeignKey("stage.id"))
    # Of a request for an alias: its name, where `stage_id` is that of a pattern.
    alias: Mapped[str | None] = mapped_column(String(255))
    requester: Mapped[str] = mapped_column("asker", String(255))
    requester_id: Mapped[int | None] = mapped_column("asker_id", BigInteger, ForeignKey("account.id"))
    # Who stands behind the requester, see `app.approvals.four_eyes`.
    token_maker_id: Mapped[int | None] = mapped_column(BigInteger)
    service_creator_id: Mapped[int | None] = mapped_column(BigInteger)
    requested_at: Mapped[int] = mapped_column("asked_at", BigInteger)
    comment: Mapped[str | None] = mapped_column(Text)
    archive_others: Mapped[bool] = mapped_column(Boolean, server_default=false())
    facts: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(String(20), server_default="open")
    decided_by: Mapped[str | None] = mapped_column(String(255))
    decided_by_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("account.id"))
    decided_at: Mapped[int | None] = mapped_column(BigInteger)
    reason: Mapped[str | None] = mapped_column(Text)


class Check(Base):
    """What a program last reported of a version under one name."""

    __tablename__ = "version_check"
    __table_args__ = (CheckConstraint(f"state IN {CHECK_STATES}", name="state_known"),)

    version_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("model_version.id"), primary_key=True)
    name: Mapped[str] = mapped_column(String(100), primary_key=True)
    state: Mapped[str] = mapped_column(String(20))
    link: Mapped[str | None] = mapped_column(Text)
    summary: Mapped[str | None] = mapped_column(Text)
    at: Mapped[int] = mapped_column(BigInteger)
    actor: Mapped[str] = mapped_column(String(255))
    actor_id: Mapped[int | None] = mapped_column(BigInteger)
    # What the version's files were then: the key of the manifest (see `app.manifests`), or the reported digest.
    content_key: Mapped[str | None] = mapped_column(String(80))
