"""Who administers, who may keep whose account, and that there is always an administrator."""

import contextlib
from collections.abc import Iterator

from sqlalchemy import and_, bindparam, exists, literal_column, or_, select

from app.authz.actors import Actor
from app.authz.tables import Account, Group, Membership
from app.core.errors import InvalidState, PermissionDenied
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
# Deleted and disabled accounts have no rights; the rows of deleted ones stay, since the history names them.
IN_USE = and_(ACCOUNT.deleted_at.is_(None), ACCOUNT.disabled_at.is_(None))

# People: what only a service could administer, nobody could any more.
_ADMINISTRATORS = select(ACCOUNT.id).where(ACCOUNT.kind == literal_column("'user'"), IN_USE, ADMINISTERS)
# Not against keys: what refers to the account goes on being written meanwhile.
_LOCK = Statement(_ADMINISTRATORS.order_by(ACCOUNT.id).with_for_update(key_share=True, of=Account.__table__))
_LEFT = Statement(_ADMINISTRATORS.limit(literal_column("1")))
_IS_ONE = Statement(_ADMINISTRATORS.where(ACCOUNT.id == bindparam("account")))


def check_administers(actor: Actor) -> None:
    """Raise `PermissionDenied` unless the actor keeps everybody's accounts, groups and rights."""
    if actor.account_id is not None and not actor.is_admin:
        raise PermissionDenied(f"{actor.name} is no administrator.")
    if actor.scopes is not None or actor.is_limited:
        raise PermissionDenied("A token with scopes, or for certain models, administers nothing.")


def check_keeps(account_id: int, actor: Actor) -> None:
    """Raise `PermissionDenied` unless the account is the actor's own, or the actor is an administrator."""
    if actor.account_id != account_id or actor.is_limited or actor.scopes is not None:
        check_administers(actor)


@contextlib.contextmanager
def leaving_an_administrator() -> Iterator[None]:
    """Undo what the block did, and raise `InvalidState`, where nobody would be left to administer.

    Two that step down at the same moment wait for each other.
    """
    # The session is to join the transaction as a whole, and not to end with the part that begins here.
    db.session.connection()
    before = _LOCK.rows()
    with connection().begin_nested():
        yield
        if before and _LEFT.first() is None:
            raise InvalidState(
                "This is the last administrator: make somebody else one first, or nobody could keep "
                "the accounts."
            )
