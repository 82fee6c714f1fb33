"""Logged models: making, finishing, tagging and deleting them, and the metrics measured of them."""

import json
import math
import sys

import pytest

from app.authz.actors import Actor
from app.core.errors import InvalidParameter
from app.core.mlflow_tags import MODEL_VERSIONS
from app.tracking import experiments, runs
from app.tracking.errors import (
    ExperimentIsDeleted,
    ExperimentNotFound,
    LoggedModelNotFound,
    LoggedModelParamChanged,
    LoggedModelTagNotFound,
    UnknownLoggedModelStatus,
)
from app.tracking.logged_models import models
from app.tracking.logged_models.models import LoggedMetric
from tests.support.queries import recorded_queries

ANN = Actor("ann")


@pytest.fixture
def model(experiment, run) -> str:
    """The id of a logged model that the run began to make."""
    return models.create(experiment, name="forest", source_run_uuid=run, actor=ANN).model.model_id


def test_a_new_model_is_pending_in_its_own_place_in_the_experiment(experiment, run):
    made = models.create(
        experiment,
        name="forest",
        model_type="Agent",
        source_run_uuid=run,
        params={"lr": "1"},
        tags={"a": "b"},
        actor=ANN,
    )
    row = made.model
    assert len(row.model_id) == 34
    assert row.model_id.startswith("m-")
    assert row.artifact_uri == f"mlflow-artifacts:/{experiment}/models/{row.model_id}/artifacts"
    assert (row.name, row.model_type, row.source_run_uuid) == ("forest", "Agent", run)
    assert (row.status, row.created_by, row.created_at) == ("PENDING", "ann", row.updated_at)
    assert models.details(row.model_id) == made == (row, {"a": "b"}, {"lr": "1"}, [])


def test_a_model_follows_its_experiment_to_another_store(work):
    experiment = experiments.create("remote", artifact_location="s3://bucket/place", actor=ANN)
    row = models.create(experiment, actor=ANN).model
    assert row.artifact_uri == f"s3://bucket/place/models/{row.model_id}/artifacts"


def test_what_was_not_said_of_a_model_is_none_and_its_name_is_made_up(experiment):
    row = models.create(experiment, actor=ANN).model
    assert (row.model_type, row.source_run_uuid, row.status_message) == (None, None, None)
    assert row == models.find(row.model_id)
    assert row.name


@pytest.mark.parametrize("name", ["a/b", "a:b", "a.b", "a%b", 'a"b', "a'b", "n" * 501])
def test_a_name_that_cannot_stand_in_an_address_is_refused(experiment, name):
    with pytest.raises(InvalidParameter):
        models.create(experiment, name=name, actor=ANN)


@pytest.mark.parametrize("pairs", [{"tags": {"k" * 256: ""}}, {"params": {"k" * 256: ""}}])
def test_a_key_that_is_too_long_is_refused(experiment, pairs):
    with pytest.raises(InvalidParameter, match="255"):
        models.create(experiment, **pairs, actor=ANN)


def test_a_model_is_not_made_in_a_deleted_or_unknown_experiment(experiment):
    experiments.delete(experiment, actor=ANN)
    with pytest.raises(ExperimentIsDeleted):
        models.create(experiment, actor=ANN)
    with pytest.raises(ExperimentNotFound):
        models.create(experiment + 1, actor=ANN)


@pytest.mark.parametrize("status", ["READY", "FAILED", "PENDING"])
def test_finalizing_says_how_it_ended_and_may_be_repeated(model, status):
    for _ in range(2):
        done = models.finalize(model, status, actor=ANN)
    assert models.find(model).status == done.model.status == status


def test_a_status_that_there_is_not_is_refused(model):
    with pytest.raises(UnknownLoggedModelStatus):
        models.finalize(model, "DONE", actor=ANN)


def test_a_deleted_model_is_hidden_unless_asked_for_and_deleting_twice_does_no_harm(run, model):
    models.finalize(model, "READY", actor=ANN)
    for _ in range(2):
        models.delete(model, actor=ANN)
    assert models.find_or_none(model) is None
    assert models.of_run(run, "forest") is None
    assert models.of_runs([run]) == {run: []}
    assert models.find(model, deleted=True).deleted_at is not None
    with pytest.raises(LoggedModelNotFound):
        models.find(model)


def test_a_tag_is_set_over_its_older_value_and_removed_once(model):
    models.set_tags(model, {"a": "1", "b": "2"}, actor=ANN)
    models.set_tags(model, {"a": "3"}, actor=ANN)
    models.set_tags(model, {}, actor=ANN)
    assert models.details(model).tags == {"a": "3", "b": "2"}
    models.remove_tag(model, "a", actor=ANN)
    assert models.details(model).tags == {"b": "2"}
    with pytest.raises(LoggedModelTagNotFound):
        models.remove_tag(model, "a", actor=ANN)


