"""Creates, lists, changes and deletes groups of accounts, and their members.

A group's grants count for the accounts that are in it at the moment of the request: an account that is removed has
lost them with the next one.
"""

import hashlib
from collections.abc import Collection
from typing import Any, NamedTuple

from sqlalchemy import bindparam, func, select, update
from sqlalchemy import delete as sql_delete
from sqlalchemy.exc import IntegrityError

from app.accounts import errors, queries
from app.accounts.names import check_group_name, key_of
from app.audit import recorder
from app.audit.recorder import Kind
from app.authz.actors import Actor
from app.authz.administrators import (
    ACCOUNT,
    GROUP,
    MEMBERSHIP,
    check_configures,
    keeping_an_administrator,
)
from app.authz.tables import Account, Grant, Group, Membership
from app.core import clock
from app.core.key_rules import check_length
from app.db.statements import Statement
from app.db.transactions import db, undoing_one_statement, upsert
from app.search import Attribute, Entity, plan
from app.search.free_text import free_text_query

MAX_DESCRIPTION_LENGTH = 1000

_TABLE = Group.__table__
_LIVING_MEMBERS = (
    select(func.count())
    .select_from(Membership.__table__.join(Account.__table__, ACCOUNT.id == MEMBERSHIP.account_id))
    .where(MEMBERSHIP.group_id == GROUP.id, queries.LIVING)
    .correlate(_TABLE)
    .scalar_subquery()
)
_SELECT = select(
    GROUP.id,
    GROUP.name,
    GROUP.description,
    GROUP.is_admin,
    GROUP.created_at,
    GROUP.created_by,
    _LIVING_MEMBERS.label("members"),
).where(GROUP.deleted_at.is_(None))
_CREATE = Statement(
    # The unique index of living names decides a race, without an error that would spoil the transaction.
    lambda: upsert(Group).on_conflict_do_nothing().returning(GROUP.id),
    columns=("name", "name_key", "description", "is_admin", "created_at", "created_by"),
)
_RENAME = Statement(
    update(_TABLE)
    .where(GROUP.id == bindparam("group_id"))
    .values(name=bindparam("new_name"), name_key=bindparam("new_key"))
)
_MEMBER_NAMES = Statement(
    select(ACCOUNT.name)
    .join_from(Membership.__table__, Account.__table__, ACCOUNT.id == MEMBERSHIP.account_id)
    .where(MEMBERSHIP.group_id == bindparam("group_id"), queries.LIVING)
    .order_by(ACCOUNT.name_key)
)
_ADD = Statement(
    lambda: upsert(Membership).on_conflict_do_nothing(), columns=("account_id", "group_id", "is_external")
)
_REMOVE = Statement(
    sql_delete(Membership.__table__).where(
        MEMBERSHIP.account_id == bindparam("account"), MEMBERSHIP.group_id == bindparam("from_group")
    )
)

GROUPS = Entity(
    name="group",
    fields=(Attribute(("name",), GROUP.name_key), Attribute(("description",), GROUP.description, sorts=())),
    ties=("name ASC",),
    limit=50_000,
    is_of_registry=True,
    words=("name", "description"),
)


class GroupRow(NamedTuple):
    """A group as it is shown; times in milliseconds. Where `is_admin`, its members are administrators."""

    id: int
    name: str
    description: str | None
    is_admin: bool
    created_at: int
    created_by: str
    members: int


_BY_NAME = Statement(_SELECT.where(GROUP.name_key == bindparam("by_name")), GroupRow)
_LOCK_BY_NAME = Statement(
    # Not against keys: whoever writes a row that refers to the group need not wait.
    select(GROUP.id)
    .where(GROUP.name_key == bindparam("by_name"), GROUP.deleted_at.is_(None))
    .with_for_update(key_share=True)
)
_OF_ACCOUNT = Statement(
    _SELECT.join(Membership.__table__, MEMBERSHIP.group_id == GROUP.id)
    .where(MEMBERSHIP.account_id == bindparam("account"))
    .order_by(GROUP.name_key),
    GroupRow,
)


def _group(row: GroupRow) -> GroupRow:
    return row._replace(is_admin=bool(row.is_admin))  # SQLite stores truth as a number


def find(name: str) -> GroupRow:
    """Returns the living group of that name, ignoring case. Raises `GroupNotFound`."""
    row = _BY_NAME.first(by_name=key_of(name))
    if row is None:
        raise errors.GroupNotFound(name)
    return _group(row)


