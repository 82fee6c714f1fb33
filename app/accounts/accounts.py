"""Creates, changes, disables and deletes accounts of people and services. `app.accounts.queries` reads them.

Every look-up of a token, password or session reads the account's row as well, and what is cached of it is void
once the row has changed. So changes take effect with the next request, in every worker. No password and no token
gets into an event.
"""

from collections.abc import Callable
from typing import Any

from sqlalchemy import bindparam, select, update
from sqlalchemy import delete as sql_delete

from app.accounts import errors, passwords, queries, sessions
from app.accounts.names import check_name, key_of
from app.accounts.queries import AccountRow
from app.accounts.tables import Token
from app.audit import recorder
from app.audit.recorder import Kind
from app.authz.actors import Actor
from app.authz.administrators import (
    ACCOUNT,
    check_administers,
    check_manages_account,
    keeping_an_administrator,
)
from app.authz.tables import KINDS, Account, Grant, Membership
from app.core import clock
from app.core.key_rules import check_length
from app.db.statements import Statement
from app.db.transactions import db, upsert

find, get, search, find_by_identity = queries.find, queries.get, queries.search, queries.find_by_identity

MAX_FULL_NAME_LENGTH = 200

_CREATE = Statement(
    # The unique indexes of living accounts decide a race, without an error that would spoil the transaction.
    lambda: upsert(Account).on_conflict_do_nothing().returning(ACCOUNT.id),
    columns=(
        "kind",
        "name",
        "name_key",
        "full_name",
        "password_hash",
        "is_admin",
        "issuer",
        "subject",
        "created_at",
        "created_by",
    ),
)
_PASSWORD = Statement(select(ACCOUNT.password_hash).where(ACCOUNT.id == bindparam("account")))


def create(
    name: str,
    *,
    kind: str = "user",
    password: str | None = None,
    is_admin: bool = False,
    full_name: str | None = None,
    issuer: str | None = None,
    subject: str | None = None,
    actor: Actor,
) -> AccountRow:
    """Creates an account of a person, or of a service, which has tokens only.

    The very first account turns signing in on, and must be a person's and an administrator; it is created inside
    `app.sharing.team_setup.opening_default_experiment`. `issuer` and `subject` are those of an OpenID provider.
    Raises `InvalidParameter`, `AccountNameTaken`, `FirstAccountMustAdminister`, and `PermissionDenied` for an actor
    who is no administrator.
    """
    check_administers(actor)
    check_name(name)
    if kind not in KINDS:
        raise errors.UnknownAccountKind(kind)
    if kind == "service" and password is not None:
        raise errors.ServiceHasNoPassword()
    full_name = _full_name(full_name)
    # Before the first statement, so that nobody waits for a lock while the slow hash is computed.
    hashed = None if password is None else passwords.hash(passwords.check_new(password, name=name))
    is_first = queries.ANY_ACCOUNT.first() is None
    if is_first and (kind != "user" or not is_admin):
        raise errors.FirstAccountMustAdminister()
    account_id = _CREATE.scalar(
        kind=kind,
        name=name,
        name_key=key_of(name),
        full_name=full_name,
        password_hash=hashed,
        is_admin=is_admin,
        issuer=issuer,
        subject=subject,
        created_at=clock.now_ms(),
        created_by=actor.name,
    )
    if account_id is None:
        raise errors.AccountNameTaken(name)
    role = "service" if kind == "service" else "administrator" if is_admin else "user"
    recorder.record(Kind.ACCOUNT_CREATED, actor=actor, subject=name, after=role)
    return get(account_id)


def get_managed(name: str, actor: Actor) -> AccountRow:
    """Returns the account, for its owner and for administrators.

    Raises `PermissionDenied` for everybody else, whether there is such an account or not, and `AccountNotFound`.
    """
    return _get_managed(find, name, actor)


def _get_managed(look_up: Callable[[str], AccountRow], name: str, actor: Actor) -> AccountRow:
    if key_of(name) != key_of(actor.name):
        check_administers(actor)
    row = look_up(name)
    check_manages_account(row.id, actor)
    return row


def _full_name(text: str | None) -> str | None:
    text = " ".join((text or "").split())
    check_length("full name", MAX_FULL_NAME_LENGTH, text, field="full_name")
    if not text.isprintable():
        raise errors.InvisibleCharacters()
    return text or None


def set_full_name(name: str, full_name: str | None, *, actor: Actor) -> AccountRow:
    """Sets the full name of the account's owner; the owner and administrators may. Raises `InvalidParameter`."""
    full_name = _full_name(full_name)
    row = _get_managed(queries.locked, name, actor)
    if full_name != row.full_name:
        _change(row, full_name=full_name)
        recorder.record(
            Kind.ACCOUNT_DESCRIBED, actor=actor, subject=row.name, before=row.full_name, after=full_name
        )
    return row._replace(full_name=full_name)


