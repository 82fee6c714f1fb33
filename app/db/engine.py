"""Connects to the database: SQLite's settings, and how long to wait for either database."""

import sqlite3

from sqlalchemy import Engine, event
from sqlalchemy.engine import make_url

from app.core import blocking

# Milliseconds for which a writer waits until the others are done.
MAX_WAIT = 10_000

# Of SQLite's program, between two looks whether other requests have something to do: about half a millisecond.
STEPS = 20_000


class SQLiteConnection(sqlite3.Connection):
    """A connection that keeps nobody waiting but its user."""

    def commit(self) -> None:
        """Ends the transaction, which waits for the disk."""
        blocking.run_short(super().commit)


def engine_options(url: str, *, threads: int) -> dict:
    """Returns engine settings for the URL: a connection for every thread, and short patience with a lost server."""
    options: dict = {"pool_size": threads + 2, "max_overflow": 4, "pool_timeout": 4}
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        options["connect_args"] = {"factory": SQLiteConnection}
    if parsed.get_backend_name() == "postgresql":
        from app.db import postgres  # whose driver need not be installed

        options |= {
            "creator": postgres.Server(parsed, max_wait=MAX_WAIT).connect,
            "poolclass": postgres.Pool,
        }
    return options


@event.listens_for(Engine, "connect")
def _prepare_sqlite(connection, _record) -> None:
    if not isinstance(connection, sqlite3.Connection):
        return
    # SQLAlchemy, not sqlite3, says BEGIN: see _begin.
    connection.isolation_level = None
    # FULL: an acknowledged write must survive a power cut, not only a killed process.
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        f"busy_timeout={MAX_WAIT}",
        "foreign_keys=ON",
        "temp_store=MEMORY",
        "cache_size=-32000",
    ):
        connection.execute(f"PRAGMA {pragma}")
    if (give_way := blocking.give_way_callback()) is not None:
        # SQLite answers in its caller's thread, and a statement may take seconds. From within the callback one
        # may switch to another request as from anywhere else, since a connection has one user at a time.
        connection.set_progress_handler(give_way, STEPS)
