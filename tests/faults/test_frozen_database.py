"""A PostgreSQL that says nothing: frozen, behind a network that drops packets, or held up by somebody's lock."""

import contextlib
import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest
from psycopg.errors import ConnectionTimeout
from sqlalchemy import create_engine, event
from sqlalchemy.engine import make_url

from app.db import engine as db_engine
from app.db import migrations
from app.db.postgres import Server
from app.db.transactions import db
from tests.support.applications import migrate, start_app, stop_app
from tests.support.pages import Pages
from tests.support.postgres import TEMPLATE, server

MODELS = "/api/2.0/mlflow/registered-models"
# Seconds: thrice what is promised, since the machine may have other things to do; without an end it were for ever.
BOUND = 15
MINUTE = 60  # after which a thread that is stuck fails its test
UNAVAILABLE = (503, "TEMPORARILY_UNAVAILABLE")


@pytest.fixture(scope="module")
def own_postgres(tmp_path_factory):
    """A server of this module's own, since it is frozen under the tests' hands."""
    with server() as running:
        migrate(tmp_path_factory.mktemp("migrated"), running.make_template())
        yield running


@pytest.fixture
def app(own_postgres, tmp_path):
    with own_postgres.database(TEMPLATE) as url:
        app = start_app(tmp_path, url)
        yield app
        stop_app(app)


def timed(send):
    begun = time.monotonic()
    answer = send()
    return answer, time.monotonic() - begun


def test_a_frozen_database_holds_nobody_up_claims_nothing_and_needs_no_restart(app, own_postgres):
    client = app.test_client()
    assert client.post(f"{MODELS}/create", json={"name": "churn"}).status_code == 200
    person = app.test_client()
    form = Pages(person).get("/new-model").form("/new-model") | {"name": "by hand"}
    is_frozen = threading.Event()
    thaw = contextlib.ExitStack()

    def freeze(_connection):  # what is frozen has got everything of a change but the word to keep it
        if not is_frozen.is_set():
            thaw.enter_context(own_postgres.frozen())
            is_frozen.set()

    with app.app_context():
        event.listen(db.engine, "commit", freeze)
    with ThreadPoolExecutor(8) as pool, thaw:
        change = pool.submit(timed, lambda: app.test_client().post(f"{MODELS}/create", json={"name": "late"}))
        assert is_frozen.wait(BOUND)
        calls = [
            pool.submit(timed, lambda send=send: send(app.test_client()))
            for send in (
                lambda client: client.get(f"{MODELS}/get?name=churn"),
                lambda client: client.get(f"{MODELS}/search"),
                lambda client: client.delete(f"{MODELS}/delete", json={"name": "churn"}),
            )
        ]
        pages = [
            pool.submit(timed, lambda: app.test_client().get("/models")),
            pool.submit(timed, lambda: person.post("/new-model", data=form)),
        ]
        assert client.get("/health").status_code == 200
        answer, seconds = change.result(MINUTE)
        assert ((answer.status_code, answer.json["error_code"]), seconds < BOUND) == (UNAVAILABLE, True)
        assert "may or may not have been saved" in answer.json["message"]
        for answer, seconds in [call.result(MINUTE) for call in calls]:
            assert ((answer.status_code, answer.json["error_code"]), seconds < BOUND) == (UNAVAILABLE, True)
        for answer, seconds in [page.result(MINUTE) for page in pages]:
            assert (answer.status_code, answer.mimetype, seconds < BOUND) == (503, "text/html", True)
        asking = [thread for thread in threading.enumerate() if thread.name == "asking"]
        # Whoever comes now waits for nothing: one thread of ours waits for all.
        crowd = [timed(lambda: client.get(f"{MODELS}/get?name=churn")) for _ in range(50)]
        assert {answer.status_code for answer, _seconds in crowd} == {503}
        assert sum(seconds for _answer, seconds in crowd) < BOUND
    assert len(asking) == 1
    asking[0].join(BOUND)
    assert client.get(f"{MODELS}/get?name=churn").status_code == 200
    assert client.post(f"{MODELS}/create", json={"name": "later"}).status_code == 200


