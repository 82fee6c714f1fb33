"""The event table: one row for every change, written with the change itself."""

from sqlalchemy import BigInteger, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from app.db.transactions import Base, BigKey


class Event(Base):
    """One change. `before` and `after` are the old and the new value as text, if there are any.

    `subject` names the part that changed if the kind alone does not: a tag's key, an alias. `token_id` is
    the token with which the actor came, if any; rows of tokens are never removed.
    Events outlive their objects: a deleted model's history can still be read.
    """

    __tablename__ = "event"
    __table_args__ = (
        # The timelines of a model and of a version, newest first, a page at a time.
        Index("ix_event_model_id_id", "model_id", "id"),
        Index("ix_event_version_id_id", "version_id", "id"),
        Index("ix_event_experiment_id_id", "experiment_id", "id"),
        # The audit log of one account, and of one kind of change.
        Index("ix_event_actor_id_id", "actor_id", "id"),
        Index("ix_event_kind_id", "kind", "id"),
        Index("ix_event_at_id", "at", "id"),  # where in the log a day begins
    )

    id: Mapped[int] = mapped_column(BigKey, primary_key=True)
    at: Mapped[int] = mapped_column(BigInteger)
    kind: Mapped[str] = mapped_column(String(60))
    actor: Mapped[str] = mapped_column(String(255))
    actor_id: Mapped[int | None] = mapped_column(BigInteger)
    token_id: Mapped[int | None] = mapped_column(BigInteger)
    model_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("registered_model.id"))
    version_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("model_version.id"))
    experiment_id: Mapped[int | None] = mapped_column(BigInteger)
    run_id: Mapped[int | None] = mapped_column(BigInteger)
    subject: Mapped[str | None] = mapped_column(Text)
    before: Mapped[str | None] = mapped_column(Text)
    after: Mapped[str | None] = mapped_column(Text)
    comment: Mapped[str | None] = mapped_column(Text)
