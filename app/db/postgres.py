"""Connects to PostgreSQL, and notices when a server falls silent and when it answers again.

A server that was stopped refuses or resets connections, which is noticed at once. A server that is frozen, or
behind a network that drops packets, keeps its clients waiting: the operating system still accepts what is sent to
it. No timeout of a statement tells that from a long statement. So a thread that has waited for `MAX_SILENCE` asks
over a new connection, which any server that runs answers within `CONNECT_TIMEOUT`.
"""

import logging
import select
import threading
import time
from concurrent.futures import Future
from typing import Any, cast

import psycopg
from psycopg.errors import ConnectionTimeout
from sqlalchemy import event
from sqlalchemy.engine import URL
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import InvalidatePoolError
from sqlalchemy.pool import QueuePool

# Seconds; fewer than five together.
MAX_SILENCE = 1.5
CONNECT_TIMEOUT = 2  # the least that psycopg takes for a connection's timeout

# Seconds; a connection that has waited for longer may have been forgotten by something in between.
MAX_IDLE = 10


SILENT = "the server does not answer"

_log = logging.getLogger(__name__)


class Connection(psycopg.Connection):
    """A connection that gives up, and is closed, once its server does not answer anybody."""

    server: "Server"

    def __init__(self, *args: Any, **options: Any):
        super().__init__(*args, **options)
        self._poll = select.poll()
        self._poll.register(self.fileno(), select.POLLIN)
        self._looked_at = time.monotonic()

    def wait(self, gen: Any, interval: float = 0.1, timeout: float | None = None) -> Any:
        while True:
            try:
                return super().wait(gen, interval, timeout or MAX_SILENCE)
            except psycopg.errors._WaitTimeout:  # said by psycopg's documentation of `wait`
                if timeout is not None:
                    raise
                self._ask_server()

    def _ask_server(self) -> None:
        try:
            self.server.ask()
        except ConnectionTimeout:
            # What it would answer later must not be taken for the answer to another question.
            self.close()
            raise

    def is_doubtful(self) -> bool:
        """Returns whether it must be tried before it is used.

        A server that ends says so, and so does its system when it dies: there is something to read, if only
        the end. To look takes a hundredth of the time that asking the server does.
        """
        now = time.monotonic()
        is_unused, self._looked_at = now - self._looked_at > MAX_IDLE, now
        return is_unused or self.closed or bool(self._poll.poll(0))


class Pool(QueuePool):
    """The pool of a `Server`, which tries a connection only where there is doubt about it."""


@event.listens_for(Pool, "checkout")
def _try_when_in_doubt(connection: Connection, _record: Any, _fairy: Any) -> None:
    if connection.is_doubtful():
        try:
            connection.server.dialect.do_ping(cast(DBAPIConnection, connection))
        except psycopg.Error as error:
            raise InvalidatePoolError from error


class Server:
    """A PostgreSQL server, as one engine of one process knows it.

    While it is silent, one thread goes on asking it, and all others are refused at once: requests that wait for
    one another would otherwise wait for several times as long.
    """

    def __init__(self, url: URL, *, max_wait: int):
        """Takes the milliseconds after which a writer gives up waiting for what another holds.

        The other may be a process that is frozen, and would hold it for ever.
        """
        self._max_wait = max_wait
        self.dialect = url.get_dialect()()
        self._parameters: dict[str, Any] = {
            **self.dialect.create_connect_args(url)[1],
            # For each address of the server.
            "connect_timeout": CONNECT_TIMEOUT,
            # Where packets are not acknowledged, which nobody but the system can know.
            "tcp_user_timeout": 4000,
            "keepalives_idle": 30,
        }
        self._asking = threading.Lock()
        self._heard_at = 0.0
        self._is_silent = False
        self._silence = threading.Lock()

    def connect(self) -> Connection:
        """Returns a new connection.

        Raises `psycopg.OperationalError`, and `ConnectionTimeout` after `CONNECT_TIMEOUT` at most.
        """
        if self._is_silent:
            raise ConnectionTimeout(SILENT)
        # In a thread of its own: to look up the server's name, or to try each of its addresses, has no end
        # that could be set.
        coming: Future[Connection] = Future()
        threading.Thread(target=self._open, args=(coming,), name="connecting", daemon=True).start()
        try:
            return coming.result(CONNECT_TIMEOUT)
        except TimeoutError:
            coming.add_done_callback(_close)
            error: Exception = ConnectionTimeout(SILENT)
        except ConnectionTimeout as timeout:
            error = timeout
        self._fall_silent()
        raise error

    def ask(self) -> None:
        """Returns once the server answers, if only to refuse. Raises `ConnectionTimeout` after `CONNECT_TIMEOUT`."""
        begun = time.monotonic()
        with self._asking:
            if self._heard_at > begun:  # somebody asked while this thread waited
                return
            try:
                self.connect().close()
            except ConnectionTimeout:
                raise
            except psycopg.Error:
                pass  # too many connections, say: it is there
            self._heard_at = time.monotonic()

    def _open(self, coming: "Future[Connection]") -> None:
        try:
            connection = Connection.connect(**self._parameters, autocommit=True)
            connection.server = self
            connection.execute(f"SET lock_timeout = {self._max_wait}")
            connection.autocommit = False
            coming.set_result(connection)
        except Exception as error:
            coming.set_exception(error)

    def _fall_silent(self) -> None:
        with self._silence:
            if not self._is_silent:
                self._is_silent = True
                _log.warning("The database does not answer.")
                threading.Thread(target=self._await_answer, name="asking", daemon=True).start()

    def _await_answer(self) -> None:
        while True:
            try:
                Connection.connect(**self._parameters).close()
            except ConnectionTimeout:
                continue
            except psycopg.Error:
                pass  # refused: whoever comes next is told so in as little time
            break
        self._is_silent = False
        _log.warning("The database answers again.")


def _close(coming: "Future[Connection]") -> None:
    """Closes a connection that came too late."""
    if coming.exception() is None:
        coming.result().close()
