"""The search for logged models: what MLflow's finds, and what it should find."""

import pytest

from app.authz.actors import Actor
from app.core.errors import InvalidParameter
from app.search.errors import UnknownPageToken
from app.tracking import experiments, runs
from app.tracking.logged_models import models as logged_models
from app.tracking.logged_models.models import LoggedMetric
from app.tracking.logged_models.search import OnDataset, OrderBy, search
from tests.support.queries import recorded_queries

ANN = Actor("ann")
IRIS, IRIS_NEW, WINE = OnDataset("iris", "d1"), OnDataset("iris", "d2"), OnDataset("wine", "d1")


@pytest.fixture
def models(experiment, run) -> dict[str, str]:
    """name -> id of three models, made in this order, with metrics on data sets."""
    made = {}
    for at, name in enumerate(("oak", "elm", "yew")):
        made[name] = logged_models.create(
            experiment,
            name=name,
            model_type="" if at else "Agent",
            source_run_uuid=run,
            params={"depth": str(at)},
            tags={"wood": name, "a b": "x"},
            actor=ANN,
        ).model.model_id
    logged_models.finalize(made["elm"], "READY", actor=ANN)
    logged_models.finalize(made["oak"], "FAILED", actor=ANN)
    key = runs.find(run).id
    logged_models.log_metrics(
        [
            LoggedMetric(made["oak"], key, "acc", 0.5, 1, 0, *IRIS),
            LoggedMetric(made["oak"], key, "acc", 0.1, 2, 0, *WINE),
            LoggedMetric(made["elm"], key, "acc", 0.9, 1, 0, *IRIS_NEW),
            LoggedMetric(made["elm"], key, "acc", 0.3, 1, 1),
            LoggedMetric(made["yew"], key, "loss", float("nan"), 1),
            LoggedMetric(made["oak"], key, "loss", 7.0, 1),
        ],
        actor=ANN,
    )
    return made


def names_of(experiment: int, **search_arguments) -> list[str]:
    found, token = search([experiment], **search_arguments)
    assert token is None
    return [one.model.name for one in found]


@pytest.mark.parametrize(
    ("filter", "expected"),
    [
        ("", {"oak", "elm", "yew"}),
        ("name = 'oak'", {"oak"}),
        ("name != 'oak'", {"elm", "yew"}),
        ("attributes.name LIKE '_l%'", {"elm"}),
        ("name ILIKE 'O%'", {"oak"}),
        ("name IN ('oak', 'yew')", {"oak", "yew"}),
        ("name NOT IN ('oak')", {"elm", "yew"}),
        ("status = 'READY'", {"elm"}),
        ("status = '2'", {"elm"}),
        ("status = 1", {"yew"}),
        ("status IN ('2', 'FAILED')", {"elm", "oak"}),
        ("NOT attributes.status = '2'", {"oak", "yew"}),
        ("model_type = 'Agent'", {"oak"}),
        ("model_type != 'Agent'", {"elm", "yew"}),
        ("source_run_id != 'x'", {"oak", "elm", "yew"}),
        (
            "creation_timestamp > 0 AND creation_time > 0 AND last_updated_timestamp_ms > 0",
            {"oak", "elm", "yew"},
        ),
        ("creation_timestamp > 9999999999999", set()),
        ("lifecycle_stage = 'active'", {"oak", "elm", "yew"}),
        ("lifecycle_stage = 'deleted'", set()),
        ("artifact_location LIKE 'mlflow-artifacts:%'", {"oak", "elm", "yew"}),
        ("tags.wood = 'elm'", {"elm"}),
        ("tags.`a b` = 'x' AND params.depth = '2'", {"yew"}),
        ("params.depth IN ('0', '1')", {"oak", "elm"}),
        ("params.depth = 2", {"yew"}),
        ("metrics.acc > 0.4", {"oak", "elm"}),
        ("metrics.acc < 0.2", {"oak"}),
        ("metrics.loss > 1", {"oak"}),
        ("metrics.loss != 1", {"oak", "yew"}),
        ("name = 'oak' OR name = 'elm'", {"oak", "elm"}),
    ],
)
def test_a_filter_finds_the_models_that_fulfil_it(experiment, models, filter, expected):
    assert set(names_of(experiment, filter=filter)) == expected


