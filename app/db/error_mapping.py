"""Translates errors of the database into those of the domain: waiting helps, or it does not."""

import sqlite3
from typing import Any

from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from app.core.errors import GreenroomError, NoRoom, Unavailable

SILENT = "The database does not answer; try again shortly."
BUSY = "Others keep the database busy, so nothing was changed; try again shortly."
TOO_LONG = "The database took too long over this, so nothing was changed; try again, or ask for less."
READ_ONLY = "The server may not write to its database at the moment, so nothing was changed."
FULL = "There is no room left for the server's database, so nothing was changed."

# The first byte of SQLite's extended result codes.
_SQLITE: dict[int, GreenroomError] = {
    sqlite3.SQLITE_BUSY: Unavailable(BUSY),
    sqlite3.SQLITE_LOCKED: Unavailable(BUSY),
    sqlite3.SQLITE_READONLY: NoRoom(READ_ONLY),
    sqlite3.SQLITE_FULL: NoRoom(FULL),
    sqlite3.SQLITE_IOERR: Unavailable(SILENT),
    sqlite3.SQLITE_CANTOPEN: Unavailable(SILENT),
}

# PostgreSQL's SQLSTATE (its documentation, appendix A), or the class that its first two letters are.
_POSTGRESQL: dict[str, GreenroomError] = {
    "25006": Unavailable(READ_ONLY),  # a copy that is about to become the server
    "53100": NoRoom(FULL),
    "55P03": Unavailable(BUSY),
    "40": Unavailable(BUSY),  # a deadlock, or two that cannot be put in an order
    "57014": Unavailable(TOO_LONG),
    "57": Unavailable(SILENT),  # it is shutting down, or starting
    "53": Unavailable(SILENT),
    "08": Unavailable(SILENT),
}


def to_domain_error(error: Exception) -> GreenroomError | None:
    """Returns the domain's error for one of the database's; None where it is no outage but a defect of ours."""
    if isinstance(error, PoolTimeout):
        return Unavailable(BUSY)
    if not isinstance(error, DBAPIError):
        return None
    cause: Any = error.orig
    if isinstance(cause, sqlite3.Error):
        return _SQLITE.get(getattr(cause, "sqlite_errorcode", 0) & 0xFF)
    state = getattr(cause, "sqlstate", None)
    if state:
        return _POSTGRESQL.get(state) or _POSTGRESQL.get(state[:2])
    return Unavailable(SILENT) if isinstance(error, (OperationalError, InterfaceError)) else None