def _locked(name: str) -> GroupRow:
    """Returns the group as `find` does, once nobody else can change it; see `app.accounts.queries.locked`."""
    _LOCK_BY_NAME.run(by_name=key_of(name))
    return find(name)


def search(
    *, text: str = "", max_results: int = 100, page_token: str | None = None
) -> tuple[list[GroupRow], str | None]:
    """Returns a page of the living groups by name, and the token of the next page.

    All words of `text` must occur in the name or the description. Raises `InvalidParameter`.
    """
    page = plan(GROUPS, filter=free_text_query(GROUPS, text), page_token=page_token, max_results=max_results)
    rows, token = page.fetch(_SELECT, GroupRow)
    return [_group(row) for row in rows], token


def of_account(account_id: int) -> list[GroupRow]:
    """Returns the groups that the account is in, by name."""
    return [_group(row) for row in _OF_ACCOUNT.rows(account=account_id)]


class MemberRow(NamedTuple):
    """An account in a group; `is_external` where the OpenID provider put it there."""

    id: int
    kind: str
    name: str
    full_name: str | None
    disabled_at: int | None
    is_external: bool


def members(
    name: str, *, text: str = "", max_results: int = 100, page_token: str | None = None
) -> tuple[list[MemberRow], str | None]:
    """Returns a page of the accounts in the group by name, and the token of the next page.

    Raises `GroupNotFound`, and what `search` raises.
    """
    group = find(name)
    page = plan(
        queries.ACCOUNTS,
        filter=free_text_query(queries.ACCOUNTS, text),
        page_token=page_token,
        max_results=max_results,
        scope=["group", group.id],
    )
    query = (
        select(
            ACCOUNT.id,
            ACCOUNT.kind,
            ACCOUNT.name,
            ACCOUNT.full_name,
            ACCOUNT.disabled_at,
            MEMBERSHIP.is_external,
        )
        .join(Membership.__table__, MEMBERSHIP.account_id == ACCOUNT.id)
        .where(MEMBERSHIP.group_id == group.id, queries.LIVING)
    )
    rows, token = page.fetch(query, MemberRow)
    return [row._replace(is_external=bool(row.is_external)) for row in rows], token


def create(name: str, *, description: str | None = None, is_admin: bool = False, actor: Actor) -> GroupRow:
    """Creates an empty group; the members of one with `is_admin` are administrators.

    Raises `InvalidParameter`, `GroupNameTaken`, and `PermissionDenied` for an actor who is no administrator.
    """
    check_configures(actor)
    check_group_name(name, is_admin=is_admin)
    check_length("description", MAX_DESCRIPTION_LENGTH, description or "", field="description")
    group_id = _CREATE.scalar(
        name=name,
        name_key=key_of(name),
        description=description or None,
        is_admin=is_admin,
        created_at=clock.now_ms(),
        created_by=actor.name,
    )
    if group_id is None:
        raise errors.GroupNameTaken(name)
    recorder.record(
        Kind.GROUP_CREATED, actor=actor, subject=name, after="administrators" if is_admin else None
    )
    return find(name)


def put(
    name: str,
    *,
    members: Collection[str] | None = None,
    is_admin: bool | None = None,
    seen: str | None = None,
    actor: Actor,
) -> GroupRow:
    """Creates the group or changes the one of that name, so that it has exactly these members; None leaves as it is.

    The same again changes nothing. `seen` is the `token` of the group that the actor knows. Raises what `create`,
    `add` and `set_admin` raise, and `GroupChanged`.
    """
    check_configures(actor)
    check_group_name(name, is_admin=bool(is_admin))
    _LOCK_BY_NAME.run(by_name=key_of(name))
    known = _BY_NAME.first(by_name=key_of(name))
    if seen is not None and (known is None or seen != token(known.name)):
        raise errors.GroupChanged(name)
    if known is None:
        create(name, is_admin=bool(is_admin), actor=actor)
    elif is_admin is not None:
        set_admin(name, is_admin, actor=actor)
    if members is not None:
        wanted = {key_of(queries.find(member).name): member for member in members}
        present = {key_of(member): member for member in member_names(name)}
        for key in wanted.keys() - present.keys():
            add(name, wanted[key], actor=actor)
        for key in present.keys() - wanted.keys():
            remove(name, present[key], actor=actor)
    return find(name)


