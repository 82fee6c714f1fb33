"""Many clients logging to one run at once, as the workers of one training do."""

import json
from functools import partial

import pytest
from sqlalchemy import select

from app.audit.recorder import Kind
from app.audit.tables import Event
from app.authz.actors import Actor
from app.core.errors import AlreadyExists, InvalidParameter
from app.db.transactions import db, transaction
from app.tracking import experiments, log_batch, params, runs, tags
from app.tracking.errors import ExperimentIsDeleted
from app.tracking.metrics import history as histories
from app.tracking.metrics.write import Point
from app.tracking.runs import RunDetails
from app.tracking.search_fields import View
from tests.support.races import all_at_once, come_late

ANN = Actor("ann")
WORKERS = 8


@pytest.fixture
def shared_run(app) -> str:
    with app.app_context(), transaction():
        return runs.create(0, actor=ANN).run.uuid


def test_one_of_many_gives_a_parameter_its_value(app, shared_run):
    results = all_at_once(
        app, [lambda n=n: params.log(shared_run, "depth", str(n), actor=ANN) for n in range(WORKERS)]
    )
    assert results.count(None) == 1
    assert all(isinstance(result, InvalidParameter) for result in results if result is not None)


def test_no_point_is_lost_and_the_newest_is_the_greatest_step(app, shared_run):
    def log(worker: int):
        points = [Point(f"m{n}", 1.0, worker, worker) for n in range(20)]
        log_batch.log(shared_run, points=points if worker % 2 else points[::-1], actor=ANN)

    assert all_at_once(app, [lambda n=n: log(n) for n in range(WORKERS)]) == [None] * WORKERS
    with app.app_context(), transaction(read_only=True):
        found = runs.details(shared_run)
        assert {metric.step for metric in found.metrics} == {WORKERS - 1}
        assert len(histories.history(found.run.id, "m7")[0]) == WORKERS


def test_tags_set_at_once_are_all_set(app, shared_run):
    def put(worker: int):
        pairs = [(f"t{n}", str(worker)) for n in range(100)]
        log_batch.log(shared_run, tag_pairs=pairs if worker % 2 else pairs[::-1], actor=ANN)

    assert all_at_once(app, [lambda n=n: put(n) for n in range(WORKERS)]) == [None] * WORKERS
    with app.app_context(), transaction(read_only=True):
        found = {value for key, value in runs.details(shared_run).tags.items() if key.startswith("t")}
        assert len(found) == 1  # whoever came last set all of them


def test_models_noted_at_once_are_all_noted(app, shared_run):
    def note(worker: int):
        model = {"run_id": shared_run, "artifact_path": f"m{worker}", "utc_time_created": "x", "flavors": {}}
        tags.note_model(shared_run, model, actor=ANN)

    assert all_at_once(app, [lambda n=n: note(n) for n in range(WORKERS)]) == [None] * WORKERS
    with app.app_context(), transaction(read_only=True):
        history = json.loads(runs.details(shared_run).tags["mlflow.log-model.history"])
        assert {entry["artifact_path"] for entry in history} == {f"m{n}" for n in range(WORKERS)}


def test_a_run_made_while_its_experiment_is_deleted_is_hidden_or_not_made(app):
    with app.app_context(), transaction():
        made = [experiments.create(f"experiment {n}", actor=ANN) for n in range(WORKERS)]
    for experiment in made:
        make = partial(runs.create, experiment, actor=ANN)
        *results, deleted = all_at_once(
            app, [*[make] * WORKERS, partial(experiments.delete, experiment, actor=ANN)]
        )
        assert deleted is None
        assert all(isinstance(result, (RunDetails, InvalidParameter)) for result in results)
    with app.app_context(), transaction(read_only=True):
        assert runs.search(made, view=View.ACTIVE)[0] == []


def test_one_of_many_gets_a_name(app):
    results = all_at_once(app, [lambda: experiments.create("churn", actor=ANN) for _ in range(WORKERS)])
    assert sum(isinstance(result, int) for result in results) == 1
    assert sum(isinstance(result, AlreadyExists) for result in results) == WORKERS - 1


def test_of_two_renames_of_an_experiment_the_later_is_of_the_new_name(app):
    with app.app_context(), transaction():
        experiment_id = experiments.create("churn", actor=ANN)
    come_late(
        app,
        partial(experiments.rename, experiment_id, "leavers", actor=ANN),
        partial(experiments.rename, experiment_id, "stayers", actor=ANN),
    )
    renamed = select(Event.before, Event.after).where(Event.kind == Kind.EXPERIMENT_RENAMED.value)
    with app.app_context(), transaction(read_only=True):
        steps = [(row.before, row.after) for row in db.session.execute(renamed.order_by(Event.id))]
    assert steps == [("churn", "leavers"), ("leavers", "stayers")]


def test_a_tag_comes_too_late_for_an_experiment_that_is_deleted(app):
    with app.app_context(), transaction():
        experiment_id = experiments.create("churn", actor=ANN)
    first, second = come_late(
        app,
        partial(experiments.delete, experiment_id, actor=ANN),
        partial(experiments.set_tag, experiment_id, "team", "growth", actor=ANN),
    )
    assert first is None
    assert isinstance(second, ExperimentIsDeleted)
