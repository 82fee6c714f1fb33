"""The process that answers requests: connections in every state, and who waits for whom."""

import json
import re
import signal
import socket
import threading

import pytest

from tests.support.servers import live_greenroom

GET = b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n"
CREATE = "/api/2.0/mlflow/registered-models/create"


@pytest.fixture(scope="module")
def live(tmp_path_factory):
    folder = tmp_path_factory.mktemp("live")
    with live_greenroom(folder / "instance", "--workers", "1", "--threads", "2") as server:
        yield server


@pytest.fixture
def connect(live):
    """Open a connection that is closed when the test ends."""
    made = []

    def connect():
        made.append(socket.create_connection(("127.0.0.1", live.port), timeout=20))
        return made[-1]

    yield connect
    for sock in made:
        sock.close()


def read(sock, body=b"OK"):
    """The head of one answer, which ends in `body`."""
    data = b""
    while b"\r\n\r\n" not in data or not data.endswith(body):
        piece = sock.recv(65536)
        assert piece, data
        data += piece
    return data.partition(b"\r\n\r\n")[0]


def posted(name):
    body = json.dumps({"name": name}).encode()
    head = f"POST {CREATE} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
    return f"{head}Content-Length: {len(body)}\r\n\r\n".encode(), body


def is_closed(sock):
    """Whether the server closes the connection within the socket's timeout, having sent nothing more."""
    return sock.recv(1) == b""


def test_a_connection_answers_one_request_after_the_other(connect):
    sock = connect()
    for _ in range(5):
        sock.sendall(GET)
        assert b"Connection: keep-alive" in read(sock)


def test_requests_that_come_at_once_are_answered_in_their_order(connect):
    sock = connect()
    head, body = posted("at once")
    sock.sendall(GET + head + body + GET.replace(b"GET", b"HEAD"))

    data = b""
    while data.count(b"HTTP/1.1 200 OK") < 3 or not data.endswith(b"\r\n\r\n"):
        data += sock.recv(65536)
    first, second = data.index(b"text/plain"), data.index(b'"registered_model"')
    assert first < second


def test_a_request_may_come_in_pieces(connect):
    sock, other = connect(), connect()
    head, body = posted("in pieces")
    for piece in (head[:10], head[10:-3], head[-3:] + body[:4], body[4:]):
        sock.sendall(piece)
        other.sendall(GET)  # and while one waits for the next piece, others are answered
        read(other)
    assert read(sock, b"}").startswith(b"HTTP/1.1 200")


def test_silent_clients_hold_no_thread(connect):
    for _ in range(6):
        connect()  # says nothing
        connect().sendall(b"GET /health HTTP/1.1\r\nHo")
        connect().sendall(posted("never")[0])
    sock = connect()
    sock.sendall(GET)
    assert read(sock).startswith(b"HTTP/1.1 200")


def test_while_a_long_body_comes_others_are_answered(connect):
    sock, other = connect(), connect()
    path = "/api/2.0/mlflow-artifacts/artifacts/long.bin"
    head = f"PUT {path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: {3 << 20}\r\n\r\n"
    sock.sendall(head.encode() + bytes(1 << 20))
    for _ in range(5):
        other.sendall(GET)
        read(other)
    sock.sendall(bytes(2 << 20))
    assert read(sock, b"").startswith(b"HTTP/1.1 200")


def test_what_the_application_leaves_of_a_body_is_no_next_request(connect):
    sock = connect()
    hidden = GET.replace(b"health", b"version")
    sock.sendall(b"POST /health HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n" % len(hidden))
    sock.sendall(hidden + GET)

    data = b""
    while not data.endswith(b"\r\n\r\nOK"):
        data += sock.recv(65536)
    assert re.findall(rb"HTTP/1\.1 (\d+)", data) == [b"405", b"200"]


@pytest.mark.parametrize(
    "data",
    [
        b"GET /health HTTP/1.1\nHost: localhost\n\n",
        b"GET /health HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
        b"GET /health HTTP/1.1\r\nHost : a\r\n\r\n",
        b"GET /he alth HTTP/1.1\r\nHost: a\r\n\r\n",
        b"POST /health HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
        b"POST /health HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n",
    ],
)
def test_what_is_no_request_is_refused_and_the_connection_closed(connect, data):
    sock = connect()
    sock.sendall(data)
    answer = b"".join(iter(lambda: sock.recv(65536), b""))
    assert answer.startswith(b"HTTP/1.1 400"), answer


def test_an_old_client_gets_its_answer_and_the_end(connect):
    sock = connect()
    sock.sendall(GET.replace(b"1.1", b"1.0"))
    assert b"Connection: close" in read(sock)
    assert is_closed(sock)


def test_a_client_that_asks_for_the_end_gets_it(connect):
    sock = connect()
    sock.sendall(GET.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"))
    assert b"Connection: close" in read(sock)
    assert is_closed(sock)


def test_a_client_that_closed_its_side_is_answered_still(connect):
    sock = connect()
    sock.sendall(GET)
    sock.shutdown(socket.SHUT_WR)
    assert read(sock).startswith(b"HTTP/1.1 200")
    assert is_closed(sock)


def test_many_at_once_are_all_answered(live):
    failed = []

    def ask():
        for _ in range(20):
            with socket.create_connection(("127.0.0.1", live.port), timeout=20) as sock:
                sock.sendall(GET)
                if not read(sock).startswith(b"HTTP/1.1 200"):
                    failed.append(1)

    threads = [threading.Thread(target=ask) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failed


def test_kept_connections_do_not_keep_the_server_from_ending(tmp_path):
    with (
        live_greenroom(tmp_path / "instance", "--workers", "1") as server,
        socket.create_connection(("127.0.0.1", server.port), timeout=20) as sock,
    ):
        sock.sendall(GET)
        read(sock)
        server.process.send_signal(signal.SIGTERM)
        assert server.process.wait(timeout=20) == 0
