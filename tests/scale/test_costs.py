"""What a page or call costs does not grow with what else there is.

Counted in steps of SQLite's program and in bytes of the answer, beside an installation with ten times the rows; with
GREENROOM_SCALE=1000 beside one with a thousand times, which takes some minutes and gigabytes to make. What must look
at everything has a bound of its own.
"""

import os
import shutil

import pytest
from sqlalchemy import event

from app.db.transactions import db
from tests.scale.filling import START, Size, fill
from tests.support.answers import API
from tests.support.applications import start_app, stop_app

FACTOR = int(os.environ.get("GREENROOM_SCALE", "10"))
MOST = 1.5
SMALL = 10  # times the smallest size: more than what is bounded anyway
STEPS = 100  # between two counts
SLACK = 3_000  # steps: some rows more or less on a page
VALUES = 100_000  # steps: as many rows as a search begins with that have a value (`app.search.strategy.RARE`)

RUN, CHILD = f"{1:032x}", f"{2:032x}"
SEARCH = {"experiment_ids": ["1"], "max_results": 20}

PAGES = {
    "home": "/",
    "models": "/models",
    "model": "/models/churn",
    "version": "/models/churn/versions/7",
    "history": "/models/churn/history",
    "history at a moment": "/models/churn/history?at=2023-11-15T00:00",
    "experiments": "/experiments",
    "runs": "/experiments/1",
    "run with children": f"/runs/{RUN}",
    "run of a parent": f"/runs/{CHILD}",
    "comparison": f"/compare-runs?runs={RUN}&runs={CHILD}",
    "audit log": "/admin/audit",
    "audit log before everything": "/admin/audit?until=2020-01-01",
}
SEARCHES = {
    "newest runs": {},
    "by metric": {"order_by": ["metrics.auc DESC"]},
    "by metric, rising": {"order_by": ["metrics.loss ASC"]},
    "a metric that few fit": {"filter": "metrics.auc > 0.9999999"},
    "a metric that all fit": {"filter": "metrics.auc >= 0"},
    "a parameter that few fit": {"filter": "params.seed = '17'"},
    "a tag": {"filter": "tags.team = 'team-3'"},
}
CALLS = {
    "model": "registered-models/get?name=churn",
    "version": "model-versions/get?name=churn&version=7",
    "latest": "registered-models/get-latest-versions?name=churn",
    "versions": "model-versions/search?filter=name%3D%27churn%27&max_results=20",
    "run": f"runs/get?run_id={RUN}",
    "history of a metric": f"metrics/get-history?run_id={RUN}&metric_key=auc",
}


class Scaled:
    """An installation, and what asking it for something costs."""

    def __init__(self, app):
        self.app, self.client = app, app.test_client()
        self.count = 0
        with app.app_context():
            event.listen(db.engine, "before_cursor_execute", self._count_steps)

    def _count_steps(self, connection, *_rest) -> None:
        connection.connection.dbapi_connection.set_progress_handler(self._step, STEPS)

    def _step(self) -> None:
        self.count += STEPS

    def cost(self, send) -> tuple[int, int]:
        """Returns the steps of the database's program and the bytes of the answer, once it is warm."""
        for _ in range(2):
            self.count = 0
            answer = send(self.client)
            assert answer.status_code == 200, (answer.status_code, answer.text[:300])
        return self.count, len(answer.data)


@pytest.fixture(scope="module")
def scaled(tmp_path_factory, migrated_instance):
    """The small installation and the large one."""
    both = []
    for factor in (SMALL, SMALL * FACTOR):
        instance = tmp_path_factory.mktemp("scale") / "instance"
        shutil.copytree(migrated_instance, instance)
        fill(instance / "greenroom.db", Size.of(factor))
        both.append(Scaled(start_app(instance)))
    yield both
    for one in both:
        stop_app(one.app)


def compare(scaled, name, send, bound=0):
    (small, small_bytes), (large, large_bytes) = (one.cost(send) for one in scaled)
    print(f"{name}: {small:,} and {large:,} steps, {small_bytes:,} and {large_bytes:,} bytes")
    assert large <= max(MOST * small + SLACK, bound), (
        f"{large:,} steps, and {small:,} of {FACTOR} times fewer rows"
    )
    assert large_bytes <= MOST * small_bytes + 2_000, f"{large_bytes:,} bytes, and {small_bytes:,}"


@pytest.mark.parametrize("name", PAGES)
def test_a_page_costs_the_same_whatever_else_there_is(scaled, name):
    compare(scaled, name, lambda client: client.get(PAGES[name]))


@pytest.mark.parametrize("name", SEARCHES)
def test_a_search_for_runs_costs_the_same_among_many(scaled, name):
    body = {**SEARCH, **SEARCHES[name]}
    compare(scaled, name, lambda client: client.post(f"{API}runs/search", json=body), bound=VALUES)


@pytest.mark.parametrize("name", CALLS)
def test_a_call_costs_the_same_whatever_else_there_is(scaled, name):
    compare(scaled, name, lambda client: client.get(API + CALLS[name]))


def test_the_large_installation_has_that_many_rows(scaled):
    assert START
    with scaled[1].app.app_context():
        assert db.session.execute(db.text("SELECT count(*) FROM run")).scalar() == 100 * SMALL * FACTOR
