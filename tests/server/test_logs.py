"""The log: what a client sends gets into it as text, and cannot pass for a line of ours."""

import logging
import sys

import requests

from app.server.logs import LOG_FORMAT, OneLine
from tests.support.servers import live_greenroom

FORGED = "2026-01-01 00:00:00 WARNING [1] app: all is well"


def line(message: str, **values) -> str:
    record = logging.LogRecord("app", logging.ERROR, __file__, 1, message, (), values.get("exc_info"))
    return OneLine(LOG_FORMAT).format(record)


def test_a_message_is_one_line_whatever_it_holds():
    for end in ("\n", "\r\n", "\x0b", "\x85", "\u2028", "\x1b[2K"):
        written = line(f"unexpected error at /models/a{end}{FORGED}")
        assert len(written.splitlines()) == 1 and "\x1b" not in written
    assert line("naïve – café").endswith("naïve – café")


def test_no_line_of_a_traceback_begins_as_a_message_does():
    try:
        raise ValueError(f"bad name\n{FORGED}")
    except ValueError:
        first, *others = line("unexpected error", exc_info=sys.exc_info()).splitlines()
    assert first.endswith("unexpected error")
    assert others and all(one.startswith("  | ") for one in others)
    assert f"  | {FORGED}" in others


def test_a_server_writes_addresses_as_text(tmp_path):
    import urllib.error
    import urllib.request

    with live_greenroom(tmp_path / "instance", "--workers", "1", "--access-log") as server:
        for path in ("/models/a%0AFORGED", "/%0D%0AFORGED", "/health?x=%0AFORGED"):
            try:
                urllib.request.urlopen(
                    urllib.request.Request(server.url + path, headers={"User-Agent": "a\tb"})
                )
            except urllib.error.HTTPError as error:
                assert error.code < 500
        assert "FORGED" in server.output()
        assert not [one for one in server.output().splitlines() if one.startswith("FORGED")]


def test_the_access_log_counts_the_bytes_of_a_file(tmp_path):
    address = "/api/2.0/mlflow-artifacts/artifacts/0/run/artifacts/model.bin"
    with live_greenroom(tmp_path / "instance", "--workers", "1", "--access-log") as server:
        requests.put(server.url + address, data=b"x" * 3_000_000, timeout=30)
        for _ in range(2):
            assert len(requests.get(server.url + address, timeout=30).content) == 3_000_000
        requests.get(f"{server.url}/health", timeout=30)
    lines = [line for line in server.output().splitlines() if '"GET ' in line and "model.bin" in line]
    assert len(lines) == 2
    assert all(" 200 3000000 " in line for line in lines)
    [health] = [line for line in server.output().splitlines() if "GET /health HTTP" in line][-1:]
    assert " 200 2 " in health
