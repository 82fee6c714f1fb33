"""Which groups somebody is in, what groups are called, and whom a rule concerns."""

from collections.abc import Collection, Iterable

from sqlalchemy import ColumnElement, bindparam, or_, select

from app.accounts.actors import Actor
from app.accounts.levels import Level
from app.accounts.models import Account, Grant, Group, Membership
from app.database import db
from app.prepared import Prepared

ACCOUNT = Account.__table__.c
GROUP = Group.__table__.c
MEMBERSHIP = Membership.__table__.c
GRANT = Grant.__table__.c
_IN_USE = (ACCOUNT.deleted_at.is_(None), ACCOUNT.disabled_at.is_(None))
_MEMBERS = select(MEMBERSHIP.account_id).join_from(
    Membership.__table__, Group.__table__, GROUP.id == MEMBERSHIP.group_id
)
_GROUPS = Prepared(
    select(GROUP.id)
    .join_from(Membership.__table__, Group.__table__, GROUP.id == MEMBERSHIP.group_id)
    .where(MEMBERSHIP.account_id == bindparam("account_id"), GROUP.deleted_at.is_(None))
)


def groups_of(actor: Actor) -> frozenset[int]:
    """The ids of the groups that the actor is in."""
    if not actor.account_id:
        return frozenset()
    return frozenset(group_id for (group_id,) in _GROUPS.rows(account_id=actor.account_id))


def is_in(actor: Actor, group_ids: Collection[int]) -> bool:
    """Whether the actor is in one of these groups."""
    return bool(group_ids) and not groups_of(actor).isdisjoint(group_ids)


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
    enough = (or_(GRANT.model_id == model_id, GRANT.model_id.is_(None)), GRANT.level >= level,
              GRANT.area == "models")  # fmt: skip
    given = select(GRANT.account_id).where(*enough, GRANT.account_id.is_not(None))
    by_group = select(GRANT.group_id).where(*enough, GRANT.group_id.is_not(None))
    to_all = select(GRANT.id).where(*enough, GRANT.group_id.is_(None), GRANT.account_id.is_(None)).exists()
    return _accounts(or_(
        ACCOUNT.id.in_(given), ACCOUNT.id.in_(_in_groups(GROUP.id.in_(by_group))), to_all,
        ACCOUNT.is_admin, ACCOUNT.id.in_(_in_groups(GROUP.is_admin)),
    ))  # fmt: skip


def named(names: Collection[str]) -> dict[str, int]:
    """The accounts in use of these names, whatever their case: the name's key to its id."""
    keys = {name.casefold() for name in names}
    if not keys:
        return {}
    rows = db.session.execute(
        select(ACCOUNT.name_key, ACCOUNT.id).where(ACCOUNT.name_key.in_(keys), *_IN_USE)
    )
    return dict(tuple(row) for row in rows)


def _in_groups(which: ColumnElement[bool]):  # noqa: ANN202
    return _MEMBERS.where(which, GROUP.deleted_at.is_(None))


def _accounts(which: ColumnElement[bool]) -> set[int]:
    return set(db.session.execute(select(ACCOUNT.id).where(which, *_IN_USE)).scalars())


def level_words(stage: str, level: int) -> str:
    """Who has a stage's level, in words."""
    return f"whoever manages {stage}" if level < Level.MANAGE else "whoever manages the model"