def test_a_network_that_drops_what_is_sent_is_waited_for_once_whatever_the_addresses():
    with socket.create_server(("127.0.0.1", 0), backlog=1) as hole:  # takes connections, and never a word
        host, port = hole.getsockname()
        url = make_url(f"postgresql+psycopg://nobody@/x?host={host},{host},{host}&port={port},{port},{port}")
        behind = Server(url, max_wait=1)
        begun = time.monotonic()
        for attempt in (behind.connect, behind.ask, behind.connect):
            with pytest.raises(ConnectionTimeout):
                attempt()
        assert time.monotonic() - begun < BOUND
        (asking,) = [thread for thread in threading.enumerate() if thread.name == "asking"]
    asking.join(BOUND)
    assert not asking.is_alive()
    with pytest.raises(psycopg.OperationalError, match="refused"):
        behind.connect()


def test_a_long_statement_of_a_server_that_answers_others_is_waited_for(app, monkeypatch):
    monkeypatch.setattr("app.db.postgres.MAX_SILENCE", 0.2)
    with app.app_context(), db.engine.connect() as connection:
        assert connection.exec_driver_sql("SELECT 1 FROM pg_sleep(0.7)").scalar() == 1


def test_a_lock_that_somebody_keeps_for_ever_is_an_answer_in_the_end(own_postgres, tmp_path, monkeypatch):
    monkeypatch.setattr(db_engine, "MAX_WAIT", 50)
    with own_postgres.database(TEMPLATE) as url:
        app = start_app(tmp_path, url)
        client = app.test_client()
        assert client.post(f"{MODELS}/create", json={"name": "churn"}).status_code == 200
        held = own_postgres.connect(make_url(url).database)
        with ThreadPoolExecutor(1) as pool, held as other, other.transaction():
            other.execute("LOCK TABLE registered_model IN EXCLUSIVE MODE")
            answer = pool.submit(client.delete, f"{MODELS}/delete", json={"name": "churn"}).result(MINUTE)
            assert (answer.status_code, answer.json["error_code"]) == UNAVAILABLE
            assert "The database is busy" in answer.json["message"]
            assert client.get(f"{MODELS}/get?name=churn").status_code == 200
        assert client.delete(f"{MODELS}/delete", json={"name": "churn"}).status_code == 200
        stop_app(app)


def test_an_upgrade_waits_for_another_for_as_long_as_that_takes(app, own_postgres, monkeypatch):
    monkeypatch.setattr(db_engine, "MAX_WAIT", 50)
    url = app.config["SQLALCHEMY_DATABASE_URI"]
    engine = create_engine(url, **db_engine.engine_options(url, threads=1))
    waits = (
        "datname = current_database() AND wait_event_type = 'Lock' AND query_start < now() - interval '0.2 s'"
    )
    waited = f"SELECT count(*) FROM pg_stat_activity WHERE {waits}"
    with ThreadPoolExecutor(1) as pool, own_postgres.connect(make_url(url).database) as other:
        with other.transaction():
            other.execute("SELECT pg_advisory_xact_lock(%s)", (migrations._LOCK,))
            upgrade = pool.submit(migrations.upgrade, engine)
            with own_postgres.connect(make_url(url).database) as watcher:
                while not (upgrade.done() or watcher.execute(waited).fetchone()[0]):
                    pass
        assert upgrade.result(MINUTE) is None
    engine.dispose()


def test_a_connection_is_tried_only_where_there_is_doubt_about_it(app, own_postgres, monkeypatch):
    client = app.test_client()
    asked = []
    with app.app_context():
        event.listen(db.engine, "connect", lambda *_: asked.append("new"))
        real = db.engine.dialect.do_ping
    monkeypatch.setattr(
        "sqlalchemy.dialects.postgresql.psycopg.PGDialect_psycopg.do_ping",
        lambda _self, connection: asked.append("tried") or real(connection),
    )
    assert client.post(f"{MODELS}/create", json={"name": "churn"}).status_code == 200
    asked.clear()
    for _ in range(3):
        assert client.get(f"{MODELS}/get?name=churn").status_code == 200
    assert asked == []
    monkeypatch.setattr("app.db.postgres.MAX_IDLE", 0)
    assert client.get(f"{MODELS}/get?name=churn").status_code == 200
    assert asked == ["tried"]
    monkeypatch.undo()
    own_postgres.write_down()
    own_postgres.stop()
    own_postgres.start()
    # Nobody's request is the one that finds out.
    assert client.post(f"{MODELS}/create", json={"name": "other"}).status_code == 200
    assert asked == ["tried", "new"]
