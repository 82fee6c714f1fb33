"""The tables of accounts, groups, memberships, grants, and tokens with their models."""

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
    """A person, or a service, which has tokens only. `name_key` is the case-folded name.

    A deleted account keeps its row, since the history names it; a new account of that name is another one
    and inherits nothing. `issuer` and `subject` identify the person at an OpenID provider.
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
    """Accounts that are granted access together; the members of a group with `is_admin` are administrators."""

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
    """An account in a group; `is_external` if the OpenID provider put it there, which each sign-in updates."""

    __tablename__ = "membership"
    __table_args__ = (Index("ix_membership_group_id", "group_id"),)  # the members of a group

    account_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("account.id"), primary_key=True)
    group_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("account_group.id"), primary_key=True)
    is_external: Mapped[bool] = mapped_column(Boolean, server_default=false())


class Grant(Base):
    """A level granted to an account, to a group, or (with neither) to everyone with an account.

    It applies to one model, to one experiment, or (with neither) to every object of the area.
    """

    __tablename__ = "permission_grant"
    __table_args__ = (
        CheckConstraint("area IN ('models', 'experiments')", name="area_known"),
        CheckConstraint("model_id IS NULL OR area = 'models'", name="model_in_models"),
        CheckConstraint("experiment_id IS NULL OR area = 'experiments'", name="experiment_in_experiments"),
        CheckConstraint("account_id IS NULL OR group_id IS NULL", name="one_principal"),
        CheckConstraint("level > 0", name="level_positive"),
        # One level for each grantee on each object; null does not equal null, hence the zeros.
        Index(
            "uq_permission_grant_object_principal",
            "area",
            text("coalesce(model_id, 0)"),
            text("coalesce(experiment_id, -1)"),
            text("coalesce(account_id, 0)"),
            text("coalesce(group_id, 0)"),
            unique=True,
        ),
        # The grants of an account, a group, everyone: every look-up through the viewer.
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


class TokenModel(Base):
    """A model that a limited token reaches."""

    __tablename__ = "access_token_model"

    token_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("access_token.id"), primary_key=True)
    model_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("registered_model.id"), primary_key=True)
