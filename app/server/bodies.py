"""The body of a request before the request: the application runs once what it would wait for is there.

A request that waits for its client would keep what it has, a connection to the database above all, and
takes the application's time only to be refused in the end. So a short body is read first. A long one, which
is a file on its way into the store, passes through in pieces, since it may be larger than all memory.
"""

import io
from collections.abc import Callable, Iterable
from typing import Any

import gevent

SHORT_BODY = 1024 * 1024

# The least bytes a second at which a short body comes, beyond the seconds that any of them may take.
MIN_RATE = 1024

BROKEN_OFF = "400 Bad Request"
TOO_SLOW = "408 Request Timeout"

Application = Callable[[dict[str, Any], Callable], Iterable[bytes]]


def with_body_first(application: Application, seconds: float) -> Application:
    """Returns the application behind a reader of short bodies; `seconds` is what any of them may take."""

    def answer(environ: dict[str, Any], start_response: Callable) -> Iterable[bytes]:
        length = environ.get("CONTENT_LENGTH")
        if length is not None and length != "0":
            status = _read_length(environ, int(length), seconds)
        elif "HTTP_TRANSFER_ENCODING" in environ:
            status = _read_chunks(environ)
        else:
            status = None
        if status is not None:
            start_response(status, [("Content-Type", "text/plain"), ("Content-Length", "0")])
            return []
        return application(environ, start_response)

    return answer


def _read_length(environ: dict[str, Any], length: int, seconds: float) -> str | None:
    """Reads the body, unless it is long; returns the status where it does not come."""
    if length > SHORT_BODY:
        return None
    body = b""
    try:
        with gevent.Timeout(seconds + length / MIN_RATE, False):
            body = environ["wsgi.input"].read(length)
            if len(body) < length:
                return BROKEN_OFF
    except TimeoutError:
        return TOO_SLOW
    except OSError:
        return BROKEN_OFF
    if len(body) < length:
        return TOO_SLOW
    environ["wsgi.input"] = io.BytesIO(body)
    return None


def _read_chunks(environ: dict[str, Any]) -> str | None:
    """Reads as much as a short body has, and leaves the rest to the application; returns the status of a failure."""
    source = environ["wsgi.input"]
    try:
        beginning = source.read(SHORT_BODY)
    except TimeoutError:
        return TOO_SLOW
    except Exception:
        return BROKEN_OFF
    environ["wsgi.input"] = (
        io.BytesIO(beginning) if len(beginning) < SHORT_BODY else _Joined(beginning, source)
    )
    return None


class _Joined(io.RawIOBase):
    """What was read already, and then what comes."""

    def __init__(self, beginning: bytes, source: Any):
        super().__init__()
        self._beginning = io.BytesIO(beginning)
        self._source = source

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        """Returns the next piece; empty at the end."""
        if size is None or size < 0:
            return self._beginning.read() + self._source.read()
        return self._beginning.read(size) or self._source.read(size)

    def readinto(self, buffer: Any) -> int:
        """Fills the buffer as far as the next piece goes."""
        piece = self.read(len(buffer))
        buffer[: len(piece)] = piece
        return len(piece)
