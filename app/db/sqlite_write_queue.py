"""Queues the threads that write to SQLite, which takes one writer at a time.

Left to itself, SQLite has each writer look again after longer and longer pauses, and whoever looks at the right
moment is next: newcomers overtake, and some wait for seconds while others wait for milliseconds. Here the
threads of a process wait in a queue. The first one looks every millisecond at SQLite's own lock, which alone
keeps processes apart, so that one thread of each process competes for it.
"""

import sqlite3
import threading
import time
from weakref import WeakKeyDictionary

from sqlalchemy import Engine

# Seconds between two looks, while another process writes.
LOOK_AGAIN = 0.001


class WriteQueue:
    """The queue of one process for one database."""

    def __init__(self) -> None:
        self._turn = threading.Lock()

    def begin(self, connection: sqlite3.Connection, milliseconds: int) -> bool:
        """Begins a transaction that writes once it is this thread's turn, which lasts until `leave`.

        Returns False where the others took longer than so many milliseconds: then nothing was begun.
        """
        until = time.monotonic() + milliseconds / 1000
        # A lock that nobody holds is had sooner without a time limit, which gevent sets a timer for.
        if not self._turn.acquire(blocking=False) and not self._turn.acquire(timeout=milliseconds / 1000):
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
        """Lets the next one begin."""
        self._turn.release()


def _begins(connection: sqlite3.Connection) -> bool:
    try:
        connection.execute("BEGIN IMMEDIATE")
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY:
            raise
        return False
    return True


_queues: WeakKeyDictionary[Engine, WriteQueue] = WeakKeyDictionary()


def queue_of(engine: Engine) -> WriteQueue:
    """Returns the queue for the database of that engine."""
    return _queues.get(engine) or _queues.setdefault(engine, WriteQueue())