def set_password(
    name: str, password: str, *, current: str | None = None, keep: str | None = None, actor: Actor
) -> None:
    """Sets the account's password, and ends its sessions except the one whose secret is `keep`.

    Administrators may set everybody's. People who set their own prove with the `current` password that they are the
    owner, so that a browser left open does not give the account away; the doors count wrong ones with
    `app.accounts.sign_in_throttle`. Tokens go on working. Raises `InvalidParameter` (field `password` or
    `current_password`), `AccountNotFound`, `PermissionDenied`.
    """
    row = _get_managed(queries.locked, name, actor)
    if row.is_service:
        raise errors.ServiceHasNoPassword()
    if actor.account_id == row.id:
        _check_current(row, current, password)
    hashed = passwords.hash(passwords.check_new(password, name=row.name))
    _change(row, password_hash=hashed)
    sessions.end_all(row.id, but=keep)
    recorder.record(Kind.ACCOUNT_PASSWORD_SET, actor=actor, subject=row.name)


def _check_current(row: AccountRow, current: str | None, new: str) -> None:
    if not row.has_password:
        raise errors.NoPasswordYet()
    if not current:
        raise errors.CurrentPasswordMissing()
    if not passwords.verify(current, _PASSWORD.scalar(account=row.id)):
        raise errors.CurrentPasswordWrong()
    if new == current:
        raise errors.PasswordUnchanged()


def set_admin(name: str, is_admin: bool, *, actor: Actor) -> AccountRow:
    """Makes the account an administrator, or takes that away, whatever groups it is in.

    Raises `AccountNotFound`, `PermissionDenied`, and `LastAdministrator` where nobody would be left to administer.
    """
    check_administers(actor)
    with keeping_an_administrator():
        row = queries.locked(name)
        if is_admin != row.is_admin:
            _change(row, is_admin=is_admin)
            kind = Kind.ACCOUNT_PROMOTED if is_admin else Kind.ACCOUNT_DEMOTED
            recorder.record(kind, actor=actor, subject=row.name)
    return row._replace(is_admin=is_admin)


def disable(name: str, *, actor: Actor) -> AccountRow:
    """Refuses the account, by password and by token, until it is enabled again.

    Its sessions end for good. Raises `AccountNotFound`, `PermissionDenied`, `OwnAccount` for the actor's own account,
    and `LastAdministrator`.
    """
    check_administers(actor)
    with keeping_an_administrator():
        row = queries.locked(name)
        _check_other(row, actor, "disable")
        if row.disabled_at is not None:
            return row
        now = clock.now_ms()
        _change(row, disabled_at=now)
        sessions.end_all(row.id)
        recorder.record(Kind.ACCOUNT_DISABLED, actor=actor, subject=row.name)
    return row._replace(disabled_at=now)


def enable(name: str, *, actor: Actor) -> AccountRow:
    """Admits a disabled account again, with its password and its tokens. Raises `AccountNotFound`."""
    check_administers(actor)
    row = queries.locked(name)
    if row.disabled_at is not None:
        _change(row, disabled_at=None)
        recorder.record(Kind.ACCOUNT_ENABLED, actor=actor, subject=row.name)
    return row._replace(disabled_at=None)


def delete(name: str, *, actor: Actor) -> None:
    """Deletes the account, with its sessions, tokens, memberships and grants; its name is free again.

    What it did stays in the history. Raises what `disable` raises.
    """
    check_administers(actor)
    with keeping_an_administrator():
        row = queries.locked(name)
        _check_other(row, actor, "delete")
        now = clock.now_ms()
        _change(row, deleted_at=now, password_hash=None)
        sessions.end_all(row.id)
        good = update(Token).where(Token.account_id == row.id, Token.revoked_at.is_(None))
        db.session.execute(good.values(revoked_at=now))
        for kind in (Membership, Grant):
            db.session.execute(sql_delete(kind).where(kind.account_id == row.id))
        recorder.record(Kind.ACCOUNT_DELETED, actor=actor, subject=row.name)


def _check_other(row: AccountRow, actor: Actor, verb: str) -> None:
    if actor.account_id == row.id:
        raise errors.OwnAccount(verb)


def _change(row: AccountRow, **values: Any) -> None:
    account = db.session.get_one(Account, row.id, populate_existing=True)
    for name, value in values.items():
        setattr(account, name, value)
    db.session.flush()
