"""The tables of signing in: tokens, sessions, failed sign-ins, and the revision of the accounts."""

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
)
from sqlalchemy.orm import Mapped, mapped_column

from app.db.transactions import Base, BigKey


class Token(Base):
    """A secret that authenticates an account, stored only as its SHA-256.

    `scopes` are names separated by spaces, null for everything that the account may do; a limited token
    reaches only the models in `TokenModel`. `created_by_id` is the account that made it, none for the operator.
    """

    __tablename__ = "access_token"
    __table_args__ = (Index("ix_access_token_account_id", "account_id"),)  # an account's tokens

    id: Mapped[int] = mapped_column(BigKey, primary_key=True)
    account_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("account.id"))
    name: Mapped[str] = mapped_column(String(255))
    secret_hash: Mapped[str] = mapped_column(String(64), unique=True)
    hint: Mapped[str] = mapped_column(String(20))
    scopes: Mapped[str | None] = mapped_column(String(100))
    is_limited: Mapped[bool] = mapped_column(Boolean, server_default=false())
    created_at: Mapped[int] = mapped_column(BigInteger)
    created_by: Mapped[str] = mapped_column(String(255))
    created_by_id: Mapped[int | None] = mapped_column(BigInteger)
    expires_at: Mapped[int | None] = mapped_column(BigInteger)
    revoked_at: Mapped[int | None] = mapped_column(BigInteger)
    last_used_at: Mapped[int | None] = mapped_column(BigInteger)


class Session(Base):
    """A browser that is signed in; the cookie holds the secret, the row its SHA-256."""

    __tablename__ = "web_session"
    __table_args__ = (Index("ix_web_session_account_id", "account_id"),)  # somebody's sessions

    id: Mapped[int] = mapped_column(BigKey, primary_key=True)
    account_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("account.id"))
    secret_hash: Mapped[str] = mapped_column(String(64), unique=True)
    created_at: Mapped[int] = mapped_column(BigInteger)
    last_seen_at: Mapped[int] = mapped_column(BigInteger)
    expires_at: Mapped[int] = mapped_column(BigInteger)
    ended_at: Mapped[int | None] = mapped_column(BigInteger)
    user_agent: Mapped[str] = mapped_column(Text)
    address: Mapped[str] = mapped_column(String(64))


class Revision(Base):
    """One row, whose number every change raises after which a secret may lead to somebody else, or to nobody.

    Triggers on the other tables raise it, in the transaction of the change; see `app.accounts.credential_cache`.
    """

    __tablename__ = "account_revision"
    __table_args__ = (CheckConstraint("id = 1", name="one_row"),)

    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    number: Mapped[int] = mapped_column(BigInteger)


class FailedSignIn(Base):
    """A wrong password or token, for as long as it counts against an account and an address."""

    __tablename__ = "failed_sign_in"
    __table_args__ = (
        Index("ix_failed_sign_in_name_key_at", "name_key", "at"),  # the throttle of an account
        Index("ix_failed_sign_in_address_at", "address", "at"),  # the throttle of an address
    )

    id: Mapped[int] = mapped_column(BigKey, primary_key=True)
    at: Mapped[int] = mapped_column(BigInteger)
    name_key: Mapped[str] = mapped_column(String(255))
    address: Mapped[str] = mapped_column(String(64))
