"""Runs: names, lifecycle, tags, parameters and the search for runs."""

import json
from functools import partial

import pytest

from app.activity.timeline import timeline
from app.authz.actors import Actor
from app.core.errors import InvalidParameter
from app.db.statements import AT_ONCE
from app.tracking import log_batch, params, runs, tags
from app.tracking.errors import BatchTooLarge, DuplicateParams, ParamChanged, RunIsDeleted, RunNotFound
from app.tracking.metrics.write import Point
from tests.support.queries import recorded_queries

ANN = Actor("ann")


def test_a_run_starts_running_in_its_place_with_its_name_as_a_tag(experiment, run):
    found = runs.details(run)
    assert found.run.artifact_uri == f"mlflow-artifacts:/{experiment}/{run}/artifacts"
    assert (found.run.status, found.run.start_time, found.run.end_time) == ("RUNNING", 1000, None)
    assert (found.run.user_id, found.run.created_by) == ("ann", "ann")
    assert found.tags == {"mlflow.runName": "first"}


def test_a_run_without_a_name_gets_one(experiment):
    made = runs.create(experiment, actor=ANN)
    assert made.run.name == made.tags["mlflow.runName"] == runs.find(made.run.uuid).name != ""


def test_the_tag_names_a_run_unless_it_says_something_else_than_the_name(experiment):
    made = runs.create(experiment, tags={"mlflow.runName": "tagged"}, actor=ANN)
    assert made.run.name == "tagged"
    with pytest.raises(InvalidParameter):
        runs.create(experiment, name="a", tags={"mlflow.runName": "b"}, actor=ANN)


def test_a_change_leaves_what_it_does_not_name(run):
    runs.change(run, status="FINISHED", end_time=2000, actor=ANN)
    changed = runs.change(run, name="second", actor=ANN)
    assert (changed.status, changed.end_time, changed.name) == ("FINISHED", 2000, "second")
    assert runs.details(run).tags["mlflow.runName"] == "second"


def test_a_status_that_there_is_not_changes_nothing(run):
    with pytest.raises(InvalidParameter):
        runs.change(run, status="DONE", name="second", actor=ANN)
    assert runs.find(run).name == "first"


def test_the_tag_of_the_name_renames_the_run_unless_it_is_empty(run):
    tags.set_tag(run, "mlflow.runName", "second", actor=ANN)
    tags.set_tag(run, "mlflow.runName", "", actor=ANN)
    assert runs.find(run).name == "second"


def test_deleting_and_restoring_do_no_harm_twice_and_leave_one_event_each(experiment, run):
    for _ in range(2):
        runs.delete(run, actor=ANN)
    assert runs.find(run).lifecycle == "deleted"
    for _ in range(2):
        runs.restore(run, actor=ANN)
    assert runs.find(run).lifecycle == "active"
    kinds = [moment.kind for moment in timeline(experiment_id=experiment)]
    assert kinds == ["run.restored", "run.deleted", "experiment.created"]


def test_nothing_can_be_logged_to_a_deleted_run(run):
    runs.delete(run, actor=ANN)
    for attempt in (
        lambda: runs.change(run, status="FINISHED", actor=ANN),
        lambda: runs.change(run, actor=ANN),
        lambda: tags.set_tag(run, "k", "v", actor=ANN),
        lambda: tags.remove_tag(run, "mlflow.runName", actor=ANN),
        lambda: params.log(run, "k", "v", actor=ANN),
        lambda: log_batch.log_metric(run, Point("k", 1.0, 0), actor=ANN),
        lambda: log_batch.log(run, actor=ANN),
    ):
        with pytest.raises(RunIsDeleted):
            attempt()


def test_an_unknown_run_is_not_found(work):
    for attempt in (runs.find, runs.details, partial(runs.writable, actor=ANN)):
        with pytest.raises(RunNotFound):
            attempt("0" * 32)
    assert runs.find_or_none("0" * 32) is None


def test_a_parameter_is_written_once_and_may_be_repeated(run):
    params.log(run, "depth", "3", actor=ANN)
    params.log(run, "depth", "3", actor=ANN)
    with pytest.raises(ParamChanged) as refused:
        params.log(run, "depth", "5", actor=ANN)
    assert (refused.value.key, refused.value.stored, refused.value.value) == ("depth", "3", "5")
    assert runs.details(run).params == {"depth": "3"}


