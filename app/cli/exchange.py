"""One connection, its requests and their answers: gunicorn's rules for HTTP, in as few steps as they allow."""

import functools
import math
import os
import socket
import time
from collections.abc import Iterable
from types import SimpleNamespace
from typing import Any

from gunicorn import util
from gunicorn.config import Config
from gunicorn.http import wsgi
from gunicorn.http.body import LengthReader
from gunicorn.http.message import Request
from gunicorn.http.unreader import SocketUnreader

# A head longer than this is not waited for in pieces: the parser refuses it, or reads on by itself.
LONGEST_HEAD = 256 * 1024

# A body up to this is there before the application runs, so that it never waits for the client.
SHORT_BODY = 1024 * 1024

PIECE = 64 * 1024  # what one look at the socket reads, and what is sent together with the head

MORE_FOLLOWS = getattr(socket, "MSG_MORE", 0)

# What was parsed, or found to be well-formed, before: the lines of heads, and headers of answers.
_HEADS: dict[tuple[Any, bytes], tuple[list[tuple[str, str]], str, bool]] = {}
_GOOD: set[tuple[str, str]] = set()
_MOST_KEPT = 256
_LONGEST_KEPT = 2048


def plain_settings(cfg: Config) -> Any:
    """Gunicorn's settings for the parser, which asks for fifteen of them a request."""
    values = {name: setting.get() for name, setting in cfg.settings.items()}
    return SimpleNamespace(
        **values,
        is_ssl=cfg.is_ssl,
        forwarded_allow_networks=cfg.forwarded_allow_networks,
        proxy_allow_networks=cfg.proxy_allow_networks,
    )


class _Request(Request):
    """A request that parses the lines of a head but once where a client sends the same again and again."""

    def parse_headers(self, data: bytes, from_trailer: bool = False) -> list[tuple[str, str]]:
        if from_trailer or len(data) > _LONGEST_KEPT:
            return super().parse_headers(data, from_trailer)
        key = self.peer_addr[:1], data  # whom it comes from decides what some lines may say
        found = _HEADS.get(key)
        if found is None:
            lines = super().parse_headers(data)
            if len(_HEADS) >= _MOST_KEPT:
                _HEADS.clear()
            found = _HEADS[key] = lines, self.scheme, self._expected_100_continue
        lines, self.scheme, self._expected_100_continue = found
        return lines.copy()


class Connection:
    """A client's connection. `deadline` is when it is closed unless something arrives."""

    __slots__ = (
        "client",
        "deadline",
        "is_ending",
        "is_known",
        "request",
        "server",
        "sock",
        "unreader",
        "_count",
        "_head",
    )

    def __init__(self, sock: socket.socket, client: Any, server: Any):
        self.sock = sock
        self.client = client
        self.server = server
        self.unreader = SocketUnreader(sock)
        self.deadline = 0.0
        self.is_known = False  # to the poller
        self.is_ending = False  # answered and half closed: what still comes is thrown away
        self.request: Request | None = None  # the one that is read at the moment
        self._head = b""
        self._count = 0

    @property
    def is_between(self) -> bool:
        """Whether nothing of a next request has come yet."""
        return not self._head and self.request is None

    def look(self) -> bool | None:
        """Read what is there without waiting: whether there was something, None where the client is gone."""
        try:
            piece = self.sock.recv(PIECE, socket.MSG_DONTWAIT)
        except BlockingIOError:
            return False
        except OSError:
            return None
        if not piece:
            return None
        if self.request is None:
            self._head += piece
        else:
            self.unreader.buf.write(piece)
        return True

    def read_request(self, settings: Any) -> bool:
        """Whether `request` can be answered: its head is there, and its body unless that is long.

        Raises what gunicorn's parser raises; never waits for the client, but for a head that is too long.
        """
        if self.request is None:
            if not self._has_head():
                return False
            self.unreader.buf.write(self._head)
            self._head = b""
            self._count += 1
            self.request = _Request(settings, self.unreader, self.client, self._count)
            self.unreader.buf.seek(0, os.SEEK_END)
        return self._missing <= 0 or self.is_long

    def _has_head(self) -> bool:
        """Whether the parser has enough to read a head, or to refuse it."""
        head = self._head
        return (
            b"\r\n\r\n" in head
            or len(head) > LONGEST_HEAD
            or (b"\n" in head and head.count(b"\n") != head.count(b"\r\n"))
        )

    @property
    def is_long(self) -> bool:
        """Whether the application must read the request's body from the client by itself."""
        assert self.request is not None
        missing = self._missing
        return missing > 0 and (missing > SHORT_BODY or self.request._expected_100_continue)

    @property
    def _missing(self) -> float:
        """How much of the body is still to come."""
        assert self.request is not None
        reader = self.request.body.reader
        if not isinstance(reader, LengthReader):
            return math.inf
        return reader.length - self.unreader.buf.getbuffer().nbytes

    def finish_request(self, seconds: float) -> bool:
        """Drop what the application left of the body and begin anew; False where that cannot be done."""
        assert self.request is not None
        body, self.request = self.request.body, None
        if body.failed or not (
            isinstance(body.reader, LengthReader)
            and not body.reader.length
            or _drained(body, self.sock, seconds)
        ):
            return False
        self._head = self.unreader.take_buffered()
        return True

    def half_close(self) -> bool:
        """Say that nothing more will come; False where the connection is gone anyway."""
        try:
            self.sock.shutdown(socket.SHUT_WR)
        except OSError:
            return False
        self.is_ending = True
        return True

    def close(self) -> None:
        util.close(self.sock)


