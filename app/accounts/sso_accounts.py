"""Signs in people whom an OpenID provider has identified: finds or creates their account, and syncs their groups.

Issuer and subject identify a person, never a name: names change hands at a provider. A name decides in one case
only, see `_find_prepared`.
"""

import contextlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from functools import partial

from sqlalchemy import bindparam, delete, exists, literal_column, null, select, update

from app.accounts import accounts, errors, groups, queries, sessions
from app.accounts.names import ADMINISTRATORS, check_name, key_of
from app.accounts.queries import AccountRow
from app.audit import recorder
from app.audit.recorder import Kind
from app.authz.actors import Actor
from app.authz.administrators import ACCOUNT, GROUP, MEMBERSHIP, check_administers
from app.authz.tables import Account, Membership
from app.core.errors import AlreadyExists, InvalidState, NotFound
from app.db.statements import Statement

# The actor that the history shows for accounts and memberships that come from a provider.
PROVIDER = Actor("single sign-on")

_WAS_DELETED = Statement(
    select(literal_column("1")).where(
        exists().where(
            ACCOUNT.issuer == bindparam("by_issuer"),
            ACCOUNT.subject == bindparam("by_subject"),
            ACCOUNT.deleted_at.is_not(None),
        )
    )
)
# Checks once more what `_find_prepared` did, so that of two people who come at once one is refused.
_LINK = Statement(
    update(Account.__table__)
    .where(
        ACCOUNT.id == bindparam("account"),
        ACCOUNT.password_hash.is_(None),
        ACCOUNT.issuer.is_(None),
        ACCOUNT.deleted_at.is_(None),
    )
    .values(issuer=bindparam("by_issuer"), subject=bindparam("by_subject"))
)
_CLEAR_IDENTITY = Statement(
    update(Account.__table__)
    .where(ACCOUNT.id == bindparam("account"))
    .values(password_hash=null(), issuer=null(), subject=null())
)
_GROUPS = Statement(select(GROUP.name, GROUP.name_key, GROUP.is_admin).where(GROUP.deleted_at.is_(None)))
_MEMBERSHIPS = Statement(
    select(GROUP.id, GROUP.name, GROUP.name_key, MEMBERSHIP.is_external)
    .join(Membership.__table__, MEMBERSHIP.group_id == GROUP.id)
    .where(MEMBERSHIP.account_id == bindparam("account"), GROUP.deleted_at.is_(None))
)
_REMOVE_MEMBERSHIP = Statement(
    delete(Membership.__table__).where(
        MEMBERSHIP.account_id == bindparam("account"), MEMBERSHIP.group_id == bindparam("from_group")
    )
)


@dataclass(frozen=True)
class Policy:
    """The meaning of a provider's groups here; the fields are those of `app.settings.oidc.Provider`."""

    groups: Mapping[str, str] = field(default_factory=dict)
    admin_group: str | None = None
    allowed_groups: frozenset[str] = frozenset()

    def admits(self, provider_groups: frozenset[str]) -> bool:
        """Returns whether a person in these groups of the provider may come in at all."""
        return not self.allowed_groups or bool(self.allowed_groups & provider_groups)

    def administers(self, provider_groups: frozenset[str]) -> bool:
        """Returns whether these groups make an administrator."""
        return self.admin_group is not None and self.admin_group in provider_groups


def sign_in(
    issuer: str,
    subject: str,
    name: str,
    full_name: str | None,
    provider_groups: Collection[str],
    *,
    policy: Policy,
) -> int:
    """Returns the id of the account of the person whom `issuer` calls `subject`, updated from the provider.

    A person who comes for the first time gets an account called `name`, or the one of that name that an administrator
    prepared. `provider_groups` are their groups at the provider: they join and leave ours accordingly, except groups
    that somebody here added them to. Raises `PermissionDenied` for people who may not come in, `AccountOfSomeoneElse`
    where the name is somebody else's, and `UnusableProviderName`.
    """
    member_of = frozenset(provider_groups)
    if not policy.admits(member_of):
        raise errors.NotInAllowedGroup(name)
    account = _find_or_create(issuer, subject, name, full_name, is_admin=policy.administers(member_of))
    if account.disabled_at is not None:
        raise errors.AccountDisabled(account.name)
    _sync_groups(account, member_of, policy)
    return account.id


def _find_or_create(
    issuer: str, subject: str, name: str, full_name: str | None, *, is_admin: bool
) -> AccountRow:
    existing = queries.find_by_identity(issuer, subject)
    if existing is not None:
        return existing
    _check_name(name)
    prepared = _find_prepared(name)
    if prepared is not None and _LINK.run(account=prepared.id, by_issuer=issuer, by_subject=subject):
        recorder.record(Kind.ACCOUNT_LINKED, actor=PROVIDER, subject=prepared.name, after=issuer)
        return prepared
    if _WAS_DELETED.first(by_issuer=issuer, by_subject=subject):
        raise errors.AccountDeleted(name)
    try:
        return _make(issuer, subject, name, full_name, is_admin=is_admin)
    except AlreadyExists as error:
        # Their other tab may have been quicker; otherwise somebody else has that name.
        existing = queries.find_by_identity(issuer, subject)
        if existing is None:
            raise errors.AccountOfSomeoneElse(name) from error
        return existing


