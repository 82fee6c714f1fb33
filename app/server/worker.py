"""The process that answers requests: gunicorn's own gevent worker, and what that leaves to us.

Each connection has a greenlet, and all greenlets share one thread, so that a client that says nothing, or
little, costs nobody else anything. `GeventWorker` makes the standard library wait in that way (gevent's
`monkey.patch_all`) before it loads the application. That is the only place where it is done: not in
`greenroom`'s other commands, not in gunicorn's master process, and not in tests.

What is here uses public names of gunicorn and gevent alone. The stock worker has no bound for a head that
is longer than 8 KB where longer ones are allowed, waits for ever for the body of a silent client, keeps
a kept connection open for as long as at any other time when it should end, lets one quick client have the
thread for itself, and closes connections in a way that may take the answer from the client.
"""

import contextlib
import ctypes
import math
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import gevent
from gevent import socket
from gevent.server import StreamServer
from gunicorn.http.errors import LimitRequestHeaders
from gunicorn.workers.ggevent import GeventWorker

# A client that says nothing for this long, while we wait for the rest of its body or for it to take our
# answer, loses its connection. The head of a request has the `keepalive` time as a whole.
SILENCE_SECONDS = 60

# The longest address, with the headers, that is read: a search's filter is part of it.
MAX_HEAD = 128 * 1024
USUAL_HEAD = 16 * 1024

# What the application did not read of a body is read up to this and for so long; then the connection ends.
MAX_REST = 1024 * 1024
REST_SECONDS = 5

# How long a client may take over closing its side once we closed ours.
ENDING_SECONDS = 2

# How long kept connections stay open when the process ends, for a request that is on its way already.
STOP_SECONDS = 2

# After so many bytes from or to one client, the others have their turn.
TURN = 1024 * 1024

# Only a request with one of these has a body.
FRAMING = ("CONTENT-LENGTH", "TRANSFER-ENCODING")

# The kernel's number for the signal that a process gets when its parent has died.
PR_SET_PDEATHSIG = 1

READ = 1  # gevent's number for it

PIECE = 64 * 1024
ENDING_PIECE = 256 * 1024


def elsewhere(function: Callable[..., Any], arguments: tuple) -> Any:
    """Returns `function(*arguments)`, which another thread works out while the other greenlets go on."""

    def outcome() -> tuple[Any, Exception | None]:  # gevent writes what a thread raises to the log
        try:
            return function(*arguments), None
        except Exception as error:
            return None, error

    result, error = gevent.get_hub().threadpool.apply(outcome)
    if error is not None:
        raise error
    return result


class ShortWork:
    """What is done in the shared thread while its request is the only one, and in another thread otherwise.

    To hand something over and to hear of its end takes a sixth of a writing call. While nobody else is being answered,
    that buys nothing; but a disk may take seconds at any time, so what has taken long once is handed over for a while.
    """

    LONG_SECONDS = 0.005
    DISTRUST_SECONDS = 60

    def __init__(self, clock: Callable[[], float] = time.monotonic):
        self.requests = 0  # that are being answered
        self._clock = clock
        self._distrusted_until = -math.inf

    def do(self, function: Callable[..., Any], arguments: tuple) -> Any:
        """Returns `function(*arguments)`."""
        began = self._clock()
        if self.requests > 1 or began < self._distrusted_until:
            return elsewhere(function, arguments)
        try:
            return function(*arguments)
        finally:
            now = self._clock()
            if now - began > self.LONG_SECONDS:
                self._distrusted_until = now + self.DISTRUST_SECONDS


short_work = ShortWork()


