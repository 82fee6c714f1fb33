"""Searching runs: filters over what they logged, orders with missing values last, pages."""

import importlib
import math

import pytest

from app.authz.actors import Actor
from app.core.errors import InvalidParameter
from app.db.transactions import db
from app.tracking import experiments, log_batch, nested_runs, runs
from app.tracking.metrics.write import Point
from app.tracking.search_fields import View
from tests.support.queries import recorded_queries

ANN = Actor("ann")


@pytest.fixture
def searched(experiment) -> int:
    """Five runs, a to e: `score` 1, 3, NaN, none and 2; `depth` 0 to 4; the even ones tagged."""
    scores = {"a": 1.0, "b": 3.0, "c": float("nan"), "e": 2.0}
    for number, name in enumerate("abcde"):
        uuid = runs.create(experiment, name=name, user_id="ann", start_time=number, actor=ANN).run.uuid
        log_batch.log(
            uuid,
            points=[Point("the score", scores[name], 0)] if name in scores else [],
            parameters=[("depth", str(number))],
            tag_pairs=[] if number % 2 else [("even", "yes")],
            actor=ANN,
        )
    return experiment


def names(experiment: int, filter: str = "", order_by=(), **rest) -> str:
    found, _ = runs.search([experiment], filter=filter, order_by=order_by, **rest)
    return "".join(run.run.name for run in found)


def test_runs_come_newest_first(searched):
    assert names(searched) == "edcba"


@pytest.mark.parametrize(
    ("filter", "expected"),
    [
        ("metrics.`the score` > 1", "eb"),
        ("metrics.`the score` >= 1 and metrics.`the score` < 3", "ea"),
        ("metrics.`the score` != 3", "eca"),
        ("metrics.`the score` = 0", ""),
        ("params.depth = '3'", "d"),
        ("params.depth LIKE '%'", "edcba"),
        ("params.nothing IS NULL and params.depth = '1'", "b"),
        ("tags.even = 'yes'", "eca"),
        ("tags.even IS NULL", "db"),
        ("attributes.run_name = 'a'", "a"),
        ("run_name ILIKE 'B'", "b"),
        ("start_time > 2", "ed"),
        ("created <= 1", "ba"),
        ("attributes.status = 'RUNNING'", "edcba"),
        ("status != 'RUNNING'", ""),
        ("user_id = 'ann' and tags.`mlflow.runName` = 'c'", "c"),
        ("end_time > 0", ""),
        ("datasets.name = 'iris'", ""),
    ],
)
def test_filters_find_what_they_say(searched, filter, expected):
    assert names(searched, filter) == expected


@pytest.mark.parametrize(
    ("order_by", "expected"),
    [
        (["metrics.`the score` DESC"], "beacd"),
        (["metrics.`the score`"], "aebcd"),
        (["params.depth"], "abcde"),
        (["tags.even", "start_time ASC"], "acebd"),
        (["attributes.run_name DESC"], "edcba"),
        (["end_time", "run_name"], "abcde"),
    ],
)
def test_missing_values_come_last_in_either_direction(searched, order_by, expected):
    assert names(searched, order_by=order_by) == expected


@pytest.mark.parametrize("order_by", [(), ["metrics.`the score` DESC"], ["tags.even", "start_time"]])
def test_pages_together_are_the_whole(searched, order_by):
    whole = names(searched, order_by=order_by)
    collected, token = "", None
    for _ in range(5):
        found, token = runs.search([searched], order_by=order_by, max_results=1, page_token=token)
        collected += "".join(run.run.name for run in found)
    assert collected == whole
    assert token is None


def test_a_search_looks_at_the_experiments_and_the_view_it_is_given(searched):
    other = experiments.create("other", actor=ANN)
    uuid = runs.create(other, name="x", actor=ANN).run.uuid
    assert names(other) == "x"
    runs.delete(uuid, actor=ANN)
    assert names(other) == ""
    assert names(other, view=View.DELETED) == names(other, view=View.ALL) == "x"
    assert runs.search([]) == ([], None)


