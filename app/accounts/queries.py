"""Reads accounts: by name, by id, by their identity at an OpenID provider, and in lists.

The doors decide who may see which names: a list of everybody is for administrators, and for people who grant
access to something that they manage.
"""

from typing import NamedTuple

from sqlalchemy import bindparam, func, literal_column, select

from app.accounts import errors
from app.accounts.names import key_of
from app.accounts.tables import Session, Token
from app.authz.administrators import ACCOUNT, BY_GROUP
from app.authz.tables import KINDS, Account
from app.db.statements import Statement
from app.search import Attribute, Entity, plan
from app.search.free_text import free_text_query

_TOKEN = Token.__table__.c
_SESSION = Session.__table__.c
LIVING = ACCOUNT.deleted_at.is_(None)

_SELECT = select(
    ACCOUNT.id,
    ACCOUNT.kind,
    ACCOUNT.name,
    ACCOUNT.full_name,
    ACCOUNT.is_admin,
    BY_GROUP.label("by_group"),
    ACCOUNT.password_hash.is_not(None).label("has_password"),
    ACCOUNT.issuer,
    ACCOUNT.created_at,
    ACCOUNT.created_by,
    ACCOUNT.disabled_at,
    select(func.max(_SESSION.last_seen_at))
    .where(_SESSION.account_id == ACCOUNT.id)
    .correlate(Account.__table__)
    .scalar_subquery()
    .label("seen_at"),
    select(func.max(_TOKEN.last_used_at))
    .where(_TOKEN.account_id == ACCOUNT.id)
    .correlate(Account.__table__)
    .scalar_subquery()
    .label("used_at"),
).where(LIVING)


class _AccountColumns(NamedTuple):
    """The columns of `_SELECT` as the database has them."""

    id: int
    kind: str
    name: str
    full_name: str | None
    is_admin: bool
    by_group: bool
    has_password: bool
    issuer: str | None
    created_at: int
    created_by: str
    disabled_at: int | None
    seen_at: int | None
    used_at: int | None


_BY_NAME = Statement(_SELECT.where(ACCOUNT.name_key == bindparam("by_name")), _AccountColumns)
_LOCK_BY_NAME = Statement(
    # Not against keys: whoever writes a row that refers to the account need not wait.
    select(ACCOUNT.id).where(ACCOUNT.name_key == bindparam("by_name"), LIVING).with_for_update(key_share=True)
)
_BY_ID = Statement(_SELECT.where(ACCOUNT.id == bindparam("by_id")), _AccountColumns)
_BY_SUBJECT = Statement(
    _SELECT.where(ACCOUNT.issuer == bindparam("by_issuer"), ACCOUNT.subject == bindparam("by_subject")),
    _AccountColumns,
)

# Whether there is any account, deleted ones included: people must sign in from the first account on.
ANY_ACCOUNT = Statement(select(ACCOUNT.id).limit(literal_column("1")))

ACCOUNTS = Entity(
    name="account",
    fields=(Attribute(("name",), ACCOUNT.name_key), Attribute(("full_name",), ACCOUNT.full_name, sorts=())),
    ties=("name ASC",),
    limit=50_000,
    is_of_registry=True,
    words=("name", "full_name"),
)


class AccountRow(NamedTuple):
    """An account as it is shown, without the hash of its password; times in milliseconds.

    `is_admin` is true of accounts that are administrators by themselves; see `administers`. `issuer` is the OpenID
    provider that the account signs in with, if any.
    """

    id: int
    kind: str
    name: str
    full_name: str | None
    is_admin: bool
    is_admin_by_group: bool
    has_password: bool
    issuer: str | None
    created_at: int
    created_by: str
    disabled_at: int | None
    last_seen_at: int | None

    @property
    def administers(self) -> bool:
        """Whether the account is an administrator, by itself or through a group."""
        return self.is_admin or self.is_admin_by_group

    @property
    def is_service(self) -> bool:
        return self.kind == "service"


def _account(row: _AccountColumns) -> AccountRow:
    # SQLite stores truth as a number.
    moments = [moment for moment in (row.seen_at, row.used_at) if moment is not None]
    return AccountRow(
        id=row.id,
        kind=row.kind,
        name=row.name,
        full_name=row.full_name,
        is_admin=bool(row.is_admin),
        is_admin_by_group=bool(row.by_group),
        has_password=bool(row.has_password),
        issuer=row.issuer,
        created_at=row.created_at,
        created_by=row.created_by,
        disabled_at=row.disabled_at,
        last_seen_at=max(moments, default=None),
    )


def find(name: str) -> AccountRow:
    """Returns the living account of that name, ignoring case. Raises `AccountNotFound`."""
    row = _BY_NAME.first(by_name=key_of(name))
    if row is None:
        raise errors.AccountNotFound(name)
    return _account(row)


def locked(name: str) -> AccountRow:
    """Returns the account as `find` does, once nobody else can change it until the transaction ends.

    Verbs that compare with what is stored, or verify it, before they write start with this. SQLite has one writer
    at a time anyway (see `app.db.transactions`); PostgreSQL locks the account's row, and what is read then is what
    the last holder left.
    """
    _LOCK_BY_NAME.run(by_name=key_of(name))
    return find(name)


def get(account_id: int) -> AccountRow:
    """Returns the living account of that id. Raises `AccountIdNotFound`."""
    row = _BY_ID.first(by_id=account_id) if abs(account_id) < 2**63 else None
    if row is None:
        raise errors.AccountIdNotFound(account_id)
    return _account(row)


def find_by_identity(issuer: str, subject: str) -> AccountRow | None:
    """Returns the living account that an OpenID provider calls `subject`; None where nobody has signed in as it."""
    row = _BY_SUBJECT.first(by_issuer=issuer, by_subject=subject)
    return None if row is None else _account(row)


def search(
    *, text: str = "", kind: str | None = None, max_results: int = 100, page_token: str | None = None
) -> tuple[list[AccountRow], str | None]:
    """Returns a page of the living accounts by name, and the token of the next page.

    All words of `text` must occur in the name or the full name. Raises `InvalidParameter`.
    """
    if kind is not None and kind not in KINDS:
        raise errors.UnknownAccountKind(kind)
    page = plan(
        ACCOUNTS,
        filter=free_text_query(ACCOUNTS, text),
        page_token=page_token,
        max_results=max_results,
        scope=[kind or ""],
    )
    query = _SELECT if kind is None else _SELECT.where(ACCOUNT.kind == kind)
    rows, token = page.fetch(query, _AccountColumns)
    return [_account(row) for row in rows], token


_ANY = Statement(select(ACCOUNT.id).where(LIVING).limit(literal_column("1")))


def exist() -> bool:
    """Returns whether there are accounts at all."""
    return _ANY.first() is not None
