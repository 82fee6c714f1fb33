"""Checks who may administer and who may manage which account, and keeps at least one administrator."""

import contextlib
from collections.abc import Iterator

from sqlalchemy import and_, bindparam, exists, literal_column, or_, select

from app.authz.actors import Actor
from app.authz.errors import LastAdministrator, NotAnAdministrator, TokenCannotAdminister
from app.authz.permissions import Scope
from app.authz.tables import Account, Group, Membership
from app.db.statements import Statement
from app.db.transactions import connection, db

ACCOUNT = Account.__table__.c
GROUP = Group.__table__.c
MEMBERSHIP = Membership.__table__.c

# Whether an account is an administrator through one of its groups, and whether it is one at all.
BY_GROUP = (
    exists()
    .where(MEMBERSHIP.account_id == ACCOUNT.id, GROUP.id == MEMBERSHIP.group_id, GROUP.is_admin)
    .where(GROUP.deleted_at.is_(None))
    .correlate(Account.__table__)
)
ADMINISTERS = or_(ACCOUNT.is_admin, BY_GROUP)
# Deleted and disabled accounts may do nothing; rows of deleted ones stay, since the history names them.
IN_USE = and_(ACCOUNT.deleted_at.is_(None), ACCOUNT.disabled_at.is_(None))

# People only: a registry that only a service could administer would be lost to people.
_ADMINISTRATORS = select(ACCOUNT.id).where(ACCOUNT.kind == literal_column("'user'"), IN_USE, ADMINISTERS)
# FOR NO KEY UPDATE: rows that refer to the account can still be written while the lock is held.
_LOCK = Statement(_ADMINISTRATORS.order_by(ACCOUNT.id).with_for_update(key_share=True, of=Account.__table__))
_LEFT = Statement(_ADMINISTRATORS.limit(literal_column("1")))
_IS_ONE = Statement(_ADMINISTRATORS.where(ACCOUNT.id == bindparam("account")))


def check_administers(actor: Actor) -> None:
    """Raises `PermissionDenied` unless the actor may manage everybody's accounts."""
    if actor.account_id is not None and not actor.is_admin:
        raise NotAnAdministrator(actor.name)
    if actor.scopes is not None or actor.is_limited:
        raise TokenCannotAdminister()


def check_configures(actor: Actor) -> None:
    """Raises `PermissionDenied` unless the actor may manage groups, stages, rules and permissions on everything.

    Those are administrators, also through a token with the scope `manage`.
    """
    if actor.scopes is None or Scope.MANAGE not in actor.scopes or actor.is_limited:
        check_administers(actor)
    elif actor.account_id is not None and not actor.is_admin:
        raise NotAnAdministrator(actor.name)


def check_manages_account(account_id: int, actor: Actor) -> None:
    """Raises `PermissionDenied` unless the account is the actor's own or the actor is an administrator."""
    if actor.account_id != account_id or actor.is_limited or actor.scopes is not None:
        check_administers(actor)


@contextlib.contextmanager
def keeping_an_administrator() -> Iterator[None]:
    """Undoes what the block did, and raises `LastAdministrator`, if nobody would be left to administer.

    Two administrators who step down at the same moment wait for each other.
    """
    # The session must join the transaction as a whole, and not end with the savepoint that begins here.
    db.session.connection()
    administrators = _LOCK.rows()
    with connection().begin_nested():
        yield
        if administrators and _LEFT.first() is None:
            raise LastAdministrator()
