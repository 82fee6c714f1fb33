"""Limits tokens to models by name: `app.accounts.tokens` knows models only by their ids."""

from collections.abc import Iterable, Sequence

from sqlalchemy import select

from app.accounts import tokens
from app.accounts.tokens import TokenRow
from app.authz.actors import Actor
from app.authz.permissions import Scope
from app.db.transactions import db
from app.registry import queries
from app.registry.tables import RegisteredModel


def create(
    account_id: int,
    name: str,
    *,
    scopes: Iterable[Scope] | None = None,
    expires_at: int | None = None,
    models: Sequence[str] = (),
    actor: Actor,
) -> tuple[TokenRow, str]:
    """Creates a token as `tokens.create` does; `models` are names. Raises `NotFound` for a model, too."""
    named = {queries.model_id(model): model for model in dict.fromkeys(models)}
    return tokens.create(account_id, name, scopes=scopes, expires_at=expires_at, models=named, actor=actor)


def names_by_token(rows: Sequence[TokenRow]) -> dict[int, tuple[str, ...]]:
    """Returns the names of the models that each token is limited to, in order; none for an unlimited one."""
    wanted = {model_id for row in rows for model_id in row.model_ids}
    names: dict[int, str] = {}
    if wanted:
        query = select(RegisteredModel).where(RegisteredModel.id.in_(wanted))
        names = {model.id: model.name for model in db.session.scalars(query)}
    return {row.id: tuple(sorted(names[model_id] for model_id in row.model_ids)) for row in rows}
