"""The tables that say who may do what: accounts, groups, memberships, grants, tokens and their models."""

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

KINDS = ("user", "service")
LIVING = text("deleted_at IS NULL")


class Account(Base):
    """A person, or a service that comes with tokens only. `name_key` is the name without case.

    A deleted account keeps its row, since the history names it; a new one of that name is another, and
    inherits nothing. `issuer` and `subject` are who an OpenID provider says it is.
    """

    __tablename__ = "account"
    __table_args__ = (
        CheckConstraint(f"kind IN {KINDS}", name="kind_known"),
        Index(
            "uq_account_name_key_living",
            "name_key",
            unique=True,
            sqlite_where=LIVING,
            postgresql_where=LIVING,
        ),
        Index(
            "uq_account_issuer_subject_living",
            "issuer",
            "subject",
            unique=True,
            sqlite_where=LIVING,
            postgresql_where=LIVING,
        ),
    )

    id: Mapped[int] = mapped_column(BigKey, primary_key=True)
    kind: Mapped[str] = mapped_column(String(20))
    name: Mapped[str] = mapped_column(String(255))
    name_key: Mapped[str] = mapped_column(String(255))
    full_name: Mapped[str | None] = mapped_column(Text)
    password_hash: Mapped[str | None] = mapped_column(Text)
    is_admin: Mapped[bool] = mapped_column(Boolean, server_default=false())
    issuer: Mapped[str | None] = mapped_column(Text)
    subject: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[int] = mapped_column(BigInteger)
    created_by: Mapped[str] = mapped_column(String(255))
    disabled_at: Mapped[int | None] = mapped_column(BigInteger)
    deleted_at: Mapped[int | None] = mapped_column(BigInteger)


class Group(Base):
    """Accounts that have rights together; the members of one with `is_admin` are administrators."""

    __tablename__ = "account_group"
    __table_args__ = (
        Index(
            "uq_account_group_name_key_living",
            "name_key",
            unique=True,
            sqlite_where=LIVING,
            postgresql_where=LIVING,
        ),
    )

    id: Mapped[int] = mapped_column(BigKey, primary_key=True)
    name: Mapped[str] = mapped_column(String(255))
    name_key: Mapped[str] = mapped_column(String(255))
    description: Mapped[str | None] = mapped_column(Text)
    is_admin: Mapped[bool] = mapped_column(Boolean, server_default=false())
    created_at: Mapped[int] = mapped_column(BigInteger)
    created_by: Mapped[str] = mapped_column(String(255))
    deleted_at: Mapped[int | None] = mapped_column(BigInteger)


class Membership(Base):
    """An account in a group. `is_external` ones come from the OpenID provider and follow it at each sign-in."""

    __tablename__ = "membership"
    __table_args__ = (Index("ix_membership_group_id", "group_id"),)  # the members of a group

    account_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("account.id"), primary_key=True)
    group_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("account_group.id"), primary_key=True)
    is_external: Mapped[bool] = mapped_column(Boolean, server_default=false())


class Grant(Base):
    """A level for an account, a group or (neither) everyone with an account.

    On one model, on one experiment, or (neither) on every one of the area.
    """

    __tablename__ = "permission_grant"
    __table_args__ = (
        CheckConstraint("area IN ('models', 'experiments')", name="area_known"),
        CheckConstraint("model_id IS NULL OR area = 'models'", name="model_in_models"),
        CheckConstraint("experiment_id IS NULL OR area = 'experiments'", name="experiment_in_experiments"),
        CheckConstraint("account_id IS NULL OR group_id IS NULL", name="one_principal"),
        CheckConstraint("level > 0", name="level_positive"),
        # One level for each on each; null is not equal to null, hence the zeros.
        Index(
            "uq_permission_grant_object_principal",
            "area",
            text("coalesce(model_id, 0)"),
            text("coalesce(experiment_id, -1)"),
            text("coalesce(account_id, 0)"),
            text("coalesce(group_id, 0)"),
            unique=True,
        ),
        # What an account, a group, everyone was given: every look-up through the viewer.
        Index("ix_permission_grant_account_id", "account_id", "group_id"),
        Index("ix_permission_grant_group_id", "group_id"),
        # The members of a model, of an experiment.
        Index("ix_permission_grant_model_id", "model_id"),
        Index("ix_permission_grant_experiment_id", "experiment_id"),
    )

    id: Mapped[int] = mapped_column(BigKey, primary_key=True)
    area: Mapped[str] = mapped_column(String(20))
    model_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("registered_model.id"))
    experiment_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("experiment.id"))
    account_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("account.id"))
    group_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("account_group.id"))
    level: Mapped[int] = mapped_column(Integer)


class Token(Base):
    """A secret that stands for an account, kept as its SHA-256 only.

    `scopes` are names parted by spaces, null for whatever the account may; a limited one is good for
    the models in `TokenModel` alone.
    """

    __tablename__ = "access_token"
    __table_args__ = (Index("ix_access_token_account_id", "account_id"),)  # somebody's tokens

    id: Mapped[int] = mapped_column(BigKey, primary_key=True)
    account_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("account.id"))
    name: Mapped[str] = mapped_column(String(255))
    secret_hash: Mapped[str] = mapped_column(String(64), unique=True)
    hint: Mapped[str] = mapped_column(String(20))
    scopes: Mapped[str | None] = mapped_column(String(100))
    is_limited: Mapped[bool] = mapped_column(Boolean, server_default=false())
    created_at: Mapped[int] = mapped_column(BigInteger)
    created_by: Mapped[str] = mapped_column(String(255))
    expires_at: Mapped[int | None] = mapped_column(BigInteger)
    revoked_at: Mapped[int | None] = mapped_column(BigInteger)
    last_used_at: Mapped[int | None] = mapped_column(BigInteger)


class TokenModel(Base):
    """A model that a limited token is good for."""

    __tablename__ = "access_token_model"

    token_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("access_token.id"), primary_key=True)
    model_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("registered_model.id"), primary_key=True)