def test_a_parameter_is_written_once(model):
    for _ in range(2):
        models.log_params(model, {"lr": "1"}, actor=ANN)
    with pytest.raises(LoggedModelParamChanged) as refused:
        models.log_params(model, {"depth": "3", "lr": "2"}, actor=ANN)
    assert (refused.value.key, refused.value.stored, refused.value.value) == ("lr", "1", "2")
    assert models.details(model).params["lr"] == "1"


@pytest.mark.parametrize(
    "change",
    [
        lambda: models.find("m-0"),
        lambda: models.finalize("m-0", "READY", actor=ANN),
        lambda: models.delete("m-0", actor=ANN),
        lambda: models.set_tags("m-0", {"a": "b"}, actor=ANN),
        lambda: models.remove_tag("m-0", "a", actor=ANN),
        lambda: models.log_params("m-0", {"a": "b"}, actor=ANN),
    ],
    ids=["find", "finalize", "delete", "set_tags", "remove_tag", "log_params"],
)
def test_a_model_that_there_is_not_is_not_found(work, change):
    with pytest.raises(LoggedModelNotFound):
        change()


def test_the_model_of_a_run_and_name_is_the_newest_that_is_ready(experiment, run, model):
    later = [
        models.create(experiment, name="forest", source_run_uuid=run, actor=ANN).model.model_id
        for _ in range(2)
    ]
    assert models.of_run(run, "forest") is None
    for model_id in (model, later[0]):
        models.finalize(model_id, "READY", actor=ANN)
    assert models.of_run(run, "forest").model_id == later[0]
    assert models.of_run(run, "other") is None
    assert [row.model_id for row in models.of_runs([run])[run]] == [model, *later]


def test_versions_are_noted_in_the_tag_where_clients_look_and_each_once(model):
    for number in (1, 2, 1):
        models.note_version(model, "churn", number, actor=ANN)
    noted = json.loads(models.details(model).tags[MODEL_VERSIONS])
    assert noted == [{"name": "churn", "version": 1}, {"name": "churn", "version": 2}]


@pytest.mark.parametrize("tag", ["torn [", "7", ""])
def test_something_else_in_that_tag_gives_way(model, tag):
    models.set_tags(model, {MODEL_VERSIONS: tag}, actor=ANN)
    models.note_version(model, "churn", 1, actor=ANN)
    assert json.loads(models.details(model).tags[MODEL_VERSIONS]) == [{"name": "churn", "version": 1}]


def test_a_version_of_a_model_of_another_server_is_noted_nowhere(model):
    models.note_version("m-elsewhere", "churn", 1, actor=ANN)
    assert models.details(model).tags == {}


def test_metrics_come_back_in_the_order_in_which_they_were_logged(run, model):
    key = runs.find(run).id
    models.log_metrics(
        [LoggedMetric(model, key, "loss", 0.5, 9, 1, "iris", "d1"), LoggedMetric(model, key, "acc", 0.25, 8)],
        actor=ANN,
    )
    assert models.details(model).metrics == [
        ("loss", 0.5, 9, 1, run, "iris", "d1"),
        ("acc", 0.25, 8, 0, run, None, None),
    ]


def test_a_point_logged_twice_is_one_and_its_last_value_counts(run, model):
    key = runs.find(run).id
    models.log_metrics([LoggedMetric(model, key, "acc", value, 8) for value in (0.1, 0.2)], actor=ANN)
    models.log_metrics(
        [LoggedMetric(model, key, "acc", 0.3, 8), LoggedMetric(model, key, "acc", 0.4, 9)], actor=ANN
    )
    assert [row.value for row in models.details(model).metrics] == [0.3, 0.4]


def test_nan_stays_nan_and_infinity_becomes_the_largest_number_as_with_metrics_of_runs(run, model):
    key = runs.find(run).id
    models.log_metrics(
        [LoggedMetric(model, key, "m", float(text), at) for at, text in enumerate(("nan", "inf", "-inf"))],
        actor=ANN,
    )
    nan, *infinite = (row.value for row in models.details(model).metrics)
    assert math.isnan(nan)
    assert infinite == [sys.float_info.max, -sys.float_info.max]


@pytest.mark.parametrize(
    "wrong", [{"model_id": "m-0"}, {"dataset_name": "n" * 501}, {"dataset_digest": "d" * 37}], ids=str
)
def test_a_point_that_cannot_be_kept_is_refused_with_all_that_came_with_it(run, model, wrong):
    good = LoggedMetric(model, runs.find(run).id, "acc", 0.5, 8)
    with pytest.raises(InvalidParameter):
        models.log_metrics([good, good._replace(**wrong)], actor=ANN)
    assert models.details(model).metrics == []


def test_a_model_with_all_that_hangs_on_it_costs_two_statements(app, run, model):
    models.set_tags(model, {"a": "b"}, actor=ANN)
    models.log_params(model, {"c": "d"}, actor=ANN)
    models.log_metrics([LoggedMetric(model, runs.find(run).id, "acc", 0.5, 8)], actor=ANN)
    with recorded_queries(app) as statements:
        found = models.details(model)
    assert len(statements) <= 2
    assert (found.tags, found.params, len(found.metrics)) == ({"a": "b"}, {"c": "d"}, 1)
