"""The connection to SQLite that one unit of work leaves to the next, as it is.

To take one out of the pool, wrap it and put it back takes longer than a short request spends in SQLite. So the
last one stays at hand, one to an engine. PostgreSQL's go back to their pool, which looks whether the server
is still there.
"""

import sqlite3
from weakref import WeakKeyDictionary

from sqlalchemy import Connection, Engine, event
from sqlalchemy.pool import QueuePool

# What is left of each engine, which the pool counts as taken although nobody uses it.
left: WeakKeyDictionary[Engine, Connection] = WeakKeyDictionary()


def take(engine: Engine) -> Connection:
    """Returns the connection that was left, or one from the pool."""
    connection = left.pop(engine, None)
    return engine.connect() if connection is None else connection


def leave(connection: Connection) -> None:
    """Keeps the connection for whoever is next, or closes it, which rolls back what was not committed."""
    if not _may_stay(connection) or left.setdefault(connection.engine, connection) is not connection:
        connection.close()


def _may_stay(connection: Connection) -> bool:
    if connection.dialect.name != "sqlite" or connection.closed or connection.invalidated:
        return False
    driver, pool = connection.connection.dbapi_connection, connection.engine.pool
    # SQLite's own word: SQLAlchemy takes a transaction for ended whose COMMIT failed.
    if connection.in_transaction() or not isinstance(driver, sqlite3.Connection) or driver.in_transaction:
        return False
    # Beyond its size somebody may wait for one to come back.
    return isinstance(pool, QueuePool) and pool.checkedout() <= pool.size()


@event.listens_for(Engine, "engine_disposed")
def _close(engine: Engine) -> None:
    connection = left.pop(engine, None)
    if connection is not None:
        connection.detach()  # or the pool, which is given up, would keep the file open
        connection.close()