class Client:
    """A client's connection: fair to the others, bounded while a head is read, and closed with care.

    Around the socket that gevent accepted, not a subclass of it: to make a second socket object of the same
    descriptor takes longer than to accept it.
    """

    def __init__(self, accepted: socket.socket):
        self._socket = accepted
        self._readable: Any = None  # made once it is waited for
        self.begin_head()
        self._waits = False  # a new client's first request is there already, most of the time
        self._has_ended = False
        self._unsent = b""
        self.file_bytes = 0  # of the present answer, sent past gunicorn, which counts the others

    def __getattr__(self, name: str) -> Any:
        return getattr(self._socket, name)

    def begin_head(self) -> None:
        """Begins to count the bytes of a head, which may come at any pace for as long as `timeout_ctx` says."""
        self._is_head = self._waits = True
        self._count = self._sends = 0
        self._socket.settimeout(None)

    def begin_body(self) -> None:
        """Lets as many bytes come and go as there are, while none of them takes longer than a silence may."""
        self._is_head = False
        self._count = self._sends = self.file_bytes = 0
        self._socket.settimeout(SILENCE_SECONDS)

    def recv(self, *args: Any) -> bytes:
        """Returns what has come. Raises `LimitRequestHeaders` where a head has no end."""
        if self._waits:
            # Even where the next request is there: a quick client would otherwise keep all others waiting.
            self._waits = False
            # One watcher as long as the connection lasts: the kernel is told of each new one.
            if self._readable is None:
                self._readable = gevent.get_hub().loop.io(self._socket.fileno(), READ)
            socket.wait(self._readable)
        data = self._socket.recv(*args)
        self._has_ended = not data
        self._count += len(data)
        if self._is_head and self._count > USUAL_HEAD:
            if self._count > MAX_HEAD:
                raise LimitRequestHeaders("limit request line and headers size")
            gevent.sleep(0)  # gunicorn looks through all of it again with each piece
        elif self._count > TURN:
            self._count = 0
            gevent.sleep(0)
        return data

    def sendall(self, data: Any, flags: int = 0) -> None:
        """Sends all of the data; of an answer in many pieces, which take their time to make, one a turn.

        Gunicorn sends the head of an answer by itself. It waits here for the first piece of the body, since the
        kernel carries each piece to a client on this machine while we wait, which takes longer than to write it.
        """
        self._sends += 1
        if self._sends == 1:
            self._unsent = data
        elif self._sends == 2 and len(data) <= PIECE:
            self._unsent += data
            self.flush()
        else:
            self.flush()
            self._socket.sendall(data, flags)
            gevent.sleep(0)

    def flush(self) -> None:
        """Sends the head that still waits for a body, as one without any does."""
        data, self._unsent = self._unsent, b""
        if data:
            self._socket.sendall(data)

    def sendfile(self, file: Any, offset: int = 0, count: int | None = None) -> int:
        """Sends a part of a file, which never passes through this process."""
        self.flush()
        if not count or not hasattr(os, "sendfile"):
            whole = self._socket.sendfile(file, offset, count)
            self.file_bytes += whole
            return whole
        sent = 0
        while sent < count:
            step = min(count - sent, TURN)
            arguments = (self._socket.fileno(), file.fileno(), offset + sent, step)
            try:
                # What is not in memory is read from a disk, for which only a thread of its own may wait.
                done = os.sendfile(*arguments) if step <= PIECE else elsewhere(os.sendfile, arguments)
            except BlockingIOError:
                socket.wait_write(self._socket.fileno(), SILENCE_SECONDS, TimeoutError("timed out"))
                continue
            if not done:  # the file became shorter
                break
            sent += done
            self.file_bytes += done
        return sent

    def close(self) -> None:
        """Closes our side and waits for the client's, unless that is closed.

        To close at once may take the answer from a client that still sends (RFC 9112, section 9.6).
        """
        if self._unsent or not self._has_ended:
            with contextlib.suppress(OSError), gevent.Timeout(ENDING_SECONDS, False):
                self._socket.settimeout(None)
                self.flush()
                self._socket.shutdown(socket.SHUT_WR)
                while self._socket.recv(ENDING_PIECE):
                    gevent.sleep(0.05)  # whoever goes on sending for no reason gets little of our time
        if self._readable is not None:
            self._readable.close()
            self._readable = None
        self._socket.close()


class Worker(GeventWorker):
    """Gunicorn's gevent worker with bounds for what clients do, and an end that waits for requests alone."""

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self._between_requests: dict[Any, gevent.Timeout] = {}
        self._servers: list[StreamServer] = []

    def init_process(self) -> None:
        """Begins; the kernel stops this process with its master, however that ends, so that its port is free."""
        if sys.platform == "linux":
            ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
        super().init_process()

    def server_class(self, listener: Any, *, spawn: Any, **_options: Any) -> StreamServer:
        """Returns what accepts connections, as gunicorn's worker makes it; kept, to be closed at once."""
        server = StreamServer(listener, handle=partial(self.handle, listener), spawn=spawn)
        if self.cfg.workers > 1:
            server.max_accept = 1
        self._servers.append(server)
        return server

    def handle(self, listener: Any, client: Any, addr: Any) -> None:
        """Answers one connection's requests until it ends."""
        super().handle(listener, Client(client), addr)

    @contextlib.contextmanager
    def timeout_ctx(self) -> Iterator[None]:
        """Bounds the time for which a connection waits for the head of its next request."""
        greenlet = gevent.getcurrent()
        with gevent.Timeout(self.cfg.keepalive if self.alive else STOP_SECONDS, False) as timeout:
            self._between_requests[greenlet] = timeout
            try:
                yield
            finally:
                del self._between_requests[greenlet]

    def handle_request(self, listener_name: Any, req: Any, sock: Any, addr: Any) -> None:
        """Answers one request. Raises `StopIteration`, as gunicorn's own does, where no other may follow."""
        sock.begin_body()
        short_work.requests += 1
        try:
            super().handle_request(listener_name, req, sock, addr)
        finally:
            short_work.requests -= 1
        sock.flush()
        if any(name in FRAMING for name, _value in req.headers) and not is_read_to_the_end(req.body):
            raise StopIteration
        sock.begin_head()

    def handle_exit(self, sig: Any, frame: Any) -> None:
        """Begins to stop, at SIGTERM: running requests are finished, and nobody's next one is waited for."""
        super().handle_exit(sig, frame)
        gevent.spawn(self._stop_listening)
        gevent.spawn_later(STOP_SECONDS, self._end_kept_connections)

    def _stop_listening(self) -> None:
        for server in self._servers:
            server.close()

    def _end_kept_connections(self) -> None:
        for greenlet, timeout in list(self._between_requests.items()):
            gevent.kill(greenlet, timeout)


def is_read_to_the_end(body: Any) -> bool:
    """Reads what the application left of a body, if that is little and comes soon; tells whether nothing is left."""
    left = MAX_REST
    with contextlib.suppress(Exception), gevent.Timeout(REST_SECONDS, False):
        while left > 0:
            piece = body.read(PIECE)
            if not piece:
                return True
            left -= len(piece)
    return False  # where the next request begins is unknown
