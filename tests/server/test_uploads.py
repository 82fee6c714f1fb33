"""Uploads to a live server: broken off at every point, slow by the dozen, and under way when it is told to stop."""

import signal
import socket
import struct
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.artifacts.paths import PRIVATE_FOLDER, ROOT_MARKER
from app.server.bodies import SHORT_BODY
from tests.support.crowds import Crowd, slowest_answer
from tests.support.servers import GREENROOM, LiveServer, clean_environment, live_greenroom

BASE = "/api/2.0/mlflow-artifacts/artifacts"
LONG = 3 * SHORT_BODY
CHUNK = 64 * 1024


@pytest.fixture(scope="module")
def live(tmp_path_factory) -> Iterator[LiveServer]:
    with live_greenroom(tmp_path_factory.mktemp("live") / "instance", "--workers", "1") as server:
        yield server


def head(path: str, *headers: str, method: str = "PUT") -> bytes:
    return "\r\n".join([f"{method} {path} HTTP/1.1", "Host: localhost", *headers]).encode() + b"\r\n\r\n"


def with_length(path: str, size: int) -> bytes:
    return head(path, f"Content-Length: {size}") + bytes(size)


def chunked(path: str, size: int) -> bytes:
    sizes = [min(CHUNK, size - start) for start in range(0, size, CHUNK)]
    chunks = b"".join(b"%x\r\n%b\r\n" % (one, bytes(one)) for one in sizes)
    return head(path, "Transfer-Encoding: chunked") + chunks + b"0\r\n\r\n"


def send(server: LiveServer, data: bytes, *, reset: bool = False) -> bytes:
    """Sends exactly these bytes and ends, by closing our side or with a reset; the answer."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=20) as connection:
        connection.sendall(data)
        if reset:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            return b""
        connection.shutdown(socket.SHUT_WR)
        return b"".join(iter(lambda: connection.recv(65536), b""))


def stored(server: LiveServer) -> list[str]:
    """Every file below the folder of artifacts but its mark, those in the making among them."""
    root = server.log.parent / "artifacts"
    files = (path for path in root.rglob("*") if path.is_file() and path.name != ROOT_MARKER)
    return sorted(str(path.relative_to(root)) for path in files)


def in_the_making(server: LiveServer) -> list[Path]:
    return list((server.log.parent / "artifacts" / PRIVATE_FOLDER).glob("upload-*"))


def until_nothing_is_in_the_making(server: LiveServer) -> None:
    """Waits for the end of uploads whose clients are gone."""
    deadline = time.monotonic() + 20
    while in_the_making(server):
        assert time.monotonic() < deadline, "an upload whose client is gone goes on"
        time.sleep(0.01)


@pytest.mark.parametrize("form", [with_length, chunked])
def test_a_short_upload_that_breaks_off_anywhere_is_refused(live, form):
    path = f"{BASE}/short-{form.__name__}/model.bin"
    whole = form(path, 20)
    before = stored(live)
    for end in range(1, len(whole)):
        assert not send(live, whole[:end]).startswith(b"HTTP/1.1 2"), whole[:end]
    assert stored(live) == before
    assert send(live, whole).startswith(b"HTTP/1.1 200")
    assert len(stored(live)) == len(before) + 1


@pytest.mark.parametrize("reset", [False, True], ids=["closed", "reset"])
@pytest.mark.parametrize("form", [with_length, chunked])
def test_a_long_upload_that_breaks_off_anywhere_is_refused(live, form, reset):
    path = f"{BASE}/long-{form.__name__}-{reset}/model.bin"
    whole = form(path, LONG)
    body = whole.index(b"\r\n\r\n") + 4
    edges = (body, body + CHUNK, body + SHORT_BODY, body + 2 * SHORT_BODY, len(whole) - 5)
    before = stored(live)
    ends = {edge + by for edge in edges for by in (-2, -1, 0, 1, 2, 3, 4)}
    for end in sorted(end for end in ends if end < len(whole)):
        assert not send(live, whole[:end], reset=reset).startswith(b"HTTP/1.1 2"), end
    until_nothing_is_in_the_making(live)
    assert stored(live) == before
    assert send(live, whole).startswith(b"HTTP/1.1 200")
    assert len(stored(live)) == len(before) + 1


def test_slow_uploads_of_one_account_hold_nobody_up(tmp_path):
    instance = tmp_path / "instance"
    environment = clean_environment(GREENROOM_INSTANCE=str(instance))

    def greenroom(*words: str) -> str:
        return subprocess.run(
            [str(GREENROOM), *words], env=environment, check=True, capture_output=True, text=True
        ).stdout.strip()

    greenroom("db", "upgrade")
    greenroom("users", "create", "anna", "--admin")
    authorization = f"Authorization: Bearer {greenroom('tokens', 'create', '--user', 'anna')}"
    put = head(f"{BASE}/0/model.bin", authorization, f"Content-Length: {LONG}") + bytes(SHORT_BODY)
    read = head("/api/2.0/mlflow/registered-models/search", authorization, "Connection: close", method="GET")
    with (
        live_greenroom(instance, "--workers", "1") as server,
        Crowd(server, 40, put, piece=bytes(1000), every=0.05),
    ):
        assert slowest_answer(server) < 1
        assert slowest_answer(server, read) < 1
        assert len(in_the_making(server)) == 40


def test_running_uploads_finish_when_the_server_is_told_to_stop(tmp_path):
    with live_greenroom(tmp_path / "instance", "--workers", "2") as server:
        uploads = {form: form(f"{BASE}/{form.__name__}/model.bin", LONG) for form in (with_length, chunked)}
        connections = {
            form: socket.create_connection(("127.0.0.1", server.port), timeout=20) for form in uploads
        }
        for form, whole in uploads.items():
            connections[form].sendall(whole[: 2 * SHORT_BODY])
        deadline = time.monotonic() + 20
        while len(in_the_making(server)) < 2:
            assert time.monotonic() < deadline, "the uploads did not begin"
            time.sleep(0.01)

        server.process.send_signal(signal.SIGTERM)
        until_refused(server)
        for form, whole in uploads.items():
            connections[form].sendall(whole[2 * SHORT_BODY :])
            answer = connections[form].recv(65536)
            assert answer.startswith(b"HTTP/1.1 200")
            connections[form].close()
        assert server.process.wait(timeout=20) == 0
        assert len(stored(server)) == 2


def until_refused(server: LiveServer) -> None:
    """Waits until nobody takes connections any more: another server could have the port."""
    deadline = time.monotonic() + 20
    while True:
        try:
            socket.create_connection(("127.0.0.1", server.port), timeout=1).close()
        except ConnectionRefusedError:
            return
        assert time.monotonic() < deadline, "connections are still taken"
        time.sleep(0.05)


def test_while_many_quick_uploads_and_downloads_run_others_are_answered(live):
    """A client that sends or takes as fast as it can has no more than its turn."""
    path = f"{BASE}/quick/model.bin"
    send(live, with_length(path, 50 * 1024 * 1024))
    is_over = threading.Event()

    def go_on(number: int) -> None:
        while not is_over.is_set():
            if number % 2:
                send(live, with_length(f"{BASE}/quick/{number}.bin", LONG))
            else:
                send(live, head(path, "Connection: close", method="GET"))

    threads = [threading.Thread(target=go_on, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    try:
        assert slowest_answer(live) < 1
    finally:
        is_over.set()
        for thread in threads:
            thread.join()