def _drained(body: Any, sock: socket.socket, seconds: float) -> bool:
    """Read what is left of a body, if that is little and comes soon."""
    deadline, left = time.monotonic() + seconds, SHORT_BODY
    try:
        while left > 0 and (rest := deadline - time.monotonic()) > 0:
            sock.settimeout(rest)
            piece = body.read(PIECE)
            if not piece:
                return True
            left -= len(piece)
    except Exception:
        return False
    finally:
        sock.settimeout(None)
    return False


class OnePieceResponse(wsgi.Response):
    """An answer whose head leaves together with the first piece of its body.

    A client that holds its connection may sit on the acknowledgement of a head alone for 40 ms.
    """

    def process_headers(self, headers: Iterable[tuple[str, str]]) -> None:
        for pair in headers:
            if pair in _GOOD:
                self.headers.append(pair)
            elif pair[0] == "Content-Length" and pair[1].isdecimal():
                self.headers.append(pair)
                self.response_length = int(pair[1])
            else:
                before = len(self.headers)
                super().process_headers([pair])
                is_plain = self.headers[before:] == [pair] and pair[0].lower() != "content-length"
                if is_plain and len(_GOOD) < _MOST_KEPT:
                    _GOOD.add(pair)

    def send_headers(self) -> None:
        if not self.headers_sent:
            has_body = not self._omits_body and (self.chunked or bool(self.response_length))
            self.sock.sendall(self._head(), MORE_FOLLOWS if has_body else 0)
            self.headers_sent = True

    def write(self, arg: bytes) -> None:
        whole = len(arg) == self.response_length and len(arg) <= PIECE
        if self.headers_sent or self._omits_body or not whole or type(arg) is not bytes:
            super().write(arg)
            return
        self.sock.sendall(self._head() + arg)
        self.headers_sent = True
        self.sent = len(arg)

    def _head(self) -> bytes:
        connection = "upgrade" if self.upgrade else "close" if self.should_close() else "keep-alive"
        first, second = self.req.version
        lines = [
            f"HTTP/{first}.{second} {self.status}\r\nServer: {self.version}\r\n"
            f"Date: {_date(int(time.time()))}\r\nConnection: {connection}\r\n"
        ]
        if self.chunked:
            lines.append("Transfer-Encoding: chunked\r\n")
        lines += [f"{name}: {value}\r\n" for name, value in self.headers]
        lines.append("\r\n")
        return "".join(lines).encode("latin-1")


@functools.lru_cache(maxsize=2)
def _date(seconds: int) -> str:
    return util.http_date(seconds)
