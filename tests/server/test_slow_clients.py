"""Clients that are slow, silent or endless: whoever asks for something meanwhile is answered all the same."""

from collections.abc import Iterator

import pytest

from tests.support.crowds import Crowd, slowest_answer
from tests.support.servers import LiveServer, live_greenroom

CROWD = 500
FORM = b"POST /sign-in HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-www-form-urlencoded\r\n"
CREATE = b"/api/2.0/mlflow/registered-models/create"
JSON = b"POST " + CREATE + b" HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
PIECE = b"a" * 65536


@pytest.fixture(scope="module")
def live(tmp_path_factory) -> Iterator[LiveServer]:
    with live_greenroom(tmp_path_factory.mktemp("live") / "instance", "--workers", "1") as server:
        yield server


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
