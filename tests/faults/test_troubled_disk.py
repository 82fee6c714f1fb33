"""An SQLite that another process keeps, and disks that are full or read-only: a sentence, and nothing half-done."""

import contextlib
import errno
import os
import shutil
import sqlite3
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import event

from app.artifacts.paths import PRIVATE_FOLDER
from app.db import engine, sqlite_write_queue
from app.db.transactions import db
from tests.support.applications import start_app, stop_app
from tests.support.pages import Pages

API = "/api/2.0/mlflow"
FILE = "/api/2.0/mlflow-artifacts/artifacts/0/run/artifacts/model/MLmodel"


@pytest.fixture
def app(migrated_instance, tmp_path, monkeypatch):
    """An application on SQLite that waits for nobody."""
    monkeypatch.setattr(engine, "MAX_WAIT", 50)
    app = start_app(shutil.copytree(migrated_instance, tmp_path / "instance"))
    yield app
    stop_app(app)


@pytest.fixture
def client(app):
    client = app.test_client()
    assert client.put(FILE, data=b"before").status_code == 200
    assert client.post(f"{API}/registered-models/create", json={"name": "churn"}).status_code == 200
    return client


@pytest.fixture(params=["busy", "full", "read-only"])
def trouble(request, app, client):
    """What goes wrong, how it is answered, and until when."""
    if request.param == "busy":
        other = sqlite3.connect(app.settings.instance / "greenroom.db", isolation_level=None)
        with contextlib.closing(other):
            other.execute("BEGIN IMMEDIATE")
            yield 503, "TEMPORARILY_UNAVAILABLE", "The database is busy"
    elif request.param == "full":
        with troubled(app, "PRAGMA max_page_count = 1"):  # it takes what there is for the least
            yield 507, "RESOURCE_EXHAUSTED", "There is no room left for the server's database"
    else:
        with troubled(app, "PRAGMA query_only = ON"):
            yield 507, "RESOURCE_EXHAUSTED", "The server can't write to its database"


@contextlib.contextmanager
def troubled(app, pragma):
    """Connections on which SQLite meets what it would with such a disk."""

    def set_up(connection, _record):
        connection.execute(pragma)

    with app.app_context():
        db.engine.dispose()
        event.listen(db.engine, "connect", set_up)
        yield
        event.remove(db.engine, "connect", set_up)
        db.engine.dispose()


def versions(client):
    return client.get(f"{API}/model-versions/search").json.get("model_versions", [])


def test_a_database_that_takes_no_change_says_why_and_can_be_read(client, trouble):
    status, code, sentence = trouble
    body = {"name": "churn", "source": "s3://bucket/model", "tags": [{"key": "k", "value": "v" * 100_000}]}
    refused = client.post(f"{API}/model-versions/create", json=body)
    assert (refused.status_code, refused.json["error_code"]) == (status, code)
    assert sentence in refused.json["message"]
    page = Pages(client).send("/new-model", name="by-hand", description="x" * 100_000, status=status)
    assert sentence in page.text
    assert (versions(client), client.get("/models").status_code) == ([], 200)


@pytest.mark.parametrize("trouble", ["busy", "read-only"], indirect=True)  # a full one has room for a digest
def test_a_database_that_takes_no_change_leaves_files_as_they_are(app, client, trouble):
    status, code, sentence = trouble
    refused = client.put(FILE, data=b"after")
    assert (refused.status_code, refused.json["error_code"]) == (status, code)
    assert sentence in refused.json["message"]
    assert client.get(FILE).data == b"before"
    assert list((app.settings.artifacts / PRIVATE_FOLDER).iterdir()) == []


def test_of_many_writers_one_looks_whether_another_process_is_done(app, client, monkeypatch):
    monkeypatch.setattr(engine, "MAX_WAIT", 60_000)
    looks: Counter[int] = Counter()
    begins, is_looking = sqlite_write_queue._begins, threading.Event()

    def look(connection):
        looks[threading.get_ident()] += 1
        if looks.total() == 100:
            is_looking.set()
        return begins(connection)

    monkeypatch.setattr(sqlite_write_queue, "_begins", look)

    def create(number):
        body = {"name": "churn", "source": f"s3://bucket/{number}"}
        return (
            app.test_client().post(f"{API}/model-versions/create", json=body).json["model_version"]["version"]
        )

    with contextlib.closing(sqlite3.connect(app.settings.instance / "greenroom.db")) as other:
        other.execute("BEGIN IMMEDIATE")
        with ThreadPoolExecutor(6) as pool:
            numbers = pool.map(create, range(6))
            assert is_looking.wait(30)
            assert len(looks) == 1
            other.rollback()
            assert sorted(numbers) == ["1", "2", "3", "4", "5", "6"]


def test_what_was_refused_can_be_done_once_the_trouble_is_over(app, client):
    body = {"name": "churn", "source": "s3://bucket/model", "tags": [{"key": "k", "value": "v" * 100_000}]}
    with troubled(app, "PRAGMA max_page_count = 1"):
        assert client.post(f"{API}/model-versions/create", json=body).status_code == 507
    made = client.post(f"{API}/model-versions/create", json=body)
    assert made.json["model_version"]["version"] == "1"


def test_a_defect_in_a_statement_is_no_outage(client, app, monkeypatch):
    monkeypatch.setattr(
        "app.registry.queries._MODEL.first",
        lambda **_values: db.session.connection().exec_driver_sql("SELECT nothing FROM nowhere"),
    )
    assert client.get(f"{API}/registered-models/get?name=churn").status_code == 500


@pytest.mark.parametrize("number", [errno.EROFS, errno.EACCES, errno.ENOSPC])
def test_a_folder_of_artifacts_that_takes_no_file_is_said_to_be_one(client, monkeypatch, number):
    assert client.put(FILE, data=b"old").status_code == 200
    opened = os.open

    def refuse(path, flags, *more, **options):
        if flags & os.O_CREAT:
            raise OSError(number, os.strerror(number))
        return opened(path, flags, *more, **options)

    with monkeypatch.context() as patch:
        patch.setattr(os, "open", refuse)
        answer = client.put(FILE, data=b"new")
    assert (answer.status_code, answer.json["error_code"]) == (507, "RESOURCE_EXHAUSTED")
    assert client.get(FILE).data == b"old"
