"""Creates, lists and revokes access tokens. `app.accounts.credentials` finds the account behind one."""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from flask import current_app
from sqlalchemy import bindparam, func, or_, select, update

from app.accounts import errors, secrets
from app.accounts.tables import Token
from app.audit import recorder
from app.audit.recorder import Kind
from app.authz.actors import Actor
from app.authz.permissions import Scope
from app.authz.tables import Account, TokenModel
from app.core import clock
from app.core.errors import PermissionDenied
from app.core.ids import RegisteredModelId
from app.db.statements import Statement
from app.db.transactions import db
from app.settings import quotas

MAX_NAME_LENGTH = 100
DAY = 24 * 3600 * 1000  # milliseconds

TOKEN = Token.__table__.c
_RECORD_USE = Statement(
    update(Token.__table__).where(TOKEN.id == bindparam("token")).values(last_used_at=bindparam("now"))
)

_VALID = (
    select(func.count())
    .select_from(Token.__table__)
    .where(TOKEN.revoked_at.is_(None), or_(TOKEN.expires_at.is_(None), TOKEN.expires_at > bindparam("now")))
)
_VALID_OF_ALL = Statement(_VALID)
_VALID_OF_ACCOUNT = Statement(_VALID.where(TOKEN.account_id == bindparam("account_id")))


class TokenRow(NamedTuple):
    """A token as it is shown; times in milliseconds, `scopes` None for everything that its account may do."""

    id: int
    account_id: int
    name: str
    hint: str
    scopes: frozenset[Scope] | None
    created_at: int
    created_by: str
    expires_at: int | None
    revoked_at: int | None
    last_used_at: int | None
    model_ids: tuple[int, ...]

    def is_valid(self, now: int) -> bool:
        """Returns whether it can be used at `now`."""
        return self.revoked_at is None and (self.expires_at is None or self.expires_at > now)


def create(
    account_id: int,
    name: str,
    *,
    scopes: Iterable[Scope] | None = None,
    expires_at: int | None = None,
    models: Mapping[RegisteredModelId, str] | None = None,
    actor: Actor,
) -> tuple[TokenRow, str]:
    """Creates a token for the account; returns it with its secret, which cannot be shown again.

    `models` are ids and names of the models that the token is limited to; without any, it reaches all that the account
    may reach. Where the installation limits lifetimes, a token without `expires_at` gets the greatest. Raises
    `InvalidParameter`, `AccountIdNotFound`, `TooManyTokens`, and `PermissionDenied` for an actor who is neither the
    account itself nor an administrator.
    """
    _check_may_manage(account_id, actor)
    name, now = name.strip(), clock.now_ms()
    if not name or len(name) > MAX_NAME_LENGTH or not name.isprintable():
        raise errors.InvalidTokenName(MAX_NAME_LENGTH)
    if expires_at is not None and expires_at <= now:
        raise errors.TokenExpiryInPast()
    expires_at = _limited(expires_at, now)
    owner = _owner_name(account_id)
    if owner is None:
        raise errors.AccountIdNotFound(account_id)
    _check_quota(account_id, now)
    models = models or {}
    secret = secrets.make(secrets.TOKEN_PREFIX)
    token = Token(
        account_id=account_id,
        name=name,
        secret_hash=secrets.digest(secret),
        hint=secret[: len(secrets.TOKEN_PREFIX) + 4],
        scopes=None if scopes is None else " ".join(sorted(scope.value for scope in scopes)),
        is_limited=bool(models),
        created_at=now,
        created_by=actor.name,
        created_by_id=actor.account_id,
        expires_at=expires_at,
    )
    db.session.add(token)
    db.session.flush()
    db.session.add_all(TokenModel(token_id=token.id, model_id=model_id) for model_id in models)
    db.session.flush()
    made = get(token.id)
    recorder.record(
        Kind.TOKEN_CREATED,
        actor=actor,
        subject=name,
        after=made.hint,
        comment=_describe_access(made, owner, sorted(models.values())),
    )
    return made, secret


def _check_quota(account_id: int, now: int) -> None:
    """Raises `TooManyTokens` where the account, or everybody together, has as many as may be."""
    quota = quotas.current()
    of_account = _VALID_OF_ACCOUNT.scalar(account_id=account_id, now=now) or 0
    if of_account >= quota.tokens_per_account:
        raise errors.TooManyTokens(quota.tokens_per_account, True)
    if (_VALID_OF_ALL.scalar(now=now) or 0) >= quota.tokens_in_all:
        raise errors.TooManyTokens(quota.tokens_in_all, False)


