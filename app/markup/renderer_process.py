"""The child process that renders Markdown, and the parent's end of it.

A child renders one text after the other, each within its own limit of processor time, and ends when it
has had nothing to do for a while. What exceeds a limit ends the child, which no regular expression can prevent.
"""

import contextlib
import os
import resource
import select
import signal
import socket
import struct
import subprocess
import sys

MEMORY = 1 << 30  # bytes of address space of a child
KEPT_MEMORY = 150_000  # kilobytes that a child may hold and be given another text
IDLE = 30.0  # seconds after which a child without work ends
# Seconds that the parent waits for an answer. Far more than any limit of processor time: only a machine that is
# busy with other things takes longer than that.
PATIENCE = 30.0
# Behind everything that answers requests.
NICENESS = 10

_QUESTION = struct.Struct("!Id")
_ANSWER = struct.Struct("!?I")
_ENDED_BY_LIMIT = (-signal.SIGPROF, -signal.SIGXCPU, -signal.SIGSEGV, -signal.SIGABRT)


class LimitExceeded(Exception):
    """The text takes more time or memory than it may, or is nested too deep: it always will."""


class NoAnswer(Exception):
    """No child could start or answer in time, for no reason that lies in the text."""


class RendererProcess:
    """One child at a time, started with the first text. For one thread only."""

    def __init__(self) -> None:
        self._child: subprocess.Popen | None = None
        self._socket: socket.socket | None = None

    def render(self, text: str, seconds: float) -> str:
        """Returns the text as HTML within `seconds` of processor time. Raises `LimitExceeded`, `NoAnswer`."""
        try:
            return self._asked(text, seconds)
        except (_Ended, OSError) as error:
            code = self._stop()
            if code in _ENDED_BY_LIMIT:
                raise LimitExceeded from error
        try:  # the child ended by itself, just before it was asked
            return self._asked(text, seconds)
        except (_Ended, OSError) as error:
            code = self._stop()
            raise (LimitExceeded if code in _ENDED_BY_LIMIT else NoAnswer) from error

    def _asked(self, text: str, seconds: float) -> str:
        connection = self._started()
        data = text.encode()
        try:
            connection.sendall(_QUESTION.pack(len(data), seconds) + data)
            is_rendered, length = _ANSWER.unpack(_received(connection, _ANSWER.size))
            answer = _received(connection, length).decode()
        except TimeoutError as error:
            self._stop()
            raise NoAnswer from error
        if not is_rendered:
            raise LimitExceeded
        return answer

    def _started(self) -> socket.socket:
        if self._socket is None:
            ours, theirs = socket.socketpair()
            ours.settimeout(PATIENCE)
            with theirs:
                # -P: only installed packages and those of the parent's path are imported, none of the present folder.
                self._child = subprocess.Popen(  # noqa: S603 - our own program, the text goes in by a socket
                    [sys.executable, "-P", "-m", __name__],
                    stdin=theirs.fileno(),
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.DEVNULL,
                    env={**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)},
                )
            self._socket = ours
        return self._socket

    def _stop(self) -> int | None:
        """Ends the child, if it still runs; returns how it ended."""
        child, connection = self._child, self._socket
        self._child = self._socket = None
        if connection is not None:
            connection.close()
        if child is None:
            return None
        with contextlib.suppress(subprocess.TimeoutExpired):
            # A connection that is at its end comes from a child that is, too.
            return child.wait(0.5)
        child.kill()
        return child.wait()


class _Ended(Exception):
    """The other end of the socket is closed."""


def _received(connection: socket.socket, length: int) -> bytes:
    pieces = []
    while length:
        piece = connection.recv(min(length, 1 << 20))
        if not piece:
            raise _Ended
        pieces.append(piece)
        length -= len(piece)
    return b"".join(pieces)


def main() -> None:
    """Answers what comes by standard input, which is a socket, until it ends or nothing comes for a while."""
    from app.markup import markdown_renderer

    os.nice(NICENESS)
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with socket.socket(fileno=0) as connection, contextlib.suppress(_Ended, ConnectionError):
        while select.select([connection], [], [], IDLE)[0]:
            length, seconds = _QUESTION.unpack(_received(connection, _QUESTION.size))
            text = _received(connection, length).decode()
            # Its signal ends the process, whatever that is doing.
            signal.setitimer(signal.ITIMER_PROF, seconds)
            try:
                answer, is_rendered = markdown_renderer.to_html(text).encode(), True
            except (RecursionError, MemoryError):
                answer, is_rendered = b"", False
            signal.setitimer(signal.ITIMER_PROF, 0)
            connection.sendall(_ANSWER.pack(is_rendered, len(answer)) + answer)
            if resource.getrusage(resource.RUSAGE_SELF).ru_maxrss > KEPT_MEMORY:
                break


if __name__ == "__main__":
    main()
