"""A client that costs next to nothing of its own, so that what is measured is the server.

What a client takes is added to every server's time alike, and hides how they differ. So the request's
bytes are made, and the address is looked up, before the clock starts, and bytes are received into one
buffer by sockets that the kernel times out. Every answer is read to its last byte, and its status is
looked at.

Each request leaves in one piece. Nagle's algorithm is off at the client, as in every common HTTP library;
nothing is done about the acknowledgements of the client's kernel, which is what a server that writes its
answer in two pieces waits for.
"""

import json
import socket
import struct
import time
from typing import Any, NamedTuple
from urllib.parse import urlencode, urlsplit

PATIENCE_SECONDS = 300
_PATIENCE = struct.pack("ll", PATIENCE_SECONDS, 0)
_BUFFER = 1 << 18


class Request(NamedTuple):
    """What is sent: `query` goes into the address, `body` as JSON."""

    method: str
    path: str
    query: dict[str, Any] | None = None
    body: Any = None

    def encode(self, host: str, headers: str = "") -> bytes:
        """The request as it goes over the wire; `headers` are further lines, each with its end."""
        address = f"{self.path}?{urlencode(self.query, doseq=True)}" if self.query else self.path
        data = b"" if self.body is None else json.dumps(self.body).encode()
        head = f"{self.method} {address} HTTP/1.1\r\nHost: {host}\r\nUser-Agent: bench\r\nAccept: */*\r\n{headers}"
        if self.body is not None:
            head += f"Content-Type: application/json\r\nContent-Length: {len(data)}\r\n"
        return head.encode() + b"\r\n" + data


class Answer(NamedTuple):
    """What came back: `seconds` from before the request left (and, over a fresh connection, before
    connecting) until the last byte was there."""

    seconds: float
    status: int
    data: bytes

    def json(self) -> Any:
        return json.loads(self.data)


class Connection:
    """One server, reached over a connection that is kept, or over a fresh one for every request.

    `headers` are sent with each.
    """

    def __init__(self, url: str, *, kept: bool, headers: str = ""):
        parts = urlsplit(url)
        found = socket.getaddrinfo(parts.hostname, parts.port or 80, type=socket.SOCK_STREAM)
        self.family, _type, _protocol, _name, self.address = found[0]
        self.host = parts.netloc
        self.kept = kept
        self.headers = headers
        self._socket: socket.socket | None = None
        self._buffer = memoryview(bytearray(_BUFFER))

    def send(self, request: Request) -> Answer:
        """Send a request and read the whole answer."""
        data = request.encode(self.host, self.headers)
        start = time.perf_counter()
        sock = self._socket or self._connect()
        self._socket = None
        sock.sendall(data)
        status, body, reusable = self._read(sock)
        seconds = time.perf_counter() - start
        if self.kept and reusable:
            self._socket = sock
        else:
            sock.close()
        return Answer(seconds, status, body)

    def begin(self, request: Request) -> None:
        """Send a request and leave its answer on the way; `finish` reads it."""
        self._socket = self._socket or self._connect()
        self._socket.sendall(request.encode(self.host, self.headers))

    def finish(self) -> int:
        """Read the answer to what was begun; its status."""
        assert self._socket is not None
        status, _body, reusable = self._read(self._socket)
        if not reusable:
            self.close()
        return status

    def _connect(self) -> socket.socket:
        sock = socket.socket(self.family, socket.SOCK_STREAM)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, _PATIENCE)
        sock.connect(self.address)
        return sock

    def close(self) -> None:
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def _read(self, sock: socket.socket) -> tuple[int, bytes, bool]:
        """Status and body of one answer, and whether the connection can be used again."""
        data = self._receive(sock)
        while (end := data.find(b"\r\n\r\n")) < 0:
            data += self._receive(sock)
        head, body = data[:end].lower(), data[end + 4 :]
        length = _header(head, b"content-length")
        if length is not None:
            missing = int(length) - len(body)
            if missing > 0:
                body += self._receive_all(sock, missing)
        elif _header(head, b"transfer-encoding") == b"chunked":
            body = self._read_chunks(sock, body)
        return int(head[9:12]), body, _header(head, b"connection") != b"close"

    def _receive(self, sock: socket.socket) -> bytes:
        size = sock.recv_into(self._buffer)
        if not size:
            raise ConnectionError("the server closed the connection in the middle of an answer")
        return bytes(self._buffer[:size])

    def _receive_all(self, sock: socket.socket, missing: int) -> bytes:
        pieces = []
        while missing > 0:
            pieces.append(self._receive(sock))
            missing -= len(pieces[-1])
        return b"".join(pieces)

    def _read_chunks(self, sock: socket.socket, data: bytes) -> bytes:
        body = b""
        while True:
            while b"\r\n" not in data:
                data += self._receive(sock)
            size, _, data = data.partition(b"\r\n")
            wanted = int(size, 16)
            if wanted + 2 > len(data):
                data += self._receive_all(sock, wanted + 2 - len(data))
            body, data = body + data[:wanted], data[wanted + 2 :]
            if not wanted:
                return body


def _header(head: bytes, name: bytes) -> bytes | None:
    at = head.find(b"\r\n" + name + b":")
    if at < 0:
        return None
    return head[at + len(name) + 3 :].partition(b"\r\n")[0].strip()
