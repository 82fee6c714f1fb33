"""Reads the audit log: every event, newest first, filtered by actor, kind, model or days."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, and_, literal_column, or_, select

from app.accounts.names import key_of
from app.accounts.tables import Token
from app.activity.timeline import Via, via
from app.audit.tables import Event
from app.authz.tables import Account
from app.db.transactions import db, transaction
from app.manifests.tables import ManifestOfVersion, StoredManifest
from app.manifests.versions import MANIFEST, OF_VERSION
from app.registry.tables import ModelVersion, RegisteredModel
from app.tracking.tables import Run

EVENT = Event.__table__.c
_TIMED = Event.__table__.alias("timed").c
MODEL = RegisteredModel.__table__.c
VERSION = ModelVersion.__table__.c
ACCOUNT = Account.__table__.c
TOKEN = Token.__table__.c
RUN = Run.__table__.c

SET_BACK = 3_600_000  # milliseconds that a clock may have been set back, and a day is still found whole
BATCH_SIZE = 1000  # entries that a download reads at a time
NOBODY_ID = 0  # as whom an event is recorded that nobody is known to have made


class Entry(NamedTuple):
    """A line of the log.

    `model` is what the model is called now, or was when it was deleted; `digest` is that of the version's files.
    """

    id: int
    at: int
    kind: str
    actor: str
    actor_id: int | None
    model: str | None
    is_model_deleted: bool
    version: int | None
    digest: str | None
    experiment_id: int | None
    run_uuid: str | None
    subject: str | None
    before: str | None
    after: str | None
    comment: str | None
    via: Via | None


@dataclass(frozen=True)
class LogFilter:
    """A filter of the log; None does not filter. `since` is the first moment, `until` the first one after.

    `by` is an account's name, ignoring case, and means all accounts of that name, deleted ones included;
    or how a token's secret begins, as pages show it. `model` is a name, which several models may have had
    one after the other. `kinds` are values of `Kind`.
    """

    by: str | None = None
    kinds: Collection[str] | None = None
    model: str | None = None
    since: int | None = None
    until: int | None = None


def entries(log_filter: LogFilter, *, before_id: int | None = None, limit: int = 50) -> list[Entry]:
    """Returns the newest matching entries, at most `limit`, older than `before_id`."""
    query = _select().where(*_conditions(log_filter)).order_by(EVENT.id.desc()).limit(limit)
    if before_id is not None:
        query = query.where(EVENT.id < before_id)
    return [
        Entry(
            id=row.id,
            at=row.at,
            kind=row.kind,
            actor=row.actor,
            actor_id=row.actor_id,
            model=row.model,
            is_model_deleted=row.model_deleted_at is not None,
            version=row.version,
            digest=row.digest,
            experiment_id=row.experiment_id,
            run_uuid=row.run_uuid,
            subject=row.subject,
            before=row.before,
            after=row.after,
            comment=row.comment,
            via=via(row.token_name, row.token_hint),
        )
        for row in db.session.execute(query)
    ]


def batches(log_filter: LogFilter) -> Iterator[list[Entry]]:
    """Yields all matching entries, some at a time, each time in a transaction of its own.

    So a slow download of the log holds neither a connection nor a lock.
    """
    before_id: int | None = None
    while True:
        with transaction(read_only=True):
            page = entries(log_filter, before_id=before_id, limit=BATCH_SIZE)
        if page:
            yield page
        if len(page) < BATCH_SIZE:
            return
        before_id = page[-1].id


def _select() -> Select[Any]:
    return (
        select(
            EVENT.id,
            EVENT.at,
            EVENT.kind,
            EVENT.actor,
            EVENT.actor_id,
            MODEL.name.label("model"),
            MODEL.deleted_at.label("model_deleted_at"),
            VERSION.number.label("version"),
            MANIFEST.digest,
            EVENT.experiment_id,
            RUN.uuid.label("run_uuid"),
            EVENT.subject,
            EVENT.before,
            EVENT.after,
            EVENT.comment,
            TOKEN.name.label("token_name"),
            TOKEN.hint.label("token_hint"),
        )
        .select_from(Event.__table__)
        .outerjoin(RegisteredModel.__table__, MODEL.id == EVENT.model_id)
        .outerjoin(ModelVersion.__table__, VERSION.id == EVENT.version_id)
        .outerjoin(ManifestOfVersion.__table__, OF_VERSION.version_id == EVENT.version_id)
        .outerjoin(StoredManifest.__table__, MANIFEST.key == OF_VERSION.manifest_key)
        .outerjoin(Run.__table__, RUN.id == EVENT.run_id)
        .outerjoin(Token.__table__, TOKEN.id == EVENT.token_id)
    )


def _conditions(log_filter: LogFilter) -> list[Any]:
    conditions: list[Any] = []
    if log_filter.by is not None:
        conditions.append(_by(log_filter.by))
    if log_filter.kinds is not None:
        conditions.append(EVENT.kind.in_(sorted(log_filter.kinds)))
    if log_filter.model is not None:
        conditions.append(
            EVENT.model_id.in_(_ids(select(MODEL.id).where(MODEL.name == _text(log_filter.model))))
        )
    if log_filter.since is not None:
        conditions += [EVENT.at >= log_filter.since, EVENT.id >= _first_since(log_filter.since)]
    if log_filter.until is not None:
        conditions += [EVENT.at < log_filter.until, EVENT.id <= _last_until(log_filter.until)]
    return conditions


def _by(name: str) -> Any:
    """Returns a condition: by the accounts of that name, with tokens that begin so, or else by an actor of that
    name who had no account."""
    accounts = _ids(select(ACCOUNT.id).where(ACCOUNT.name_key == key_of(_text(name))))
    if accounts:
        return EVENT.actor_id.in_(accounts)
    hint = _text(name).removesuffix("…")
    tokens = db.session.execute(select(TOKEN.id, TOKEN.account_id).where(TOKEN.hint == hint)).all()
    if tokens:  # whose accounts lead to them by an index
        return and_(
            EVENT.actor_id.in_([row.account_id for row in tokens]),
            EVENT.token_id.in_([row.id for row in tokens]),
        )
    without = or_(EVENT.actor_id.is_(None), EVENT.actor_id == NOBODY_ID)
    return and_(without, EVENT.actor == _text(name))


def _ids(query: Select[Any]) -> list[int]:
    # Looked up first: with the ids in it, the query of the log goes by the index of its column.
    return list(db.session.scalars(query))


def _text(value: str) -> str:
    # No name has a zero byte, and PostgreSQL takes none.
    return value.replace("\0", "")


def _first_since(at: int) -> ColumnElement[int]:
    """Returns the id from which the log can be read for what is no older; null, which nothing fits, where nothing is.

    The log is in the order of ids. A clock that was set back by up to `SET_BACK` puts no event outside.
    """
    found = select(_TIMED.id).where(_TIMED.at >= at - SET_BACK).order_by(_TIMED.at, _TIMED.id)
    return found.limit(literal_column("1")).scalar_subquery()


def _last_until(at: int) -> ColumnElement[int]:
    """Returns the id up to which the log can be read for what is older; see `_first_since`."""
    found = select(_TIMED.id).where(_TIMED.at < at + SET_BACK).order_by(_TIMED.at.desc(), _TIMED.id.desc())
    return found.limit(literal_column("1")).scalar_subquery()
