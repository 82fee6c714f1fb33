"""Reads the changes of a model, a version or an experiment back as a timeline."""

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import select

from app.accounts.tables import Token
from app.audit.recorder import Kind
from app.audit.tables import Event
from app.db.transactions import db
from app.registry.tables import ModelVersion


class Via(NamedTuple):
    """The token with which a change came, still valid or not: its name, and how its secret begins."""

    name: str
    hint: str


class Moment(NamedTuple):
    """One line of a timeline; `version` is the number of the version it is about, if any.

    `via` is for those who manage the model, not for everybody who sees the line.
    """

    id: int
    at: int
    kind: str
    actor: str
    version: int | None
    subject: str | None
    before: str | None
    after: str | None
    comment: str | None
    via: Via | None = None


def timeline(
    *,
    model_id: int | None = None,
    version_id: int | None = None,
    experiment_id: int | None = None,
    kinds: Sequence[Kind] = (),
    before_id: int | None = None,
    limit: int = 20,
) -> list[Moment]:
    """Returns the newest events of one model, version or experiment, at most `limit`, older than `before_id`.

    With `kinds`, only events of these kinds.
    """
    query = (
        select(
            Event.id,
            Event.at,
            Event.kind,
            Event.actor,
            ModelVersion.number.label("version"),
            Event.subject,
            Event.before,
            Event.after,
            Event.comment,
            Token.name.label("token_name"),
            Token.hint.label("token_hint"),
        )
        .outerjoin(ModelVersion, ModelVersion.id == Event.version_id)
        .outerjoin(Token, Token.id == Event.token_id)
        .order_by(Event.id.desc())
        .limit(limit)
    )
    for column, value in (
        (Event.model_id, model_id),
        (Event.version_id, version_id),
        (Event.experiment_id, experiment_id),
    ):
        if value is not None:
            query = query.where(column == value)
    if kinds:
        query = query.where(Event.kind.in_([kind.value for kind in kinds]))
    if before_id is not None:
        query = query.where(Event.id < before_id)
    return [
        Moment(
            id=row.id,
            at=row.at,
            kind=row.kind,
            actor=row.actor,
            version=row.version,
            subject=row.subject,
            before=row.before,
            after=row.after,
            comment=row.comment,
            via=via(row.token_name, row.token_hint),
        )
        for row in db.session.execute(query)
    ]


def via(name: str | None, hint: str | None) -> Via | None:
    """Returns the token of a row, None if the change came without one."""
    return None if name is None or hint is None else Via(name, hint)
