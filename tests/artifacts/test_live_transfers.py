"""Bytes over real sockets to a real server: large files at flat memory, and uploads that break off."""

import hashlib
import json
import socket
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.artifacts.paths import PRIVATE_FOLDER
from tests.support.servers import LiveServer, live_greenroom

BASE = "/api/2.0/mlflow-artifacts/artifacts"
MEBIBYTE = 1024 * 1024
LARGE = 300 * MEBIBYTE


@pytest.fixture(scope="module")
def instance(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("live")


@pytest.fixture(scope="module")
def live(instance) -> Iterator[LiveServer]:
    with live_greenroom(instance, "--workers", "1") as server:
        yield server


def processes(root: int) -> list[int]:
    """The process and all that it started."""
    found = [root]
    for parent in found:
        children = Path(f"/proc/{parent}/task/{parent}/children")
        found += [int(child) for child in children.read_text().split()]
    return found


def peak_memory(server: LiveServer) -> int:
    """The most bytes that all the server's processes ever held in memory, each at its own worst moment."""
    total = 0
    for pid in processes(server.process.pid):
        status = Path(f"/proc/{pid}/status").read_text()
        total += int(status.partition("VmHWM:")[2].split()[0]) * 1024
    return total


def talk(server: LiveServer, request: bytes, *, end: bool = True) -> bytes:
    """Send exactly these bytes and read whatever is answered until the server closes or falls silent."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=20) as connection:
        connection.sendall(request)
        if end:
            connection.shutdown(socket.SHUT_WR)
        answer = b""
        while piece := connection.recv(65536):
            answer += piece
    return answer


def head(method: str, path: str, *headers: str) -> bytes:
    lines = [f"{method} {path} HTTP/1.1", "Host: localhost", "Connection: close", *headers]
    return "\r\n".join(lines).encode() + b"\r\n\r\n"


def status(answer: bytes) -> int:
    return int(answer.split(b" ", 2)[1]) if answer else 0


def files_below(instance: Path, folder: str) -> list[str]:
    root = instance / "artifacts" / folder
    return sorted(str(one.relative_to(root)) for one in root.rglob("*") if one.is_file())


def listed(server: LiveServer, folder: str) -> list[str]:
    with urllib.request.urlopen(f"{server.url}{BASE}?path={folder}") as answer:
        return [entry["path"] for entry in json.load(answer).get("files", [])]


class Pattern:
    """A file that never was on a disk: `size` bytes of a pattern, with its digest once read."""

    def __init__(self, size: int):
        self.size, self._left = size, size
        self._block = bytes(range(256)) * (MEBIBYTE // 256)
        self.digest = hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        size = min(self._left, MEBIBYTE if size < 0 else size, MEBIBYTE)
        self._left -= size
        data = self._block[:size]
        self.digest.update(data)
        return data


def send(server: LiveServer, path: str, body: Pattern, *, length: bool) -> None:
    request = urllib.request.Request(f"{server.url}{BASE}/{path}", body, method="PUT")
    if length:
        request.add_header("Content-Length", str(body.size))
    with urllib.request.urlopen(request) as answer:
        assert answer.status == 200


def fetch(server: LiveServer, path: str) -> tuple[int, str]:
    """How many bytes come back, and their digest."""
    size, digest = 0, hashlib.sha256()
    with urllib.request.urlopen(f"{server.url}{BASE}/{path}") as answer:
        announced = int(answer.headers["Content-Length"])
        while piece := answer.read(MEBIBYTE):
            size += len(piece)
            digest.update(piece)
    assert size == announced
    return size, digest.hexdigest()


@pytest.mark.parametrize("length", [True, False], ids=["with a length", "chunked"])
def test_a_large_file_goes_both_ways_at_flat_memory(live, length):
    send(live, "warm/up", Pattern(MEBIBYTE), length=length)
    fetch(live, "warm/up")
    before = peak_memory(live)
    body = Pattern(LARGE)
    send(live, "0/large", body, length=length)
    assert fetch(live, "0/large") == (LARGE, body.digest.hexdigest())
    assert peak_memory(live) - before < 24 * MEBIBYTE


def begin_parts(server: LiveServer, folder: str, parts: int) -> tuple[str, list[urllib.request.Request]]:
    """An upload of `model.bin` in parts: its id, and the request for each part, still without a body."""
    made = post(server, "create", folder, num_parts=parts)
    requests = [
        urllib.request.Request(one["url"], headers=one["headers"], method="PUT")
        for one in made["credentials"]
    ]
    return made["upload_id"], requests


def post(server: LiveServer, way: str, folder: str, **fields) -> dict:
    body = json.dumps({"path": "model.bin", **fields}).encode()
    url = f"{server.url}/api/2.0/mlflow-artifacts/mpu/{way}/{folder}"
    request = urllib.request.Request(url, body, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request) as answer:
        return json.load(answer)


def test_a_large_file_in_parts_is_joined_at_flat_memory(live, instance):
    send(live, "warm/parts", Pattern(MEBIBYTE), length=True)
    before = peak_memory(live)
    upload, requests = begin_parts(live, "parts", 3)
    parts, whole = [], hashlib.sha256()
    for number, request in enumerate(requests, 1):
        request.data = Pattern(LARGE // 3)
        request.add_header("Content-Length", str(LARGE // 3))
        with urllib.request.urlopen(request) as answer:
            parts.append({"part_number": number, "etag": answer.headers["ETag"]})
    for _part in parts:
        body = Pattern(LARGE // 3)
        while data := body.read():
            whole.update(data)
    post(live, "complete", "parts", upload_id=upload, parts=parts)
    assert fetch(live, "parts/model.bin") == (LARGE, whole.hexdigest())
    assert peak_memory(live) - before < 24 * MEBIBYTE


def test_a_part_that_breaks_off_leaves_nothing(live, instance):
    upload, [request] = begin_parts(live, "torn-part", 1)
    place = request.full_url.removeprefix(live.url)
    token = ": ".join(*request.header_items())
    kept = instance / "artifacts" / PRIVATE_FOLDER / f"parts-{place.split('/')[-2]}"
    for headers, body in (
        (["Content-Length: 1000000"], b"x" * 5000),
        (["Transfer-Encoding: chunked"], b"1000\r\n" + b"x" * 100),
        (["Transfer-Encoding: chunked"], b"5\r\nhello\r\n0"),
    ):
        assert status(talk(live, head("PUT", place, token, *headers) + body)) in (0, 400)
        assert list(kept.iterdir()) == []
        assert not list((instance / "artifacts" / PRIVATE_FOLDER).glob("upload-*"))
    post(live, "abort", "torn-part", upload_id=upload)
    assert not kept.exists()


def test_an_empty_file_sent_in_chunks_is_a_file(live, instance):
    answer = talk(live, head("PUT", f"{BASE}/empty/model.bin", "Transfer-Encoding: chunked") + b"0\r\n\r\n")
    assert status(answer) == 200
    assert listed(live, "empty") == ["model.bin"]


@pytest.mark.parametrize(
    "name, headers, body",
    [
        ("short-body", ["Content-Length: 1000000"], b"x" * 5000),
        ("no-body", ["Content-Length: 10"], b""),
        ("cut-chunk", ["Transfer-Encoding: chunked"], b"1000\r\n" + b"x" * 100),
        ("cut-between-chunks", ["Transfer-Encoding: chunked"], b"5\r\nhello\r\n"),
        ("no-last-chunk", ["Transfer-Encoding: chunked"], b"5\r\nhello\r\n0"),
        ("garbage-chunk", ["Transfer-Encoding: chunked"], b"5\r\nhello\r\nzz\r\nworld\r\n0\r\n\r\n"),
        ("negative-chunk", ["Transfer-Encoding: chunked"], b"-5\r\nhello\r\n0\r\n\r\n"),
        ("both-lengths", ["Content-Length: 5", "Transfer-Encoding: chunked"], b"5\r\nhello\r\n0\r\n\r\n"),
    ],
)
def test_an_upload_that_breaks_off_leaves_nothing(live, instance, name, headers, body):
    before = files_below(instance, PRIVATE_FOLDER)  # marks of uploads that were joined before this one
    answer = talk(live, head("PUT", f"{BASE}/torn-{name}/model.bin", *headers) + body)
    assert status(answer) in (0, 400), "a client that is still there learns that nothing was stored"
    assert talk(live, head("GET", "/health")).startswith(b"HTTP/1.1 200"), "and the server goes on"
    assert files_below(instance, f"torn-{name}") == []
    assert files_below(instance, PRIVATE_FOLDER) == before


def test_an_upload_that_breaks_off_leaves_the_old_file(live, instance):
    place = f"{BASE}/kept/model.bin"
    assert status(talk(live, head("PUT", place, "Content-Length: 3") + b"old")) == 200
    talk(live, head("PUT", place, "Content-Length: 300") + b"new")
    assert talk(live, head("GET", place)).endswith(b"\r\n\r\nold")


@pytest.mark.parametrize(
    "path",
    [
        "/../../etc/passwd",
        "/..%2f..%2fetc",
        "//etc/passwd",
        "/%2fetc",
        "/a/..%5c..",
        "/%252e%252e/x",
        "/a%00b",
        "/%c0%ae%c0%ae/x",
        "/%ef%bc%8e%ef%bc%8e/x",
        "/.incoming/x",
        "/a/./b",
        "/a//b",
        "/C:/x",
        "/\\\\host\\share",
        "/a;/../..",
        "/%2e%2e",
        "/a/%2e%2e%2f%2e%2e%2fb",
        "/a%0d%0ab",
    ],
)
@pytest.mark.parametrize("method", ["PUT", "GET", "DELETE"])
def test_raw_bytes_of_a_path_are_refused_in_json(live, instance, method, path):
    headers = ["Content-Length: 1"] if method == "PUT" else []
    answer = talk(live, head(method, BASE + path, *headers) + (b"x" if method == "PUT" else b""))
    assert status(answer) == 400
    assert b"application/json" in answer and b"INVALID_PARAMETER_VALUE" in answer
    assert not (instance / "etc").exists() and not (instance / "x").exists()


def test_a_range_over_the_wire_is_exactly_its_bytes(live):
    place = f"{BASE}/ranges/a"
    talk(live, head("PUT", place, "Content-Length: 10") + b"0123456789")
    answer = talk(live, head("GET", place, "Range: bytes=2-4"))
    assert status(answer) == 206 and answer.endswith(b"\r\n\r\n234")
    answer = talk(live, head("GET", place, "Range: bytes=7-"))
    assert status(answer) == 206 and answer.endswith(b"\r\n\r\n789")
    answer = talk(live, head("HEAD", place))
    assert b"Content-Length: 10\r\n" in answer and answer.endswith(b"\r\n\r\n")
