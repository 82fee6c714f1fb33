"""The process that answers requests: gunicorn's threaded worker, told two things about latency.

An answer's head and body leave in one segment, since a client that holds its connection may sit on the
acknowledgement of the first piece for 40 ms. And the thread that answered stays with the connection for
a moment: a client's calls come one upon the other, and to hand a connection to the poller and back
costs each of them as much as answering it.
"""

import gc
import select
import socket
import threading
from typing import Any

from gunicorn.http import wsgi
from gunicorn.workers.gthread import TConn, ThreadWorker

# Long enough for the next call of a client's program; half of the threads never wait so.
STAY_SECONDS = 0.2

# How long a thread waits for the first bytes of a new connection; after that gunicorn's own way begins.
FIRST_BYTES_SECONDS = 0.2

MORE_FOLLOWS = getattr(socket, "MSG_MORE", 0)  # Linux; elsewhere TCP_NODELAY alone must do


class OnePieceResponse(wsgi.Response):
    """An answer whose head waits in the kernel for the first piece of its body."""

    def send_headers(self) -> None:
        if self.headers_sent:
            return
        lines = [*self.default_headers(), *(f"{name}: {value}\r\n" for name, value in self.headers), "\r\n"]
        has_body = not self._omits_body and (self.chunked or bool(self.response_length))
        self.sock.sendall("".join(lines).encode("latin-1"), MORE_FOLLOWS if has_body else 0)
        self.headers_sent = True


class Worker(ThreadWorker):
    """Gunicorn's threads, of which up to half may stay with the connection that they answered last."""

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self._places = threading.Semaphore(self.cfg.threads // 2)

    def load_wsgi(self) -> None:
        """Load the application and take it out of the garbage collector's rounds, which it has no part in.

        A large answer makes thousands of small objects, and each round they start would otherwise walk
        through everything that was ever imported.
        """
        super().load_wsgi()
        gc.collect()
        gc.freeze()
        gc.set_threshold(20_000, 20, 20)

    def init_process(self) -> None:
        wsgi.Response = OnePieceResponse  # gunicorn looks it up by this name for every request
        super().init_process()

    def handle(self, conn: TConn) -> Any:
        """Answer a request of the connection and, without letting it go, those that follow at once."""
        if not conn.initialized and not conn.data_ready:
            conn.data_ready = _is_readable(conn.sock, FIRST_BYTES_SECONDS)
        result = super().handle(conn)
        while result is True and self._follows(conn):
            result = super().handle(conn)
        return result

    def _follows(self, conn: TConn) -> bool:
        """Whether the connection's next request comes while this thread can wait for it."""
        # What was read already makes no socket readable: gunicorn looks for that itself.
        if not self.alive or conn.parser.unreader.buf.getvalue() or not self._places.acquire(blocking=False):
            return False
        try:
            return _is_readable(conn.sock, STAY_SECONDS)
        finally:
            self._places.release()


def _is_readable(sock: socket.socket, seconds: float) -> bool:
    poll = select.poll()
    poll.register(sock, select.POLLIN)
    return bool(poll.poll(seconds * 1000))