def test_long_parameters_and_tags_are_cut_as_mlflow_cuts_them(run):
    params.log(run, "p", "x" * 6001, actor=ANN)
    tags.set_tag(run, "t", "x" * 8001, actor=ANN)
    found = runs.details(run)
    assert (len(found.params["p"]), len(found.tags["t"])) == (6000, 8000)


@pytest.mark.parametrize("key", ["", "a//b", "/a", "../a", ".", "a$b", "a\n", "a/"])
def test_keys_that_could_be_paths_to_elsewhere_are_refused(run, key):
    for attempt in (
        lambda: params.log(run, key, "v", actor=ANN),
        lambda: tags.set_tag(run, key, "v", actor=ANN),
        lambda: log_batch.log_metric(run, Point(key, 1.0, 0), actor=ANN),
    ):
        with pytest.raises(InvalidParameter):
            attempt()


def test_a_batch_is_logged_whole_or_not_at_all(app):
    client = app.test_client()
    base = "/api/2.0/mlflow/runs"
    run = client.post(f"{base}/create", json={"experiment_id": "0"}).json["run"]["info"]["run_id"]
    client.post(f"{base}/log-parameter", json={"run_id": run, "key": "p", "value": "1"})
    batch = {
        "run_id": run,
        "metrics": [{"key": "m", "value": 1, "timestamp": 1}],
        "params": [{"key": "q", "value": "1"}, {"key": "p", "value": "2"}],
        "tags": [{"key": "t", "value": "1"}],
    }
    assert client.post(f"{base}/log-batch", json=batch).status_code == 400
    data = client.get(f"{base}/get?run_id={run}").json["run"]["data"]
    assert "metrics" not in data
    assert data["params"] == [{"key": "p", "value": "1"}]
    assert [tag["key"] for tag in data["tags"]] == ["mlflow.runName"]


def test_the_last_of_equal_tags_counts_and_parameters_may_not_come_twice(run):
    log_batch.log(run, tag_pairs=[("t", "1"), ("t", "2"), ("mlflow.runName", "new")], actor=ANN)
    assert runs.details(run).tags == {"t": "2", "mlflow.runName": "new"}
    with pytest.raises(DuplicateParams):
        log_batch.log(run, parameters=[("p", "1"), ("p", "1")], actor=ANN)


@pytest.mark.parametrize(
    ("points", "parameters", "tag_pairs", "what"),
    [
        (1001, 0, 0, "metrics"),
        (0, 101, 0, "params"),
        (0, 0, 101, "tags"),
        (901, 50, 50, "metrics, params, and tags"),
    ],
)
def test_a_batch_has_mlflows_limits(run, points, parameters, tag_pairs, what):
    with pytest.raises(BatchTooLarge) as refused:
        log_batch.log(
            run,
            points=[Point(f"m{n}", 1.0, 0) for n in range(points)],
            parameters=[(f"p{n}", "") for n in range(parameters)],
            tag_pairs=[(f"t{n}", "") for n in range(tag_pairs)],
            actor=ANN,
        )
    assert refused.value.what == what


def test_a_batch_of_a_thousand_metrics_takes_few_statements(app, run):
    points = [Point(f"m{n % 20}", float(n), n, n) for n in range(1000)]
    with recorded_queries(app) as statements:
        log_batch.log(run, points=points, actor=ANN)
    assert len(statements) <= 3 + 1000 / AT_ONCE
    assert len(runs.details(run).metrics) == 20


def test_the_history_of_logged_models_is_added_to(run):
    model = {
        "run_id": run,
        "artifact_path": "model",
        "utc_time_created": "2026-01-01",
        "model_uuid": "u",
        "flavors": {"sklearn": {"code": None, "config": {"secret": 1}}, "odd": "text"},
        "signature": {},
    }
    tags.note_model(run, model, actor=ANN)
    tags.note_model(run, {**model, "artifact_path": "second"}, actor=ANN)
    history = json.loads(runs.details(run).tags["mlflow.log-model.history"])
    assert [entry["artifact_path"] for entry in history] == ["model", "second"]
    assert history[0]["flavors"] == {"sklearn": {"code": None}, "odd": "text"}
    assert "signature" not in history[0]


def test_a_history_that_somebody_overwrote_is_no_defect(run):
    tags.set_tag(run, "mlflow.log-model.history", "no list", actor=ANN)
    model = {"run_id": run, "artifact_path": "m", "utc_time_created": "x", "flavors": {}}
    with pytest.raises(InvalidParameter):
        tags.note_model(run, model, actor=ANN)
