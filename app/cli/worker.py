"""The process that answers requests: gunicorn's worker, whose threads wait for clients themselves.

Gunicorn's own threads are handed each request by another thread that accepts and polls, which over a
fresh connection costs more than answering it. Here a thread whose turn it is (see `app.cli.turns`) waits
at an epoll for whatever comes next, a new connection or a request on one that was kept, and sees to it
alone. The main thread keeps watch: over turns, over the deadlines of silent clients, and over the end.

How a request is read and an answer written is in `app.cli.exchange`.
"""

import contextlib
import errno
import gc
import os
import select
import socket
import threading
import time
from datetime import timedelta
from typing import Any

from gunicorn.http import wsgi
from gunicorn.http.errors import NoMoreData
from gunicorn.workers.base import Worker as BaseWorker

from app.cli.exchange import PIECE, Connection, OnePieceResponse, plain_settings
from app.cli.listening import SILENCE_SECONDS
from app.cli.turns import LONGEST_SECONDS, Seat, Turns

# How long a client may take over closing its side once we closed ours.
ENDING_SECONDS = 2.0

# How long kept connections stay open when the process ends, for a request that is on its way already.
STOP_SECONDS = 2.0

# How long we wait for the rest of a body that the application did not read.
REST_SECONDS = 5.0

# How often the arbiter hears that all is well, and deadlines are looked at.
WATCH_SECONDS = 1.0

# How often turns are looked at between requests; after a second without any, no more until the next.
IDLE_SECONDS = 0.05

_ONCE = select.EPOLLIN | select.EPOLLONESHOT
_GONE = (errno.EPIPE, errno.ECONNRESET, errno.ENOTCONN)


