"""Which groups somebody is in, what groups are called, and whom a rule concerns."""

from collections import defaultdict
from collections.abc import Collection, Iterable

from sqlalchemy import ColumnElement, bindparam, or_, select

from app.accounts.names import key_of
from app.authz.actors import Actor
from app.authz.administrators import ACCOUNT, GROUP, IN_USE, MEMBERSHIP
from app.authz.levels import Level
from app.authz.tables import Grant, Group, Membership
from app.db.statements import Statement
from app.db.transactions import db

GRANT = Grant.__table__.c
_MEMBERS = select(MEMBERSHIP.account_id).join_from(
    Membership.__table__, Group.__table__, GROUP.id == MEMBERSHIP.group_id
)
_GROUPS = Statement(
    select(GROUP.id)
    .join_from(Membership.__table__, Group.__table__, GROUP.id == MEMBERSHIP.group_id)
    .where(MEMBERSHIP.account_id == bindparam("account_id"), GROUP.deleted_at.is_(None))
)


def groups_of(actor: Actor) -> frozenset[int]:
    """The ids of the groups that the actor is in."""
    if not actor.account_id:
        return frozenset()
    return frozenset(group_id for (group_id,) in _GROUPS.rows(account_id=actor.account_id))


def is_in(actor: Actor, group_ids: Collection[int], known: Collection[int] | None = None) -> bool:
    """Whether the actor is in one of these groups; `known` are all of theirs, where those were read before."""
    if not group_ids:
        return False
    return not frozenset(groups_of(actor) if known is None else known).isdisjoint(group_ids)


def group_names(group_ids: Iterable[int]) -> dict[int, str]:
    """What these groups are called, those that were deleted meanwhile left out."""
    wanted = set(group_ids)
    if not wanted:
        return {}
    rows = db.session.execute(
        select(GROUP.id, GROUP.name).where(GROUP.id.in_(wanted), GROUP.deleted_at.is_(None))
    )
    return dict(tuple(row) for row in rows)


def members(group_ids: Collection[int]) -> set[int]:
    """The accounts in use that are in one of these groups."""
    return _accounts(ACCOUNT.id.in_(_in_groups(GROUP.id.in_(group_ids)))) if group_ids else set()


def with_level(model_id: int, level: int) -> set[int]:
    """The accounts in use that have at least this level on the model: by grants, or as administrators."""
    enough = (
        or_(GRANT.model_id == model_id, GRANT.model_id.is_(None)),
        GRANT.level >= level,
        GRANT.area == "models",
    )
    given = select(GRANT.account_id).where(*enough, GRANT.account_id.is_not(None))
    by_group = select(GRANT.group_id).where(*enough, GRANT.group_id.is_not(None))
    to_all = select(GRANT.id).where(*enough, GRANT.group_id.is_(None), GRANT.account_id.is_(None)).exists()
    return _accounts(
        or_(
            ACCOUNT.id.in_(given),
            ACCOUNT.id.in_(_in_groups(GROUP.id.in_(by_group))),
            to_all,
            ACCOUNT.is_admin,
            ACCOUNT.id.in_(_in_groups(GROUP.is_admin)),
        )
    )


class Crowd:
    """What some accounts are in and may do to some models, in three statements however many of either.

    Who is not in use (any more) is in nothing and may do nothing.
    """

    def __init__(self, account_ids: Collection[int], model_ids: Collection[int]):
        self._admins: set[int] = set()
        self._groups: dict[int, set[int]] = defaultdict(set)
        self._levels: dict[tuple[int, int | None], int] = defaultdict(int)
        if account_ids:
            self._read_accounts(account_ids)
            self._read_grants(account_ids, model_ids)

    def _read_accounts(self, account_ids: Collection[int]) -> None:
        accounts = select(ACCOUNT.id, ACCOUNT.is_admin).where(ACCOUNT.id.in_(account_ids), IN_USE)
        in_use = dict(tuple(row) for row in db.session.execute(accounts))
        self._admins |= {account_id for account_id, is_admin in in_use.items() if is_admin}
        memberships = _MEMBERS.add_columns(GROUP.id, GROUP.is_admin).where(
            MEMBERSHIP.account_id.in_(in_use), GROUP.deleted_at.is_(None)
        )
        self._groups.update({account_id: set() for account_id in in_use})
        for account_id, group_id, is_admin in db.session.execute(memberships):
            self._groups[account_id].add(group_id)
            self._admins |= {account_id} if is_admin else set()

    def _read_grants(self, account_ids: Collection[int], model_ids: Collection[int]) -> None:
        groups = set().union(*self._groups.values())
        to_all = GRANT.account_id.is_(None) & GRANT.group_id.is_(None)
        query = select(GRANT.account_id, GRANT.group_id, GRANT.model_id, GRANT.level).where(
            GRANT.area == "models",
            or_(GRANT.model_id.in_(model_ids), GRANT.model_id.is_(None)),
            or_(GRANT.account_id.in_(account_ids), GRANT.group_id.in_(groups), to_all),
        )
        for account_id, group_id, model_id, level in db.session.execute(query):
            for one, groups in self._groups.items():
                if account_id == one or group_id in groups or (account_id is None and group_id is None):
                    self._levels[one, model_id] = max(self._levels[one, model_id], level)

    def is_in(self, account_id: int, group_ids: Collection[int]) -> bool:
        """Whether the account is in one of these groups."""
        return account_id in self._groups and not self._groups[account_id].isdisjoint(group_ids)

    def level(self, account_id: int, model_id: int) -> int:
        """The account's level on the model: by grants, or as an administrator."""
        if account_id in self._admins:
            return int(Level.MANAGE)
        return max(self._levels[account_id, model_id], self._levels[account_id, None])


def named(names: Collection[str]) -> dict[str, int]:
    """The accounts in use of these names, whatever their case: the name's key to its id."""
    keys = {key_of(name) for name in names}
    if not keys:
        return {}
    rows = db.session.execute(select(ACCOUNT.name_key, ACCOUNT.id).where(ACCOUNT.name_key.in_(keys), IN_USE))
    return dict(tuple(row) for row in rows)


def _in_groups(which: ColumnElement[bool]):
    return _MEMBERS.where(which, GROUP.deleted_at.is_(None))


def _accounts(which: ColumnElement[bool]) -> set[int]:
    return set(db.session.execute(select(ACCOUNT.id).where(which, IN_USE)).scalars())


def level_words(level: int) -> str:
    """Who has a level on a model, in words."""
    if level >= Level.MANAGE:
        return "whoever manages the model"
    return f"whoever manages {'Production' if level >= Level.MANAGE_PRODUCTION else 'Staging'} versions"