def token(name: str) -> str:
    """Returns a short stand-in for the group as it is: its name, members, and whether these are administrators."""
    row = find(name)
    return hashlib.sha256(repr((row.name, row.is_admin, member_names(name))).encode()).hexdigest()[:32]


def member_names(name: str) -> list[str]:
    """Returns the names of the accounts in the group, in their order. Raises `GroupNotFound`."""
    return _MEMBER_NAMES.scalars(group_id=find(name).id)


def rename(name: str, new_name: str, *, actor: Actor) -> GroupRow:
    """Renames the group; its members and grants stay. Raises `GroupNotFound`, and what `create` raises."""
    check_configures(actor)
    row = _locked(name)
    check_group_name(new_name, is_admin=row.is_admin)
    if new_name == row.name:
        return row
    try:
        # A name that is taken fails this step alone: who catches the error can go on reading.
        with undoing_one_statement():
            _RENAME.run(group_id=row.id, new_name=new_name, new_key=key_of(new_name))
    except IntegrityError as error:
        raise errors.GroupNameTaken(new_name) from error
    recorder.record(Kind.GROUP_RENAMED, actor=actor, subject=new_name, before=row.name, after=new_name)
    return row._replace(name=new_name)


def describe(name: str, description: str | None, *, actor: Actor) -> GroupRow:
    """Sets the description. Raises `GroupNotFound`, `InvalidParameter`, `PermissionDenied`."""
    check_configures(actor)
    check_length("description", MAX_DESCRIPTION_LENGTH, description or "", field="description")
    row = _locked(name)
    description = description or None
    if description != row.description:
        _change(row, description=description)
        recorder.record(
            Kind.GROUP_DESCRIBED, actor=actor, subject=row.name, before=row.description, after=description
        )
    return row._replace(description=description)


def set_admin(name: str, is_admin: bool, *, actor: Actor) -> GroupRow:
    """Makes the group's members administrators, or takes that away.

    Raises `GroupNotFound`, `PermissionDenied`, and `LastAdministrator` where nobody would be left to administer.
    """
    check_configures(actor)
    with keeping_an_administrator():
        row = _locked(name)
        check_group_name(row.name, is_admin=is_admin)
        if is_admin != row.is_admin:
            _change(row, is_admin=is_admin)
            kind = Kind.GROUP_PROMOTED if is_admin else Kind.GROUP_DEMOTED
            recorder.record(kind, actor=actor, subject=row.name)
    return row._replace(is_admin=is_admin)


def delete(name: str, *, actor: Actor) -> None:
    """Deletes the group with its memberships and grants; its name is free again, and refers to nothing.

    Raises what `set_admin` raises.
    """
    check_configures(actor)
    with keeping_an_administrator():
        row = _locked(name)
        _change(row, deleted_at=clock.now_ms())
        for kind in (Membership, Grant):
            db.session.execute(sql_delete(kind).where(kind.group_id == row.id))
        recorder.record(Kind.GROUP_DELETED, actor=actor, subject=row.name)


def add(name: str, account: str, *, is_external: bool = False, actor: Actor) -> None:
    """Adds the account of that name to the group; does nothing where it is in the group already.

    `is_external` says that the OpenID provider wants it there. Raises `GroupNotFound`, `AccountNotFound`,
    `PermissionDenied`.
    """
    check_configures(actor)
    group, member = find(name), queries.find(account)
    if _ADD.run(account_id=member.id, group_id=group.id, is_external=is_external):
        recorder.record(Kind.MEMBER_ADDED, actor=actor, subject=group.name, after=member.name)


def remove(name: str, account: str, *, actor: Actor) -> None:
    """Removes the account from the group; does nothing where it is not in the group.

    An account that the OpenID provider added comes back with its next sign-in. Raises what `set_admin` raises.
    """
    check_configures(actor)
    with keeping_an_administrator():
        group, member = find(name), queries.find(account)
        if _REMOVE.run(account=member.id, from_group=group.id):
            recorder.record(Kind.MEMBER_REMOVED, actor=actor, subject=group.name, before=member.name)


def _change(row: GroupRow, **values: Any) -> None:
    group = db.session.get_one(Group, row.id, populate_existing=True)
    for name, value in values.items():
        setattr(group, name, value)
    db.session.flush()
