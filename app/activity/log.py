"""The audit log: every event, newest first, narrowed down to somebody, a kind, a model or some days."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlalchemy import Select, and_, or_, select

from app.accounts.names import key_of
from app.activity.timeline import Via, via
from app.audit.tables import Event
from app.authz.tables import Account, Token
from app.db.transactions import db, transaction
from app.registry.tables import ModelVersion, RegisteredModel
from app.tracking.tables import Run

EVENT = Event.__table__.c
MODEL = RegisteredModel.__table__.c
VERSION = ModelVersion.__table__.c
ACCOUNT = Account.__table__.c
TOKEN = Token.__table__.c
RUN = Run.__table__.c

NOBODY_ID = 0  # as whom an event is recorded that nobody is known to have made


class Entry(NamedTuple):
    """A line of the log; `model` is what the model is called now, or was when it was deleted."""

    id: int
    at: int
    kind: str
    actor: str
    actor_id: int | None
    model: str | None
    is_model_deleted: bool
    version: int | None
    experiment_id: int | None
    run_uuid: str | None
    subject: str | None
    before: str | None
    after: str | None
    comment: str | None
    via: Via | None


@dataclass(frozen=True)
class Narrowed:
    """What is asked of the log: what is None is not asked. `since` is the first moment, `until` the first after.

    `by` is an account's name, whatever its case, and all accounts of that name are meant, deleted ones
    too; or how a token's secret begins, as pages show it. `model` is the name of a model, or of several
    one after the other. `kinds` are values of `Kind`.
    """

    by: str | None = None
    kinds: Collection[str] | None = None
    model: str | None = None
    since: int | None = None
    until: int | None = None


def entries(asked: Narrowed, *, before_id: int | None = None, limit: int = 50) -> list[Entry]:
    """The newest entries that fit, at most `limit`, those older than `before_id`."""
    query = _select().where(*_conditions(asked)).order_by(EVENT.id.desc()).limit(limit)
    if before_id is not None:
        query = query.where(EVENT.id < before_id)
    return [
        Entry(*row[:6], row[6] is not None, *row[7:-2], via(*row[-2:])) for row in db.session.execute(query)
    ]


def every(asked: Narrowed, *, at_a_time: int = 1000) -> Iterator[list[Entry]]:
    """All entries that fit, some at a time, each time in a transaction of its own.

    Somebody who takes the log along slowly holds neither a connection nor a lock meanwhile.
    """
    before_id: int | None = None
    while True:
        with transaction(read_only=True):
            found = entries(asked, before_id=before_id, limit=at_a_time)
        if found:
            yield found
        if len(found) < at_a_time:
            return
        before_id = found[-1].id


def _select() -> Select[Any]:
    return (
        select(
            EVENT.id,
            EVENT.at,
            EVENT.kind,
            EVENT.actor,
            EVENT.actor_id,
            MODEL.name,
            MODEL.deleted_at,
            VERSION.number,
            EVENT.experiment_id,
            RUN.uuid,
            EVENT.subject,
            EVENT.before,
            EVENT.after,
            EVENT.comment,
            TOKEN.name,
            TOKEN.hint,
        )
        .select_from(Event.__table__)
        .outerjoin(RegisteredModel.__table__, MODEL.id == EVENT.model_id)
        .outerjoin(ModelVersion.__table__, VERSION.id == EVENT.version_id)
        .outerjoin(Run.__table__, RUN.id == EVENT.run_id)
        .outerjoin(Token.__table__, TOKEN.id == EVENT.token_id)
    )


def _conditions(asked: Narrowed) -> list[Any]:
    found: list[Any] = []
    if asked.by is not None:
        found.append(_by(asked.by))
    if asked.kinds is not None:
        found.append(EVENT.kind.in_(sorted(asked.kinds)))
    if asked.model is not None:
        found.append(EVENT.model_id.in_(_ids(select(MODEL.id).where(MODEL.name == _text(asked.model)))))
    if asked.since is not None:
        found.append(EVENT.at >= asked.since)
    if asked.until is not None:
        found.append(EVENT.at < asked.until)
    return found


def _by(name: str) -> Any:
    """By the accounts of that name, or through the tokens that begin so; or else by whoever without an
    account was called so."""
    accounts = _ids(select(ACCOUNT.id).where(ACCOUNT.name_key == key_of(_text(name))))
    if accounts:
        return EVENT.actor_id.in_(accounts)
    hint = _text(name).removesuffix("…")
    tokens = db.session.execute(select(TOKEN.id, TOKEN.account_id).where(TOKEN.hint == hint)).all()
    if tokens:  # whose accounts lead to them by an index
        return and_(
            EVENT.actor_id.in_([row[1] for row in tokens]), EVENT.token_id.in_([row[0] for row in tokens])
        )
    without = or_(EVENT.actor_id.is_(None), EVENT.actor_id == NOBODY_ID)
    return and_(without, EVENT.actor == _text(name))


def _ids(query: Select[Any]) -> list[int]:
    # Looked up first: with the ids in it, the query of the log goes by the index of its column.
    return list(db.session.scalars(query))


def _text(value: str) -> str:
    # No name has a zero byte, and PostgreSQL takes none.
    return value.replace("\0", "")
