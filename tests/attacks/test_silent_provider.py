"""An OpenID provider that takes the connection and says nothing, or a byte now and then."""

import concurrent.futures
import contextlib
import socket
import threading
import time
from collections.abc import Iterator

import pytest
import requests

from tests.support.crowds import slowest_answer
from tests.support.servers import live_greenroom

SIGN_INS = 40
PATIENCE = 8  # seconds: five for the first sign-ins, none for the others, and what a busy machine adds


@contextlib.contextmanager
def slow_provider(piece: bytes) -> Iterator[str]:
    """Answers each connection with the same piece, twice a second."""
    with socket.create_server(("127.0.0.1", 0), backlog=200) as listener:
        connections: list[socket.socket] = []
        over = threading.Event()

        def accept() -> None:
            with contextlib.suppress(OSError):
                while True:
                    connections.append(listener.accept()[0])

        def drip() -> None:
            while not over.wait(0.5):
                for connection in list(connections):
                    with contextlib.suppress(OSError):
                        connection.sendall(piece)

        threading.Thread(target=accept, daemon=True).start()
        dripping = threading.Thread(target=drip, daemon=True)
        dripping.start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            over.set()
            dripping.join()
            listener.shutdown(socket.SHUT_RDWR)
            for connection in connections:
                connection.close()


@pytest.mark.parametrize(
    "piece", [b"", b"H", b"HTTP/1.1 200 OK\r\nContent-Length: 999\r\n\r\n"], ids=["silent", "head", "body"]
)
def test_sign_ins_end_soon_and_hold_nobody_up(tmp_path, piece):
    with (
        slow_provider(piece) as issuer,
        live_greenroom(
            tmp_path / "instance",
            "--workers",
            "1",
            GREENROOM_OIDC_ISSUER=issuer,
            GREENROOM_OIDC_CLIENT_ID="greenroom",
            GREENROOM_OIDC_CLIENT_SECRET="some long secret",
        ) as server,
    ):

        def sign_in(_number: int) -> int:
            return requests.get(f"{server.url}/sign-in/oidc", timeout=60, allow_redirects=False).status_code

        began = time.monotonic()
        with concurrent.futures.ThreadPoolExecutor(SIGN_INS) as pool:
            statuses = pool.map(sign_in, range(SIGN_INS))
            assert slowest_answer(server) < 1
            assert set(statuses) <= {303, 502, 503, 504}
        assert time.monotonic() - began < PATIENCE
