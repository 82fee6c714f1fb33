"""What a live server's log says while PostgreSQL is away: a line when it goes, and one when it is back."""

import urllib.error
import urllib.request

import pytest
from flask import Flask, Response

from app.db.errors import DatabaseBusy, DatabaseSilent
from app.http.outages import EVERY, Outages
from tests.support.applications import migrate
from tests.support.postgres import server as postgres_server
from tests.support.servers import live_greenroom

MODELS = "/api/2.0/mlflow/registered-models/search"


def status(server, path):
    try:
        with urllib.request.urlopen(server.url + path, timeout=30) as answer:
            return answer.status
    except urllib.error.HTTPError as error:
        return error.code


def test_a_database_that_is_away_is_two_lines_and_not_one_for_each_request(tmp_path):
    with postgres_server() as postgres, postgres.database() as url:
        migrate(tmp_path, url)
        with live_greenroom(tmp_path / "instance", "--workers", "1", GREENROOM_DATABASE_URL=url) as server:
            assert status(server, MODELS) == 200
            before = server.output()
            postgres.write_down()
            postgres.stop()
            try:
                assert [status(server, MODELS) for _ in range(30)] == [503] * 30
                assert status(server, "/health") == 200
            finally:
                postgres.start()
            assert status(server, MODELS) == 200
            lines = server.output().removeprefix(before).splitlines()
    assert len(lines) < 6
    refused, back = (line for line in lines if " WARNING " in line)
    assert "was refused" in refused
    assert len(refused) < 400
    assert "The database answers again after" in back
    assert "30 requests were refused" in back


@pytest.fixture
def told(caplog):
    """Outages whose clock the test sets, and the lines that they write."""
    app = Flask(__name__)
    now = [0.0]
    outages = Outages(app.logger, lambda: now[0])
    app.add_url_rule("/ready", "ready", lambda: "")

    def answer():
        with app.test_request_context("/ready"):
            outages.answered(Response("OK"))

    return outages, now, answer, lambda: [record.getMessage() for record in caplog.records]


def test_each_minute_of_an_outage_is_a_line_with_a_count(told):
    outages, now, answer, lines = told
    for second in range(2 * EVERY + 10):
        now[0] = second
        outages.refused(DatabaseSilent(), "no\nroute " + "x" * 1000, "GET /models")
    answer()
    answer()

    first, *others = lines()
    assert first.startswith("GET /models was refused: no route xxx")
    assert len(first) < 300
    assert others == [
        "The database has been away for 60 s; 60 more requests were refused.",
        "The database has been away for 120 s; 60 more requests were refused.",
        "The database answers again after 129 s; 130 requests were refused.",
    ]


def test_a_busy_database_is_said_once_a_minute(told):
    outages, now, answer, lines = told
    for second in range(EVERY + 5):
        now[0] = second
        outages.refused(DatabaseBusy(), "database is locked", "POST /x")
        answer()
    assert lines() == ["POST /x was refused: database is locked"] * 2
