"""In what order those come who write to SQLite, of whom there can be but one at a time.

SQLite lets each of them look again after longer and longer pauses, and whoever looks at the right moment is
next: newcomers overtake, and somebody waits for seconds among people who wait for milliseconds. Here the
threads of a process wait in a row. Its first looks every millisecond at SQLite's own lock, which alone
keeps processes apart, and in which there is then one of each process.
"""

import sqlite3
import threading
import time
from weakref import WeakKeyDictionary

from sqlalchemy import Engine

# Seconds between two looks, while another process writes.
LOOK_AGAIN = 0.001


class Row:
    """The row of one process for one database."""

    def __init__(self) -> None:
        self._turn = threading.Lock()

    def begin(self, connection: sqlite3.Connection, milliseconds: int) -> bool:
        """Begin a transaction that writes once it is this thread's turn, which lasts until `leave`.

        False where the others took longer than so many milliseconds: then nothing was begun.
        """
        until = time.monotonic() + milliseconds / 1000
        if not self._turn.acquire(timeout=milliseconds / 1000):
            return False
        has_begun = False
        try:
            # SQLite's own way of waiting is the one that pauses for longer and longer.
            connection.execute("PRAGMA busy_timeout = 0")
            while not (has_begun := _begins(connection)) and time.monotonic() < until:
                time.sleep(LOOK_AGAIN)
            connection.execute(f"PRAGMA busy_timeout = {milliseconds}")
        finally:
            if not has_begun:
                self._turn.release()
        return has_begun

    def leave(self) -> None:
        """Let the next one begin."""
        self._turn.release()


def _begins(connection: sqlite3.Connection) -> bool:
    try:
        connection.execute("BEGIN IMMEDIATE")
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY:
            raise
        return False
    return True


_rows: WeakKeyDictionary[Engine, Row] = WeakKeyDictionary()


def row_of(engine: Engine) -> Row:
    """The row for the database of that engine."""
    return _rows.get(engine) or _rows.setdefault(engine, Row())
