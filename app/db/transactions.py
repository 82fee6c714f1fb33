"""The database as a whole: the base of mapped classes, one transaction per request, and what runs after the commit."""

import contextlib
import contextvars
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import Any, ClassVar, TypeVar

from flask_sqlalchemy import SQLAlchemy
from flask_sqlalchemy.session import Session as FlaskSession
from sqlalchemy import BigInteger, Connection, Engine, Executable, Integer, MetaData, Table, event
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.orm import DeclarativeBase, Session

from app.db import damage, engine, idle_connection, sqlite_write_queue
from app.db.errors import CommitUnknown, DatabaseBusy, DatabaseDamaged
from app.db.sqlite_write_queue import WriteQueue

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


# SQLite takes 32,766 values in a statement, PostgreSQL 65,535, and a page may have 50,000 rows.
PART = 10_000

Value = TypeVar("Value")


class Base(DeclarativeBase):
    __table__: ClassVar[Table]  # type: ignore[assignment]  # every class here is mapped onto a table
    metadata = MetaData(naming_convention=NAMING)


class RequestSession(FlaskSession):
    """A session on the connection of the running `transaction`, which it ends with its own.

    Statements on mapped classes load and write objects as in any session. Those on tables go to the connection
    itself: the ORM's way to it costs more than most of them. Neither they nor a `Statement` flush what the session
    holds, so a verb that has changed objects flushes before it runs one.
    """

    def execute(self, statement: Executable, params: Any = None, **options: Any) -> Any:
        unit = _unit.get()
        # `db.session` hands over every option there is, most of them empty.
        if unit is None or any(options.values()) or _is_about_objects(statement):
            return super().execute(statement, params, **options)
        if getattr(statement, "is_dml", False):
            refuse_while_reading()
        return unit.connect().execute(statement, params)

    def scalar(self, statement: Executable, params: Any = None, **options: Any) -> Any:
        return self.execute(statement, params, **options).scalar()

    def scalars(self, statement: Executable, params: Any = None, **options: Any) -> Any:
        return self.execute(statement, params, **options).scalars()

    def get_bind(self, *args: Any, **kwargs: Any) -> Engine | Connection:
        unit = _unit.get()
        return super().get_bind(*args, **kwargs) if unit is None else unit.connect()

    def rollback(self) -> None:
        super().rollback()
        if (unit := _unit.get()) is not None:
            unit.rollback()

    def close(self) -> None:
        super().close()
        if (unit := _unit.get()) is not None:
            unit.release()


def _is_about_objects(statement: Any) -> bool:
    """Returns whether the statement names mapped classes, or attributes of them, and not tables alone."""
    return getattr(statement, "_propagate_attrs", {}).get("compile_state_plugin") == "orm"


db = SQLAlchemy(
    model_class=Base,
    disable_autonaming=True,
    session_options={"class_": RequestSession, "join_transaction_mode": "control_fully"},
)


class _Unit:
    """What a `transaction` holds: its connection, from the first statement on, and what follows its commit."""

    def __init__(self, *, read_only: bool):
        self.read_only = read_only
        self.after_commit: list[Callable[[], None]] = []
        self.after_rollback: list[Callable[[], None]] = []
        self._connection: Connection | None = None
        self._queue: WriteQueue | None = None

    def begin_on_sqlite(self, connection: Connection) -> None:
        """Begins; a writer waits for its turn first. Raises `Unavailable` where that does not come."""
        driver: Any = connection.connection.dbapi_connection
        if self.read_only:
            driver.execute("BEGIN")
            return
        if damage.is_noted(connection.engine.url):
            raise DatabaseDamaged
        self._leave_queue()  # a session that was committed by hand, and goes on
        queue = sqlite_write_queue.queue_of(connection.engine)
        if not queue.begin(driver, engine.MAX_WAIT):
            raise DatabaseBusy
        self._queue = queue

    def connect(self) -> Connection:
        if self._connection is None:
            self._connection = idle_connection.take(db.engine)
        return self._connection

    @property
    def prepares(self) -> bool:
        """Returns whether the driver prepares statements on the server, and forgets all of them with a ROLLBACK.

        psycopg does. Each request's statements would be planned anew, which takes longer than running them;
        so what only read ends with a COMMIT there, which has nothing to write (`refuse_while_reading`).
        """
        return self._connection is not None and self._connection.dialect.name == "postgresql"

    def commit(self) -> None:
        """Commits. Raises `OutcomeUnknown` where the database went away in the middle of it."""
        try:
            if db.session.registry.has():
                db.session.commit()
            if self._connection is not None:
                self._connection.commit()
        except DBAPIError as error:
            if error.connection_invalidated and not self.read_only:
                raise CommitUnknown from error
            raise

    def rollback(self) -> None:
        if self._connection is not None:
            self._connection.rollback()
        self._leave_queue()

    def end_reading(self) -> None:
        """Ends what only read, in the way that costs the least."""
        if self.prepares:
            self.commit()
        else:
            _roll_back(self)

    def give_way(self) -> None:
        """Lets another transaction write that begins inside of this one. Raises `NestedWrite`."""
        if not self.read_only and self._connection is not None and self._connection.in_transaction():
            raise NestedWrite(
                "a transaction began to write inside of one that writes: each would wait for the other"
            )
        # The session's part as well, or what it writes next would go to this one's connection.
        self.end_reading()
        self.release()

    def release(self) -> None:
        """Gives the connection back; what was not committed is rolled back."""
        connection, self._connection = self._connection, None
        if connection is not None:
            idle_connection.leave(connection)
        self._leave_queue()

    def _leave_queue(self) -> None:
        queue, self._queue = self._queue, None
        if queue is not None:
            queue.leave()


