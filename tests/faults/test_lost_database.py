"""A PostgreSQL that goes away and comes back, under a running application."""

import time

import pytest

from app.db.transactions import db
from tests.support.applications import migrate, start_app
from tests.support.postgres import server

MODELS = "/api/2.0/mlflow/registered-models"


@pytest.fixture(scope="module")
def own_postgres():
    """A server of this module's own, since it is stopped under the tests' hands."""
    with server() as running:
        yield running


@pytest.fixture
def client(own_postgres, tmp_path):
    with own_postgres.database() as url:
        migrate(tmp_path, url)
        app = start_app(tmp_path, url)
        yield app.test_client()
        with app.app_context():
            db.engine.dispose()


def test_a_lost_database_answers_503_within_5_seconds_and_needs_no_restart(own_postgres, client):
    assert client.post(f"{MODELS}/create", json={"name": "churn"}).status_code == 200
    own_postgres.write_down()
    own_postgres.stop()
    try:
        for send in (
            lambda: client.get(f"{MODELS}/get?name=churn"),
            lambda: client.post(f"{MODELS}/create", json={"name": "other"}),
            lambda: client.get(f"{MODELS}/search"),
        ):
            begun = time.monotonic()
            answer = send()
            assert time.monotonic() - begun < 5
            assert (answer.status_code, answer.json["error_code"]) == (503, "TEMPORARILY_UNAVAILABLE")
        page = client.get("/models")
        assert (page.status_code, page.mimetype) == (503, "text/html")
        assert client.get("/health").status_code == 200
        assert client.get("/ready").status_code == 503
    finally:
        own_postgres.start()
    assert client.get("/ready").status_code == 200
    assert client.post(f"{MODELS}/create", json={"name": "other"}).status_code == 200
    assert client.get(f"{MODELS}/get?name=other").status_code == 200