@pytest.mark.parametrize(
    ("datasets", "filter", "expected"),
    [
        ([IRIS], "", {"oak"}),
        ([OnDataset("iris")], "", {"oak", "elm"}),
        ([IRIS_NEW, WINE], "", {"oak", "elm"}),
        ([OnDataset("pine")], "", set()),
        ([WINE], "metrics.acc > 0.4", set()),
        ([IRIS], "metrics.acc > 0.4", {"oak"}),
        ([IRIS], "metrics.loss > 0", set()),
        ([WINE], "name = 'oak'", {"oak"}),
    ],
)
def test_with_data_sets_only_what_was_measured_on_them_counts(experiment, models, datasets, filter, expected):
    assert set(names_of(experiment, datasets=datasets, filter=filter)) == expected


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        (OrderBy("name"), ["elm", "oak", "yew"]),
        (OrderBy("name", False), ["yew", "oak", "elm"]),
        (OrderBy("model_id"), None),
        (OrderBy("status"), ["yew", "elm", "oak"]),
        (OrderBy("metrics.acc"), ["oak", "elm", "yew"]),
        (OrderBy("metrics.acc", False), ["elm", "oak", "yew"]),
        (OrderBy("metrics.acc", True, OnDataset("iris")), ["oak", "elm", "yew"]),
        (OrderBy("metrics.acc", False, IRIS_NEW), ["elm"]),
        (OrderBy("metrics.acc", False, OnDataset("", IRIS_NEW.digest)), ["elm"]),
        (OrderBy("metrics.loss", False), ["oak"]),
    ],
)
def test_an_order_goes_by_the_field_or_the_newest_point_and_what_is_missing_comes_last(
    experiment, models, order, expected
):
    found = names_of(experiment, order_by=[order])
    wanted = sorted(models, key=models.get) if expected is None else expected
    assert found[: len(wanted)] == wanted
    assert len(found) == 3


@pytest.mark.parametrize(
    "order_by",
    [
        (),
        [OrderBy("name")],
        [OrderBy("metrics.acc")],
        [OrderBy("metrics.acc", False), OrderBy("name")],
        [OrderBy("metrics.none"), OrderBy("status", False)],
    ],
)
def test_pages_hold_every_model_once_in_the_order_of_one_page(experiment, models, order_by):
    whole = names_of(experiment, order_by=order_by)
    paged, token = [], None
    while len(paged) < 3:
        found, token = search([experiment], order_by=order_by, max_results=1, page_token=token)
        paged += [one.model.name for one in found]
        assert (token is None) == (len(paged) == 3)
    assert paged == whole


def test_a_page_token_is_good_for_its_own_search_alone(experiment, models):
    _, token = search([experiment], max_results=1, order_by=[OrderBy("metrics.acc")])
    for other in (
        {"order_by": [OrderBy("metrics.loss")]},
        {"order_by": [OrderBy("metrics.acc", True, IRIS)]},
        {"order_by": [OrderBy("metrics.acc")], "datasets": [IRIS]},
    ):
        with pytest.raises(UnknownPageToken):
            search([experiment], max_results=1, page_token=token, **other)


@pytest.mark.parametrize(
    "arguments",
    [
        {"filter": "colour = 'red'"},
        {"filter": "name > 'a'"},
        {"filter": "metrics.acc > 'x'"},
        {"filter": "name"},
        {"order_by": [OrderBy("colour")]},
        {"order_by": [OrderBy("")]},
        {"order_by": [OrderBy("params.depth")]},
        {"order_by": [OrderBy("name DESC, id")]},
        {"datasets": [OnDataset("", "d1")]},
        {"max_results": -1},
        {"page_token": "x"},
    ],
    ids=str,
)
def test_a_search_that_cannot_be_made_is_refused(experiment, arguments):
    with pytest.raises(InvalidParameter):
        search([experiment], **arguments)


def test_only_living_models_of_the_experiments_asked_for_are_found(experiment, models):
    logged_models.delete(models["oak"], actor=ANN)
    logged_models.create(experiments.create("other", actor=ANN), name="fir", actor=ANN)
    assert set(names_of(experiment)) == {"elm", "yew"}
    assert search([], max_results=5) == ([], None)
    assert search([10**30], max_results=5) == ([], None)


def test_more_than_a_page_may_hold_is_asked_for_and_a_page_is_given(experiment, models):
    assert len(names_of(experiment, max_results=10**9)) == 3


def test_a_page_costs_two_statements_however_many_models(app, experiment, models):
    with recorded_queries(app) as statements:
        search([experiment], filter="metrics.acc > 0", datasets=[IRIS], order_by=[OrderBy("metrics.acc")])
    assert len(statements) == 2
