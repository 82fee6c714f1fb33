"""A damaged page in the middle of SQLite's file: a sentence, one line in the log, and no more writing."""

import json
import sqlite3
import urllib.error
import urllib.request

import pytest

from tests.cli.test_check import states
from tests.support.servers import live_greenroom

API = "/api/2.0/mlflow/registered-models"


def ask(server, path, body=None):
    request = urllib.request.Request(
        server.url + path, data=None if body is None else json.dumps(body).encode()
    )
    request.add_header("Content-Type", "application/json")
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


@pytest.fixture
def instance(tmp_path):
    """The folder of a server whose models lie on pages that are damaged; the remainder is whole."""
    instance = tmp_path / "instance"
    with live_greenroom(instance, "--workers", "1") as server:
        for number in range(40):
            assert ask(server, f"{API}/create", {"name": f"m{number}", "description": "d" * 2000})[0] == 200
    path = instance / "greenroom.db"
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    data = bytearray(path.read_bytes())
    for start in range(0, len(data), 4096):
        if b"d" * 1000 in data[start : start + 4096]:
            data[start : start + 4096] = b"\xff" * 4096
    path.write_bytes(data)
    return instance


def test_what_is_damaged_is_said_and_nothing_more_is_written(instance):
    with live_greenroom(instance, "--workers", "2") as server:
        seen = [ask(server, f"{API}/get?name=m{number}") for number in range(40)]
        assert {status for status, _text in seen} <= {200, 503}
        refused = [text for status, text in seen if status == 503]
        assert refused
        assert all("database is damaged" in text for text in refused)

        status, text = ask(server, "/api/2.0/mlflow/experiments/create", {"name": "new"})
        assert (status, "nothing can be changed" in text) == (503, True)
        assert ask(server, "/health")[0] == 200
        assert ask(server, "/api/2.0/mlflow/experiments/get?experiment_id=0")[0] == 200
        assert "greenroom check --deep" in ask(server, "/admin/stages")[1]
        assert server.output().count("The database's file is damaged") == 1

    code, found = states(instance)
    assert (code, found["database content"]) == (1, "fault")
    code, found = states(instance, "--deep")
    assert (code, found["database content"]) == (1, "fault")