def _check_name(name: str) -> None:
    """Raises `UnusableProviderName` for a name that no account can have, since the person did not type it."""
    try:
        check_name(name)
    except errors.InvalidName as error:
        raise errors.UnusableProviderName(name[:100], error.max_length) from error


def prepare(name: str, *, actor: Actor) -> None:
    """Prepares the account for single sign-on: the person whom the provider calls by its name takes it over.

    Its password and any identity it had are removed, and its sessions end; grants and tokens stay. Raises
    `AccountNotFound`, `PermissionDenied` for an actor who is no administrator, `ServiceHasNoOwner`, and
    `OwnAccountHandedOver`.
    """
    check_administers(actor)
    row = queries.locked(name)
    if row.is_service:
        raise errors.ServiceHasNoOwner()
    if actor.account_id == row.id:
        raise errors.OwnAccountHandedOver()
    _CLEAR_IDENTITY.run(account=row.id)
    sessions.end_all(row.id)
    recorder.record(Kind.ACCOUNT_PREPARED, actor=actor, subject=row.name, before=row.issuer)


def _find_prepared(name: str) -> AccountRow | None:
    """Returns the account of that name that waits for its owner; nobody can have signed in to it so far.

    It is a person's, without a password and without a provider. A service has neither, too, but no owner.
    """
    try:
        row = queries.find(name)
    except NotFound:
        return None
    return None if row.is_service or row.has_password or row.issuer is not None else row


def _make(issuer: str, subject: str, name: str, full_name: str | None, *, is_admin: bool) -> AccountRow:
    create = partial(
        accounts.create,
        name,
        full_name=_displayable(full_name),
        issuer=issuer,
        subject=subject,
        actor=PROVIDER,
    )
    try:
        return create()
    except InvalidState as error:
        # The first account of all must be an administrator.
        if not is_admin:
            raise errors.NoAdministratorYet() from error
        row = create(is_admin=True)
        groups.add(_administrators_group(), row.name, is_external=True, actor=PROVIDER)
        # From now on they are an administrator through the group, so that the provider can take it back.
        return accounts.set_admin(row.name, False, actor=PROVIDER)


def _displayable(full_name: str | None) -> str | None:
    """Returns what can be shown of a full name that the provider checks: a long or odd one keeps nobody out."""
    words = "".join(letter if letter.isprintable() else " " for letter in full_name or "").split()
    return " ".join(words)[: accounts.MAX_FULL_NAME_LENGTH].strip() or None


def _sync_groups(account: AccountRow, provider_groups: frozenset[str], policy: Policy) -> None:
    """Adds the account to the groups that its provider's groups map to, and removes it from other external ones."""
    wanted = _target_groups(provider_groups, policy)
    rows = _MEMBERSHIPS.rows(account=account.id)
    present = {row.name_key for row in rows}
    for key in sorted(wanted.keys() - present):
        groups.add(wanted[key], account.name, is_external=True, actor=PROVIDER)
    for row in rows:
        # Not by `groups.remove`, which keeps the last administrator: people who are no administrators at the
        # provider any more are none here, and a shell on the server can make another.
        if (
            row.is_external
            and row.name_key not in wanted
            and _REMOVE_MEMBERSHIP.run(account=account.id, from_group=row.id)
        ):
            recorder.record(Kind.MEMBER_REMOVED, actor=PROVIDER, subject=row.name, before=account.name)


def _target_groups(provider_groups: frozenset[str], policy: Policy) -> dict[str, str]:
    """Returns key and name of the groups here that the provider's groups map to.

    A group that the settings do not name maps to the group of its own name, but never to one of administrators:
    anyone who may create groups at the provider could otherwise make administrators here.
    """
    mapped = {key_of(policy.groups[name]) for name in provider_groups if name in policy.groups}
    same_name = {key_of(name) for name in provider_groups if name not in policy.groups}
    wanted = {
        group.name_key: group.name
        for group in _GROUPS.rows()
        if group.name_key in mapped or (group.name_key in same_name and not group.is_admin)
    }
    if policy.administers(provider_groups) and ADMINISTRATORS not in wanted:
        wanted[ADMINISTRATORS] = _administrators_group()
    return wanted


def _administrators_group() -> str:
    """Returns the name of the administrators' group, created when the provider first names one of them."""
    with contextlib.suppress(AlreadyExists):
        groups.create(
            ADMINISTRATORS, description="Administrators by single sign-on", is_admin=True, actor=PROVIDER
        )
    return groups.find(ADMINISTRATORS).name
