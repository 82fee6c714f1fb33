"""Which groups somebody is in, what groups are called, and whom a rule concerns."""

import json
from collections import defaultdict
from collections.abc import Collection, Iterable
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, bindparam, or_, select

from app.accounts.names import key_of
from app.authz.actors import Actor
from app.authz.administrators import ACCOUNT, GROUP, IN_USE, MEMBERSHIP
from app.authz.levels import Level
from app.authz.tables import Grant, Group, Membership
from app.core.ids import RegisteredModelId
from app.db.statements import Statement, each_of

GRANT = Grant.__table__.c


class _Group(NamedTuple):
    """A group that is not deleted."""

    id: int
    name: str


class _Account(NamedTuple):
    """An account in use."""

    id: int
    name_key: str
    is_admin: bool


class _Membership(NamedTuple):
    """An account's place in a group that is not deleted."""

    account_id: int
    group_id: int
    is_admin: bool


class _Grant(NamedTuple):
    """A level on one model, or on all: of an account, of a group, or with neither of everybody."""

    account_id: int | None
    group_id: int | None
    model_id: int | None
    level: int


_ACCOUNTS = select(ACCOUNT.id, ACCOUNT.name_key, ACCOUNT.is_admin).where(IN_USE)
_MEMBERSHIPS = (
    select(MEMBERSHIP.account_id, MEMBERSHIP.group_id, GROUP.is_admin)
    .join_from(Membership.__table__, Group.__table__, GROUP.id == MEMBERSHIP.group_id)
    .where(GROUP.deleted_at.is_(None))
)
_TO_ALL = GRANT.account_id.is_(None) & GRANT.group_id.is_(None)


def _in_groups(which: ColumnElement[bool]) -> Select[Any]:
    """Returns the select of the accounts in those groups."""
    return _MEMBERSHIPS.with_only_columns(MEMBERSHIP.account_id).where(which)


def _with_level() -> Select[Any]:
    sufficient = (
        or_(GRANT.model_id == bindparam("model_id"), GRANT.model_id.is_(None)),
        GRANT.level >= bindparam("level"),
        GRANT.area == "models",
    )
    by_account = select(GRANT.account_id).where(*sufficient, GRANT.account_id.is_not(None))
    by_group = select(GRANT.group_id).where(*sufficient, GRANT.group_id.is_not(None))
    to_all = select(GRANT.id).where(*sufficient, _TO_ALL).exists()
    return (
        select(ACCOUNT.id)
        .where(IN_USE)
        .where(
            or_(
                ACCOUNT.id.in_(by_account),
                ACCOUNT.id.in_(_in_groups(GROUP.id.in_(by_group))),
                to_all,
                ACCOUNT.is_admin,
                ACCOUNT.id.in_(_in_groups(GROUP.is_admin)),
            )
        )
    )


_GROUPS_OF = Statement(
    _MEMBERSHIPS.with_only_columns(GROUP.id).where(MEMBERSHIP.account_id == bindparam("account_id"))
)
_GROUPS_BY_ID = Statement(
    lambda: select(GROUP.id, GROUP.name).where(
        GROUP.id.in_(each_of("group_ids", int)), GROUP.deleted_at.is_(None)
    ),
    _Group,
)
_MEMBERS = Statement(
    lambda: _ACCOUNTS.with_only_columns(ACCOUNT.id).where(
        ACCOUNT.id.in_(_in_groups(GROUP.id.in_(each_of("group_ids", int))))
    )
)
_WITH_LEVEL = Statement(_with_level)
_ACCOUNTS_BY_ID = Statement(lambda: _ACCOUNTS.where(ACCOUNT.id.in_(each_of("account_ids", int))), _Account)
_ACCOUNTS_BY_NAME = Statement(lambda: _ACCOUNTS.where(ACCOUNT.name_key.in_(each_of("keys", str))), _Account)
_MEMBERSHIPS_OF = Statement(
    lambda: _MEMBERSHIPS.where(MEMBERSHIP.account_id.in_(each_of("account_ids", int))), _Membership
)
_GRANTS = Statement(
    lambda: select(GRANT.account_id, GRANT.group_id, GRANT.model_id, GRANT.level).where(
        GRANT.area == "models",
        or_(GRANT.model_id.in_(each_of("model_ids", int)), GRANT.model_id.is_(None)),
        or_(
            GRANT.account_id.in_(each_of("account_ids", int)),
            GRANT.group_id.in_(each_of("group_ids", int)),
            _TO_ALL,
        ),
    ),
    _Grant,
)


