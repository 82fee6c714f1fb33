"""The database as a whole: base model, pragmas, one transaction per request, what runs after the commit."""

import contextlib
import contextvars
import sqlite3
from collections.abc import Callable, Iterator

from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import BigInteger, Engine, Integer, MetaData, Text, event
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import make_url
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import DeclarativeBase, Session
from sqlalchemy.sql.functions import FunctionElement

# Names by convention, so that a migration can name the constraint it changes on either database.
NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}

# SQLite numbers rows by itself only for a column declared exactly INTEGER.
BigKey = BigInteger().with_variant(Integer, "sqlite")


class Base(DeclarativeBase):
    metadata = MetaData(naming_convention=NAMING)


db = SQLAlchemy(model_class=Base, disable_autonaming=True)

_read_only: contextvars.ContextVar[bool] = contextvars.ContextVar("read_only", default=False)
_after_commit: contextvars.ContextVar[list[Callable[[], None]] | None] = contextvars.ContextVar(
    "after_commit", default=None
)


class ReadOnlyViolation(RuntimeError):
    """A defect: something tried to change rows in a transaction that was opened for reading."""


@contextlib.contextmanager
def transaction(*, read_only: bool = False) -> Iterator[None]:
    """One unit of work on `db.session`: committed at the end, rolled back by any exception.

    A writer on SQLite takes the write lock with its first statement (BEGIN IMMEDIATE), so that it
    waits its turn instead of failing half-way; a reader never blocks anyone. What was handed to
    `after_commit` runs once the commit has succeeded, and not otherwise.
    """
    mode = _read_only.set(read_only)
    queue = _after_commit.set([])
    try:
        yield
        if read_only:
            db.session.rollback()
        else:
            db.session.commit()
        for action in _after_commit.get() or ():
            action()
    except BaseException:
        db.session.rollback()
        raise
    finally:
        _after_commit.reset(queue)
        _read_only.reset(mode)


def after_commit(action: Callable[[], None]) -> None:
    """Run `action` once the running `transaction` has committed; a rollback forgets it."""
    queue = _after_commit.get()
    assert queue is not None, "after_commit outside of a transaction"
    queue.append(action)


def upsert(table: type[Base]) -> sqlite.Insert | postgresql.Insert:
    """An INSERT of the running dialect, which has ON CONFLICT; both dialects spell it alike."""
    is_postgresql = db.engine.dialect.name == "postgresql"
    return postgresql.insert(table) if is_postgresql else sqlite.insert(table)


def engine_options(url: str, *, threads: int) -> dict:
    """Engine settings for the URL: a connection for every thread, and short patience with a lost server."""
    options: dict = {"pool_size": threads + 2, "max_overflow": 4, "pool_timeout": 5}
    if make_url(url).get_backend_name() == "postgresql":
        # A server that is gone is noticed in seconds: while connecting, and on a connection whose
        # packets nobody acknowledges any more.
        patience = {"connect_timeout": 3, "tcp_user_timeout": 4000, "keepalives_idle": 30}
        options |= {"pool_pre_ping": True, "connect_args": patience}
    return options


@event.listens_for(Engine, "connect")
def _prepare_sqlite(connection, _record) -> None:
    if not isinstance(connection, sqlite3.Connection):
        return
    # SQLAlchemy, not sqlite3, says BEGIN: see _begin.
    connection.isolation_level = None
    # FULL: an acknowledged write must survive a power cut, not only a killed process.
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "busy_timeout=10000", "foreign_keys=ON",
                   "temp_store=MEMORY", "cache_size=-32000"):  # fmt: skip
        connection.execute(f"PRAGMA {pragma}")


@event.listens_for(Engine, "begin")
def _begin(connection) -> None:
    if connection.dialect.name == "sqlite":
        # A deferred transaction that writes after reading fails at once when another wrote between:
        # writers therefore take their place in the queue first, and readers never do.
        connection.exec_driver_sql("BEGIN" if _read_only.get() else "BEGIN IMMEDIATE")


def refuse_while_reading() -> None:
    """Raise `ReadOnlyViolation` inside a transaction that was opened for reading."""
    if _read_only.get():
        raise ReadOnlyViolation("a read-only request tried to change the database")


@event.listens_for(Session, "before_flush")
def _refuse_flush_while_reading(_session, _context, _instances) -> None:
    refuse_while_reading()


@event.listens_for(Session, "do_orm_execute")
def _refuse_write_while_reading(state) -> None:
    if state.is_insert or state.is_update or state.is_delete:
        refuse_while_reading()


class json_object(FunctionElement):  # noqa: N801  (named as SQL functions are)
    """An aggregate: the pairs (key, value) of a group as the text of one JSON object.

    It lets a list fetch the tags of all its rows in the statement that fetches the rows.
    """

    inherit_cache = True
    type = Text()


class json_array(FunctionElement):  # noqa: N801
    """An aggregate: the values of a group as the text of one JSON array."""

    inherit_cache = True
    type = Text()


_AGGREGATES = {
    "sqlite": {json_object: "json_group_object({})", json_array: "json_group_array({})"},
    "postgresql": {
        json_object: "CAST(json_object_agg({}) AS TEXT)",
        json_array: "CAST(json_agg({}) AS TEXT)",
    },
}


@compiles(json_object)
@compiles(json_array)
def _compile_aggregate(element, compiler, **kw) -> str:
    template = _AGGREGATES[compiler.dialect.name][type(element)]
    return template.format(compiler.process(element.clauses, **kw))