class Worker(BaseWorker):
    """Threads at one epoll. Each event wakes one of them, and its socket is silent until it is armed again."""

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.settings = plain_settings(self.cfg)
        self._turns = Turns(self.app.seats)
        self._watched = 0.0
        self._asked = 0.0  # when the last request began
        self._is_dozing = False
        self._open: set[Connection] = set()
        # By descriptor: those that wait for their client. Who takes one out of here owns it.
        self._waiting: dict[int, Connection] = {}
        self._listeners: dict[int, Any] = {}
        self._unarmed: list[int] = []

    def load_wsgi(self) -> None:
        """Load the application and take it out of the garbage collector's rounds, which it has no part in.

        A large answer makes thousands of small objects, and each round they start would otherwise walk
        through everything that was ever imported.
        """
        super().load_wsgi()
        gc.collect()
        gc.freeze()
        gc.set_threshold(20_000, 20, 20)

    def run(self) -> None:
        """Serve until told to stop; then let running requests finish."""
        self._poll = select.epoll()
        for sock in self.sockets:
            sock.setblocking(False)
            self._listeners[sock.fileno()] = sock
            self._poll.register(sock.fileno(), _ONCE)
        for number in range(self.cfg.threads):
            threading.Thread(target=self._serve, name=f"server-{number}", daemon=True).start()
        while self.alive and self.ppid == os.getppid():
            self._watch()
        self.alive = False
        self._stop()

    def _watch(self) -> None:
        """See that nobody keeps a turn for long; now and then, that all is well and nobody is silent for long."""
        self._is_dozing = self.alive and time.monotonic() - self._asked > WATCH_SECONDS
        seconds = WATCH_SECONDS if self._is_dozing else IDLE_SECONDS
        if self._turns.relieve():
            seconds = LONGEST_SECONDS
        try:
            if select.select([self.PIPE[0]], [], [], seconds)[0]:  # a signal, or the end of dozing
                os.read(self.PIPE[0], 4096)
        except (InterruptedError, BlockingIOError):
            pass
        now = time.monotonic()
        if self.alive and now - self._watched < WATCH_SECONDS:
            return
        self._watched = now
        self.notify()
        for fd, connection in list(self._waiting.items()):
            if connection.deadline < now and self._waiting.pop(fd, None):
                self._close(connection)
        self._arm_listeners()

    def _stop(self) -> None:
        for fd in self._listeners:
            self._poll.unregister(fd)
        until = time.monotonic() + STOP_SECONDS
        for connection in list(self._waiting.values()):
            connection.deadline = min(connection.deadline, until)
        until = time.monotonic() + self.cfg.graceful_timeout
        while self._open and time.monotonic() < until:
            self._watch()

    def _serve(self) -> None:
        seat = Seat()
        while True:
            self._turns.sit(seat)
            for fd, _event in self._poll.poll(maxevents=1):
                seat.since = self._asked = time.monotonic()
                if self._is_dozing:
                    self._is_dozing = False
                    os.write(self.PIPE[1], b".")
                try:
                    listener = self._listeners.get(fd)
                    connection = self._accept(listener) if listener else self._waiting.pop(fd, None)
                    if connection is not None:
                        self._attend(connection, seat)
                except Exception:
                    self.log.exception("A thread failed outside of a request.")
                finally:
                    seat.since = 0.0

    def _accept(self, listener: socket.socket) -> Connection | None:
        try:
            sock, client = listener.accept()
        except OSError as error:
            if error.errno in (errno.EAGAIN, errno.ECONNABORTED):  # another process was quicker
                self._arm(listener.fileno())
            elif self.alive:  # too many open files, say: the watch tries again
                self.log.warning("No connection could be accepted: %s", error)
                self._unarmed.append(listener.fileno())
            return None
        connection = Connection(sock, client, listener.getsockname())
        self._open.add(connection)
        if len(self._open) < self.cfg.worker_connections:
            self._arm(listener.fileno())
        else:
            self._unarmed.append(listener.fileno())
        return connection

    def _arm(self, fd: int) -> None:
        if self.alive:
            with contextlib.suppress(FileNotFoundError):  # it stopped meanwhile
                self._poll.modify(fd, _ONCE)

    def _arm_listeners(self) -> None:
        while self._unarmed and self.alive and len(self._open) < self.cfg.worker_connections:
            self._arm(self._unarmed.pop())

    def _attend(self, connection: Connection, seat: Seat) -> None:
        """Answer what the client sent, if it is a whole request, and wait for more."""
        is_new = connection.is_between
        if connection.is_ending or connection.look() is None:
            self._end(connection)
            return
        # All pieces of a request together have the time of one silence.
        deadline = time.monotonic() + SILENCE_SECONDS if is_new else connection.deadline
        while (answered := self._answer(connection, seat)) is not None:
            if not answered:
                self._close_gracefully(connection)
                return
            patience = self.settings.keepalive if self.alive else STOP_SECONDS
            deadline = time.monotonic() + patience
            if connection.is_between:
                break
        self._wait(connection, deadline)

    def _answer(self, connection: Connection, seat: Seat) -> bool | None:
        """Answer the request that has come, None if it is not whole; whether the connection can be used again."""
        try:
            if not connection.read_request(self.settings):
                return None
            response = self._respond(connection, seat)
            return not response.should_close() and connection.finish_request(REST_SECONDS)
        except (NoMoreData, StopIteration):
            self.log.debug("A client left in the middle of a request.")
        except OSError as error:
            if error.errno not in _GONE:
                self.log.exception("Socket error processing request.")
        except Exception as error:
            self.handle_error(connection.request, connection.sock, connection.client, error)
        return False

    def _respond(self, connection: Connection, seat: Seat) -> OnePieceResponse:
        begun, request = time.monotonic(), connection.request
        if connection.is_long:
            self._turns.get_up(seat)
        response, environ = wsgi.create(
            request, connection.sock, connection.client, connection.server, self.settings, OnePieceResponse
        )
        environ["wsgi.multithread"] = True
        if not self.alive or len(self._open) > self.settings.worker_connections - self.settings.threads:
            response.force_close()
        pieces = self.wsgi(environ, response.start_response)
        if response.response_length is None or response.response_length > PIECE:
            self._turns.get_up(seat)
        try:
            self._send(response, pieces)
        finally:
            if self.settings.accesslog:
                taken = timedelta(seconds=time.monotonic() - begun)
                self.log.access(response, request, environ, taken)
            if hasattr(pieces, "close"):
                pieces.close()
        return response

    def _send(self, response: OnePieceResponse, pieces: Any) -> None:
        try:
            if isinstance(pieces, wsgi.FileWrapper):
                response.write_file(pieces)
            else:
                for piece in pieces:
                    response.write(piece)
            response.close()
        except OSError:
            raise
        except Exception:
            if not response.headers_sent:
                raise
            # Half an answer: an error put behind it would be taken for a part of it.
            self.log.exception("An answer broke off.")
            response.force_close()

    def _close_gracefully(self, connection: Connection) -> None:
        """Close our side and wait for the client's: to close at once may take the answer from it (RFC 9112, 9.6)."""
        if connection.half_close():
            self._wait(connection, time.monotonic() + ENDING_SECONDS)
        else:
            self._close(connection)

    def _end(self, connection: Connection) -> None:
        """Close a connection whose client is gone or, once it was answered, throw away what it sends."""
        if connection.is_ending:
            try:
                if connection.sock.recv(PIECE, socket.MSG_DONTWAIT):
                    self._wait(connection, connection.deadline)
                    return
            except BlockingIOError:
                self._wait(connection, connection.deadline)
                return
            except OSError:
                pass
        self._close(connection)

    def _wait(self, connection: Connection, deadline: float) -> None:
        connection.deadline = deadline
        fd = connection.sock.fileno()
        self._waiting[fd] = connection
        if connection.is_known:
            self._poll.modify(fd, _ONCE)
        else:
            connection.is_known = True
            self._poll.register(fd, _ONCE)

    def _close(self, connection: Connection) -> None:
        connection.close()
        self._open.discard(connection)
        if self._unarmed:
            self._arm_listeners()