def groups_of(actor: Actor) -> frozenset[int]:
    """Returns the ids of the groups that the actor is in."""
    if not actor.account_id:
        return frozenset()
    return frozenset(_GROUPS_OF.scalars(account_id=actor.account_id))


def is_in(actor: Actor, group_ids: Collection[int], known: Collection[int] | None = None) -> bool:
    """Returns whether the actor is in one of these groups; `known` are all of theirs, where those were read before."""
    if not group_ids:
        return False
    return not frozenset(groups_of(actor) if known is None else known).isdisjoint(group_ids)


def group_names(group_ids: Iterable[int]) -> dict[int, str]:
    """Returns what these groups are called, without those that were deleted."""
    ids = set(group_ids)
    if not ids:
        return {}
    return {group.id: group.name for group in _GROUPS_BY_ID.rows(group_ids=_json_array(ids))}


def members(group_ids: Collection[int]) -> set[int]:
    """Returns the accounts in use that are in one of these groups."""
    return set(_MEMBERS.scalars(group_ids=_json_array(group_ids))) if group_ids else set()


def with_level(model_id: RegisteredModelId, level: int) -> set[int]:
    """Returns the accounts in use that have at least this level on the model: by grants, or as administrators."""
    return set(_WITH_LEVEL.scalars(model_id=model_id, level=int(level)))


class Standing:
    """What some accounts are in and may do to some models, in three statements however many of either.

    An account that is no longer in use is in nothing and may do nothing.
    """

    def __init__(self, account_ids: Collection[int], model_ids: Collection[int]):
        self._admins: set[int] = set()
        self._groups: dict[int, set[int]] = {}
        self._levels: dict[tuple[int, int | None], int] = defaultdict(int)
        if account_ids:
            self._read_accounts(account_ids)
            self._read_grants(account_ids, model_ids)

    def _read_accounts(self, account_ids: Collection[int]) -> None:
        for account in _ACCOUNTS_BY_ID.rows(account_ids=_json_array(account_ids)):
            self._groups[account.id] = set()
            if account.is_admin:
                self._admins.add(account.id)
        for membership in _MEMBERSHIPS_OF.rows(account_ids=_json_array(self._groups)):
            self._groups[membership.account_id].add(membership.group_id)
            if membership.is_admin:
                self._admins.add(membership.account_id)

    def _read_grants(self, account_ids: Collection[int], model_ids: Collection[int]) -> None:
        grants = _GRANTS.rows(
            account_ids=_json_array(account_ids),
            group_ids=_json_array(set().union(*self._groups.values())),
            model_ids=_json_array(model_ids),
        )
        for grant in grants:
            is_to_all = grant.account_id is None and grant.group_id is None
            for account_id, groups in self._groups.items():
                if is_to_all or grant.account_id == account_id or grant.group_id in groups:
                    key = account_id, grant.model_id
                    self._levels[key] = max(self._levels[key], grant.level)

    def is_in(self, account_id: int, group_ids: Collection[int]) -> bool:
        """Returns whether the account is in one of these groups."""
        return account_id in self._groups and not self._groups[account_id].isdisjoint(group_ids)

    def level(self, account_id: int, model_id: int) -> int:
        """Returns the account's level on the model: by grants, or as an administrator."""
        if account_id in self._admins:
            return int(Level.MANAGE)
        return max(self._levels[account_id, model_id], self._levels[account_id, None])


def accounts_by_name(names: Collection[str]) -> dict[str, int]:
    """Returns the accounts in use of these names, whatever their case: the name's key to its id."""
    keys = {key_of(name) for name in names}
    if not keys:
        return {}
    accounts = _ACCOUNTS_BY_NAME.rows(keys=json.dumps(sorted(keys)))
    return {account.name_key: account.id for account in accounts}


def _json_array(ids: Iterable[int]) -> str:
    return json.dumps(sorted(set(ids)))


def level_label(level: int) -> str:
    """Returns who has a level on a model, as the subject of a sentence."""
    if level >= Level.MANAGE:
        return "anyone who manages the model"
    return f"anyone who manages {'Production' if level >= Level.MANAGE_PRODUCTION else 'Staging'} versions"