def max_days() -> int | None:
    """Returns the greatest lifetime of a new token in days; None for no limit. Needs an application context."""
    return current_app.settings.token_max_days  # type: ignore[attr-defined]


def _limited(expires_at: int | None, now: int) -> int | None:
    """Returns when the token expires, whichever door it is made at. Raises `TokenLifetimeTooLong`."""
    most = max_days()
    if most is None:
        return expires_at
    latest = now + most * DAY
    if expires_at is not None and expires_at > latest:
        raise errors.TokenLifetimeTooLong(most)
    return latest if expires_at is None else expires_at


def _owner_name(account_id: int) -> str | None:
    account = db.session.get(Account, account_id)
    return None if account is None or account.deleted_at is not None else account.name


def _describe_access(token: TokenRow, owner: str, model_names: Sequence[str]) -> str:
    """Returns whose token it is and what it reaches, for the history: its maker can act for its owner."""
    scopes = (
        "everything" if token.scopes is None else ", ".join(sorted(scope.value for scope in token.scopes))
    )
    models = f"; only the models {', '.join(model_names)}" if model_names else ""
    until = f"; until {clock.utc_text(token.expires_at)}" if token.expires_at else ""
    return f"for {owner}; {scopes}{models}{until}"


def _check_may_manage(account_id: int, actor: Actor) -> None:
    if actor.scopes is not None or actor.is_limited:
        raise errors.TokenCannotManageTokens()
    if actor.account_id not in (None, account_id) and not actor.is_admin:
        raise errors.TokensOfOtherAccount()


def of_account(account_id: int) -> list[TokenRow]:
    """Returns the account's tokens, newest first, including revoked and expired ones."""
    query = select(Token).where(Token.account_id == account_id).order_by(Token.id.desc())
    return _rows(db.session.scalars(query).all())


def get(token_id: int) -> TokenRow:
    """Returns the token of that key. Raises `TokenNotFound`, also for a number that is beyond every key."""
    token = db.session.get(Token, token_id) if abs(token_id) < 2**63 else None
    if token is None:
        raise errors.TokenNotFound(token_id)
    return next(iter(_rows([token])))


def _rows(tokens: Sequence[Token]) -> list[TokenRow]:
    models: dict[int, list[int]] = {token.id: [] for token in tokens}
    if any(token.is_limited for token in tokens):
        for limit in db.session.scalars(select(TokenModel).where(TokenModel.token_id.in_(models))):
            models[limit.token_id].append(limit.model_id)
    return [
        TokenRow(
            row.id,
            row.account_id,
            row.name,
            row.hint,
            scopes_of(row.scopes),
            row.created_at,
            row.created_by,
            row.expires_at,
            row.revoked_at,
            row.last_used_at,
            tuple(models[row.id]),
        )
        for row in tokens
    ]


def scopes_of(text: str | None) -> frozenset[Scope] | None:
    """Returns the scopes that a row stores as text; None for a token without scopes."""
    return None if text is None else frozenset(Scope(word) for word in text.split())


def revoke(token_id: int, *, actor: Actor) -> None:
    """Revokes the token from the next request on, in every worker; does nothing where it is revoked already.

    Raises `TokenNotFound`, also for another account's token, unless the actor is an administrator.
    """
    row = get(token_id)
    try:
        _check_may_manage(row.account_id, actor)
    except PermissionDenied as error:
        raise errors.TokenNotFound(token_id) from error
    # The lock comes before the look at what is stored: of two who revoke it, one does.
    token = db.session.get_one(Token, token_id, with_for_update=True)
    if token.revoked_at is None:
        token.revoked_at = clock.now_ms()
        db.session.flush()
        owner = _owner_name(row.account_id)
        recorder.record(
            Kind.TOKEN_REVOKED,
            actor=actor,
            subject=row.name,
            before=row.hint,
            comment=f"for {owner or 'a deleted account'}",
        )


def record_use(token_id: int) -> None:
    """Records that the token was used just now."""
    _RECORD_USE.run(token=token_id, now=clock.now_ms())
