"""Translates errors of the database into those of the domain: waiting helps, or it does not."""

import sqlite3
from typing import Any

from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from app.core.errors import GreenroomError
from app.db.errors import (
    DatabaseBusy,
    DatabaseDamaged,
    DatabaseFull,
    DatabaseReadOnly,
    DatabaseReplica,
    DatabaseSilent,
    DatabaseSlow,
)

# The first byte of SQLite's extended result codes.
_SQLITE: dict[int, type[GreenroomError]] = {
    sqlite3.SQLITE_BUSY: DatabaseBusy,
    sqlite3.SQLITE_LOCKED: DatabaseBusy,
    sqlite3.SQLITE_READONLY: DatabaseReadOnly,
    sqlite3.SQLITE_FULL: DatabaseFull,
    sqlite3.SQLITE_IOERR: DatabaseSilent,
    sqlite3.SQLITE_CANTOPEN: DatabaseSilent,
    sqlite3.SQLITE_CORRUPT: DatabaseDamaged,
    sqlite3.SQLITE_NOTADB: DatabaseDamaged,
}

# PostgreSQL's SQLSTATE (its documentation, appendix A), or the class that its first two letters are.
_POSTGRESQL: dict[str, type[GreenroomError]] = {
    "25006": DatabaseReplica,  # a copy that is about to become the server
    "53100": DatabaseFull,
    "55P03": DatabaseBusy,
    "40": DatabaseBusy,  # a deadlock, or two that cannot be put in an order
    "57014": DatabaseSlow,
    "57": DatabaseSilent,  # it is shutting down, or starting
    "53": DatabaseSilent,
    "08": DatabaseSilent,
}


def to_domain_error(error: Exception) -> GreenroomError | None:
    """Returns the domain's error for one of the database's; None where it is no outage but a defect of ours."""
    kind = _kind(error)
    return None if kind is None else kind()


def _kind(error: Exception) -> type[GreenroomError] | None:
    if isinstance(error, PoolTimeout):
        return DatabaseBusy
    if not isinstance(error, DBAPIError):
        return None
    cause: Any = error.orig
    if isinstance(cause, sqlite3.Error):
        return _SQLITE.get(getattr(cause, "sqlite_errorcode", 0) & 0xFF)
    state = getattr(cause, "sqlstate", None)
    if state:
        return _POSTGRESQL.get(state) or _POSTGRESQL.get(state[:2])
    return DatabaseSilent if isinstance(error, (OperationalError, InterfaceError)) else None