_unit: contextvars.ContextVar[_Unit | None] = contextvars.ContextVar("unit", default=None)


class ReadOnlyViolation(RuntimeError):
    """A defect: something tried to change rows in a transaction that was opened for reading."""


class NestedWrite(RuntimeError):
    """A defect: a transaction began to write while the one around it does, which holds what it needs."""


@contextlib.contextmanager
def transaction(*, read_only: bool = False) -> Iterator[None]:
    """Runs one unit of work on `db.session`: committed at the end, rolled back by any exception.

    A writer on SQLite takes the write lock with its first statement (BEGIN IMMEDIATE), so that it
    waits its turn instead of failing half-way; a reader never blocks anyone. What was handed to
    `after_commit` runs once the commit has succeeded, and not otherwise.

    One that writes may begin inside another that has only read: that ends, and what it reads afterwards is
    what this one left. Raises `NestedWrite` inside of one that writes itself.
    """
    running = _unit.get()
    if running is not None and not read_only:
        running.give_way()
    unit = _Unit(read_only=read_only)
    outer = _unit.set(unit)
    try:
        yield
        if read_only:
            unit.end_reading()
        else:
            unit.commit()
        unit.after_rollback.clear()
        unit.release()
        for action in unit.after_commit:
            action()
    except BaseException as error:
        _roll_back(unit)
        unit.release()
        # Nobody knows whether what is undone here was committed after all.
        if not isinstance(error, CommitUnknown):
            for action in unit.after_rollback:
                action()
        raise
    finally:
        unit.release()
        _unit.reset(outer)


def _roll_back(unit: _Unit) -> None:
    # Most requests run prepared statements only, and never make a session.
    if db.session.registry.has():
        db.session.rollback()
    unit.rollback()


def is_in_transaction() -> bool:
    """Returns whether a `transaction` is running, so that more can be read in it."""
    return _unit.get() is not None


def connection() -> Connection:
    """Returns the connection of the running transaction, on which `db.session` works as well."""
    unit = _unit.get()
    return db.session.connection() if unit is None else unit.connect()


def undoing_one_statement() -> contextlib.AbstractContextManager[Any]:
    """Returns a block for one statement that may fail: nothing but that is undone, and more can be read and written.

    SQLite undoes a statement that fails by itself. PostgreSQL needs a savepoint, without which the whole
    transaction is lost.
    """
    running = connection()
    return contextlib.nullcontext() if running.dialect.name == "sqlite" else running.begin_nested()


def after_commit(action: Callable[[], None]) -> None:
    """Runs `action` once the running `transaction` has committed; a rollback forgets it."""
    unit = _unit.get()
    assert unit is not None, "after_commit outside of a transaction"
    unit.after_commit.append(action)


def after_rollback(action: Callable[[], None]) -> None:
    """Runs `action` once the running `transaction` was rolled back, to undo what no database undoes by itself.

    It is not run where the process dies, or where it is unknown whether the transaction was committed.
    """
    unit = _unit.get()
    assert unit is not None, "after_rollback outside of a transaction"
    unit.after_rollback.append(action)


def in_parts(values: Iterable[Value]) -> Iterator[list[Value]]:
    """Yields the values in parts that fit into one statement each; nothing for none."""
    rest = iter(values)
    while part := list(islice(rest, PART)):
        yield part


def upsert(table: type[Base] | Table) -> sqlite.Insert | postgresql.Insert:
    """Returns an INSERT of the running dialect, which has ON CONFLICT; both dialects spell it alike."""
    is_postgresql = db.engine.dialect.name == "postgresql"
    return postgresql.insert(table) if is_postgresql else sqlite.insert(table)


@event.listens_for(Engine, "begin")
def _begin(connection) -> None:
    if connection.dialect.name == "sqlite":
        # A deferred transaction that writes after reading fails at once when another wrote between:
        # writers therefore take their place in the queue first, and readers never do.
        unit = _unit.get()
        try:  # past SQLAlchemy, which takes longer over this than SQLite
            if unit is None:
                connection.connection.dbapi_connection.execute("BEGIN IMMEDIATE")
            else:
                unit.begin_on_sqlite(connection)
        except sqlite3.OperationalError as error:
            raise OperationalError("BEGIN", None, error) from error


def is_reading() -> bool:
    """Returns whether the running transaction was opened for reading."""
    unit = _unit.get()
    return unit is not None and unit.read_only


def refuse_while_reading() -> None:
    """Raises `ReadOnlyViolation` inside a transaction that was opened for reading."""
    if is_reading():
        raise ReadOnlyViolation("a read-only request tried to change the database")


@event.listens_for(Session, "before_flush")
def _refuse_flush_while_reading(_session, _context, _instances) -> None:
    refuse_while_reading()


@event.listens_for(Session, "do_orm_execute")
def _refuse_write_while_reading(state) -> None:
    if state.is_insert or state.is_update or state.is_delete:
        refuse_while_reading()
