"""The approvals' tables: rules of stages, requests and approvals, checks, comments, notices."""

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

from app.database import Base, BigKey

STATES = ("open", "approved", "rejected", "withdrawn", "overtaken")
CHECK_STATES = ("pending", "passed", "failed")
ROLES = ("approves", "moves", "emergency")
NOTICES = ("mention", "emergency")
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
    asker_counts: Mapped[bool] = mapped_column(Boolean, server_default=false())
    must_ask: Mapped[bool] = mapped_column(Boolean, server_default=false())
    is_exclusive: Mapped[bool] = mapped_column(Boolean, server_default=false())
    needs_description: Mapped[bool] = mapped_column(Boolean, server_default=false())
    needs_schema: Mapped[bool] = mapped_column(Boolean, server_default=false())
    checks: Mapped[str] = mapped_column(Text, server_default="[]")
    tags: Mapped[str] = mapped_column(Text, server_default="[]")


class RuleGroup(Base):
    """A group with a part in a rule: it approves, moves without asking, or returns in an emergency."""

    __tablename__ = "stage_rule_group"
    __table_args__ = (
        CheckConstraint(f"role IN {ROLES}", name="role_known"),
        Index("ix_stage_rule_group_group_id", "group_id"),  # what waits for the members of a group
    )

    rule_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("stage_rule.id"), primary_key=True)
    role: Mapped[str] = mapped_column(String(20), primary_key=True)
    group_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("account_group.id"), primary_key=True)


class Request(Base):
    """Somebody's wish that a version be moved to a stage, and what became of it.

    `facts` is the fingerprint of the version as the asker saw it (`app.approvals.fingerprint`).
    """

    __tablename__ = "transition_request"
    __table_args__ = (
        CheckConstraint(f"state IN {STATES}", name="state_known"),
        # One open wish a person, version and stage; without an account the name stands for the person.
        Index(
            "uq_transition_request_open",
            "version_id",
            "stage_id",
            text("coalesce(asker_id, 0)"),
            "asker",
            unique=True,
            sqlite_where=OPEN,
            postgresql_where=OPEN,
        ),
        # The inbox: what is open, newest first.
        Index("ix_transition_request_open_id", "id", sqlite_where=OPEN, postgresql_where=OPEN),
        # What somebody asked, what was decided on a version, what was decided lately.
        Index("ix_transition_request_asker_id_id", "asker_id", "id"),
        Index("ix_transition_request_version_id_id", "version_id", "id"),
        Index("ix_transition_request_decided_at_id", "decided_at", "id"),
    )

    id: Mapped[int] = mapped_column(BigKey, primary_key=True)
    model_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("registered_model.id"))
    version_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("model_version.id"))
    stage_id: Mapped[int] = mapped_column(Integer, ForeignKey("stage.id"))
    from_stage_id: Mapped[int] = mapped_column(Integer, ForeignKey("stage.id"))
    asker: Mapped[str] = mapped_column(String(255))
    asker_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("account.id"))
    asked_at: Mapped[int] = mapped_column(BigInteger)
    comment: Mapped[str | None] = mapped_column(Text)
    archive_others: Mapped[bool] = mapped_column(Boolean, server_default=false())
    facts: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(String(20), server_default="open")
    decided_by: Mapped[str | None] = mapped_column(String(255))
    decided_by_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("account.id"))
    decided_at: Mapped[int | None] = mapped_column(BigInteger)
    reason: Mapped[str | None] = mapped_column(Text)


class Approval(Base):
    """A yes to a request. It holds for the version as it was then: `facts` are those that were approved."""

    __tablename__ = "transition_approval"
    __table_args__ = (
        # One yes a person and request; a second one takes the place of the first.
        Index(
            "uq_transition_approval_request_id_approver",
            "request_id",
            text("coalesce(approver_id, 0)"),
            "approver",
            unique=True,
        ),
        Index("ix_transition_approval_approver_id", "approver_id"),  # what somebody approved
    )

    id: Mapped[int] = mapped_column(BigKey, primary_key=True)
    request_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("transition_request.id"))
    approver: Mapped[str] = mapped_column(String(255))
    approver_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("account.id"))
    at: Mapped[int] = mapped_column(BigInteger)
    comment: Mapped[str | None] = mapped_column(Text)
    facts: Mapped[str] = mapped_column(Text)


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


class Comment(Base):
    """What somebody wrote about a version, in Markdown. Deleting hides."""

    __tablename__ = "version_comment"
    __table_args__ = (Index("ix_version_comment_version_id_id", "version_id", "id"),)  # a version's thread

    id: Mapped[int] = mapped_column(BigKey, primary_key=True)
    model_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("registered_model.id"))
    version_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("model_version.id"))
    author: Mapped[str] = mapped_column(String(255))
    author_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("account.id"))
    text: Mapped[str] = mapped_column(Text)
    created_at: Mapped[int] = mapped_column(BigInteger)
    updated_at: Mapped[int] = mapped_column(BigInteger)
    deleted_at: Mapped[int | None] = mapped_column(BigInteger)


class Notice(Base):
    """A line in somebody's inbox: they were mentioned, or a version of theirs was moved in an emergency."""

    __tablename__ = "notice"
    __table_args__ = (
        CheckConstraint(f"kind IN {NOTICES}", name="kind_known"),
        Index("ix_notice_account_id_id", "account_id", "id"),  # somebody's notices, newest first
        # What somebody has not read, for the count on every page.
        Index(
            "ix_notice_account_id_unseen",
            "account_id",
            sqlite_where=text("seen_at IS NULL"),
            postgresql_where=text("seen_at IS NULL"),
        ),
        Index("ix_notice_comment_id", "comment_id"),  # those of a comment that is edited
    )

    id: Mapped[int] = mapped_column(BigKey, primary_key=True)
    account_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("account.id"))
    kind: Mapped[str] = mapped_column(String(20))
    at: Mapped[int] = mapped_column(BigInteger)
    actor: Mapped[str] = mapped_column(String(255))
    model_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("registered_model.id"))
    version_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("model_version.id"))
    stage_id: Mapped[int | None] = mapped_column(Integer, ForeignKey("stage.id"))
    comment_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("version_comment.id"))
    request_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("transition_request.id"))
    text: Mapped[str | None] = mapped_column(Text)
    seen_at: Mapped[int | None] = mapped_column(BigInteger)