def test_a_page_costs_a_statement_for_each_kind_of_thing_it_shows(app, searched):
    with recorded_queries(app) as statements:
        runs.search([searched])
    assert len(statements) <= 4


def test_what_cannot_be_searched_is_the_askers_mistake(searched):
    for wrong in (
        {"filter": "metrics.x = 'text'"},
        {"order_by": ["nothing"]},
        {"max_results": 0},
        {"page_token": "forged"},
    ):
        with pytest.raises(InvalidParameter):
            runs.search([searched], **wrong)
    with pytest.raises(InvalidParameter):
        runs.search(list(range(20_001)))


def test_runs_that_are_equal_come_by_id_rising_on_every_page(work):
    experiment = experiments.create("equal", actor=ANN)
    uuids = sorted(runs.create(experiment, start_time=5, actor=ANN).run.uuid for _ in range(12))
    for order_by in ([], ["start_time ASC"], ["attributes.status DESC"], ["metrics.auc DESC"]):
        seen, token = [], None
        while token is not None or not seen:
            page, token = runs.search([experiment], order_by=order_by, max_results=5, page_token=token)
            seen += [details.run.uuid for details in page]
        assert seen == uuids, order_by


def test_children_are_found_by_an_index_and_not_among_all_runs(work):
    experiment = experiments.create("nested", actor=ANN)
    outer = runs.create(experiment, start_time=1, actor=ANN).run
    parent = {"mlflow.parentRunId": outer.uuid}
    inner = [runs.create(experiment, start_time=n, tags=parent, actor=ANN).run.uuid for n in (2, 3, 4)]
    runs.create(0, start_time=5, tags=parent, actor=ANN)
    runs.delete(inner[1], actor=ANN)

    assert [child.run.uuid for child in nested_runs.children_of(outer, 5)] == [inner[2], inner[0]]
    assert [child.run.uuid for child in nested_runs.children_of(outer, 1)] == [inner[2]]
    if db.engine.dialect.name == "sqlite":
        explained = nested_runs._CHILDREN._compile({"parent": "x", "experiment_id": 1, "row_limit": 1})
        rows = db.session.connection().exec_driver_sql(
            f"EXPLAIN QUERY PLAN {explained.text}",
            explained.parameters({"parent": "x", "experiment_id": 1, "row_limit": 1}),
        )
        assert "ix_run_tag_key_start_run_id" in " ".join(row[3] for row in rows)


@pytest.mark.parametrize(
    "order", ["metrics.auc DESC", "metrics.auc ASC", "metrics.auc DESC, attributes.run_name"]
)
@pytest.mark.parametrize("led", [0, 2, 5, 50])
def test_what_an_index_leads_to_is_what_sorting_all_finds(work, monkeypatch, order, led):
    """The first numbers by the index, with ties, numbers of other experiments, NaN and runs without any."""
    experiment = experiments.create("led", actor=ANN)
    for n, value in enumerate([0.5, 0.9, 0.9, math.nan, 0.1, None, 0.9, 0.7, 0.2, math.inf, None, -1.0]):
        place = 0 if n % 5 == 4 else experiment
        run = runs.create(place, start_time=n, name=f"run-{n}", actor=ANN).run
        if value is not None:
            log_batch.log(run.uuid, points=[Point("auc", value, 1, 1)], actor=ANN)

    def all_pages(size):
        found, token = [], None
        while True:
            page, token = runs.search(
                [experiment], order_by=order.split(", "), max_results=size, page_token=token
            )
            found += [details.run.name for details in page]
            if token is None:
                return found

    module = importlib.import_module("app.search.plan")  # whose function hides it
    monkeypatch.setattr(module, "LED", 10_000)
    expected = all_pages(100)
    monkeypatch.setattr(module, "LED", led)
    for size in (1, 3, 4, 100):
        assert all_pages(size) == expected, size
    assert len(expected) == 10
