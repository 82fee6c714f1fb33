"""The approvals' tables: approvals of requests, comments, notices."""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Index,
    Integer,
    String,
    Text,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from app.db.transactions import Base, BigKey

NOTICES = ("mention", "emergency", "mismatch")


class Approval(Base):
    """An approval of a request. It holds for the version as it was then: `facts` are those that were approved."""

    __tablename__ = "transition_approval"
    __table_args__ = (
        # One approval a person and request; a second one takes the place of the first.
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
    # Whoever made the token it came through, where that was another account.
    token_maker_id: Mapped[int | None] = mapped_column(BigInteger)
    at: Mapped[int] = mapped_column(BigInteger)
    comment: Mapped[str | None] = mapped_column(Text)
    facts: Mapped[str] = mapped_column(Text)


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
    """A line in somebody's inbox.

    They were mentioned, a stage of theirs was rolled back in an emergency, or the files of a version that they approved
    or manage are no longer those that were registered.
    """

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
