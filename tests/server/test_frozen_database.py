"""A PostgreSQL that freezes under a live server: who does not need it goes on, and the others soon get an answer."""

import threading
import time
from collections.abc import Iterator

import pytest
import requests

from tests.support.applications import migrate
from tests.support.crowds import slowest_answer
from tests.support.postgres import server
from tests.support.servers import LiveServer, live_greenroom

READ = "/api/2.0/mlflow/registered-models/get?name=churn"
CROWD = 40
BOUND = 15  # seconds: thrice what is promised, since the machine may have other things to do


@pytest.fixture(scope="module")
def own_postgres():
    """A server of this module's own, since it is frozen under the tests' hands."""
    with server() as running:
        yield running


@pytest.fixture
def live(own_postgres, tmp_path) -> Iterator[LiveServer]:
    with own_postgres.database() as url:
        migrate(tmp_path, url)
        with live_greenroom(tmp_path / "instance", "--workers", "1", GREENROOM_DATABASE_URL=url) as running:
            yield running


def test_a_frozen_database_holds_up_nobody_who_does_not_need_it(live, own_postgres):
    assert requests.get(live.url + READ, timeout=30).status_code == 404
    answers = []

    def read() -> None:
        began = time.monotonic()
        status = requests.get(live.url + READ, timeout=60).status_code
        answers.append((status, time.monotonic() - began < BOUND))

    threads = [threading.Thread(target=read) for _ in range(CROWD)]
    with own_postgres.frozen():
        for thread in threads:
            thread.start()
        assert slowest_answer(live) < 1
        for thread in threads:
            thread.join()
    assert answers == [(503, True)] * CROWD
    deadline = time.monotonic() + BOUND
    while requests.get(live.url + READ, timeout=30).status_code != 404:
        assert time.monotonic() < deadline, "the database answers again, and nobody notices"
        time.sleep(0.1)
