"""Clients that are slow, silent or endless: whoever asks for something meanwhile is answered all the same."""

import errno
import selectors
import socket
import threading
import time
from collections.abc import Iterator

import pytest

from tests.support.servers import LiveServer, live_greenroom

CROWD = 500
GET = b"GET /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
FORM = b"POST /sign-in HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-www-form-urlencoded\r\n"
CREATE = b"/api/2.0/mlflow/registered-models/create"
JSON = b"POST " + CREATE + b" HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
PIECE = b"a" * 65536


@pytest.fixture(scope="module")
def live(tmp_path_factory) -> Iterator[LiveServer]:
    with live_greenroom(tmp_path_factory.mktemp("live") / "instance", "--workers", "1") as server:
        yield server


class Crowd:
    """Connections that send their beginning, and then the same piece again and again, or nothing."""

    def __init__(
        self, server: LiveServer, size: int, beginning: bytes, *, piece: bytes = b"", every: float = 0.0
    ):
        self._piece = piece
        self._every = every
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._go_on)
        self.connections = [
            socket.create_connection(("127.0.0.1", server.port), timeout=20) for _ in range(size)
        ]
        for connection in self.connections:
            connection.sendall(beginning)
            connection.setblocking(False)

    def __enter__(self) -> "Crowd":
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._is_over.set()
        self._thread.join()
        for connection in self.connections:
            connection.close()

    def _go_on(self) -> None:
        with selectors.DefaultSelector() as selector:
            for connection in self.connections if self._piece else ():
                selector.register(connection, selectors.EVENT_WRITE)
            while not self._is_over.wait(self._every) and selector.get_map():
                for key, _events in selector.select(0.1):
                    try:
                        self._send(key.fileobj)
                    except OSError as error:
                        if error.errno not in (errno.EAGAIN, errno.EPIPE, errno.ECONNRESET):
                            raise
                        if error.errno != errno.EAGAIN:
                            selector.unregister(key.fileobj)

    def _send(self, connection) -> None:
        connection.send(self._piece)


def slowest_answer(server: LiveServer, times: int = 10) -> float:
    """The seconds that the slowest of some answers took, each over a connection of its own."""
    taken = []
    for _ in range(times):
        began = time.monotonic()
        with socket.create_connection(("127.0.0.1", server.port), timeout=30) as connection:
            connection.sendall(GET)
            answer = b"".join(iter(lambda: connection.recv(65536), b""))
        assert answer.startswith(b"HTTP/1.1 200") and answer.endswith(b"OK")
        taken.append(time.monotonic() - began)
        time.sleep(0.05)
    return max(taken)


@pytest.mark.parametrize(
    ("beginning", "piece", "every"),
    [
        (b"GET /health HTTP/1.1\r\nHo", b"", 0.0),
        (b"GET /", PIECE, 0.0),
        (b"GET / HTTP/1.1\r\nX: ", PIECE, 0.0),
        (FORM + b"Content-Length: 1000\r\n\r\n", b"", 0.0),
        (FORM + b"Content-Length: 1000\r\nExpect: 100-continue\r\n\r\n", b"", 0.0),
        (FORM + b"Transfer-Encoding: chunked\r\n\r\n", b"", 0.0),
        (JSON + b"Content-Length: 1000\r\n\r\n", b"", 0.0),
        (JSON + b"Content-Length: 1000\r\nExpect: 100-continue\r\n\r\n", b"", 0.0),
        (JSON + b"Transfer-Encoding: chunked\r\n\r\n", b"", 0.0),
        (FORM + b"Content-Length: 1000\r\n\r\n", b"x", 0.5),
        (b"GET /health HTTP/1.1\r\nX: ", b"x", 0.5),
    ],
    ids=[
        "half a head",
        "an endless request line",
        "an endless header",
        "no body of a form",
        "no body of a form that was asked for",
        "no chunk of a form",
        "no body of a call",
        "no body of a call that was asked for",
        "no chunk of a call",
        "a body byte by byte",
        "a head byte by byte",
    ],
)
def test_a_crowd_of_strangers_holds_nobody_up(live, beginning, piece, every):
    with Crowd(live, CROWD, beginning, piece=piece, every=every):
        assert slowest_answer(live) < 1


@pytest.mark.parametrize(
    "head", [b"POST /health HTTP/1.1\r\nHost: localhost\r\n", FORM, JSON], ids=["nobody", "form", "call"]
)
def test_bodies_without_an_end_hold_nobody_up(live, head):
    with Crowd(live, 40, head + b"Content-Length: 99999999999\r\n\r\n", piece=PIECE):
        assert slowest_answer(live) < 1
