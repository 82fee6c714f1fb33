"""Many connections at once that send little, nothing, or far too much, and how long others wait for an answer."""

import errno
import selectors
import socket
import threading
import time

from tests.support.servers import LiveServer

GET = b"GET /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"


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


def slowest_answer(server: LiveServer, request: bytes = GET, times: int = 10) -> float:
    """The seconds that the slowest of some answers took, each over a connection of its own."""
    taken = []
    for _ in range(times):
        began = time.monotonic()
        with socket.create_connection(("127.0.0.1", server.port), timeout=30) as connection:
            connection.sendall(request)
            answer = b"".join(iter(lambda: connection.recv(65536), b""))
        assert answer.startswith(b"HTTP/1.1 200")
        taken.append(time.monotonic() - began)
        time.sleep(0.05)
    return max(taken)
