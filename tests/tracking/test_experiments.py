"""Experiments: names, lifecycle, tags and the events they leave."""

import pytest

from app.activity.timeline import timeline
from app.authz.actors import Actor
from app.core.errors import InvalidParameter, NotFound
from app.tracking import experiments, runs
from app.tracking.errors import DeletedExperimentNotRenamable, ExperimentExists
from app.tracking.search_fields import View

ANN = Actor("ann")


def test_the_default_experiment_is_number_zero_and_the_next_one_is_number_one(work):
    default = experiments.find(0)
    assert (default.name, default.artifact_location) == ("Default", "mlflow-artifacts:/0")
    assert experiments.create("churn", actor=ANN) == 1


def test_an_experiment_keeps_its_artifacts_below_its_own_id(experiment):
    assert experiments.find(experiment).artifact_location == f"mlflow-artifacts:/{experiment}"


def test_a_new_experiment_knows_who_made_it_and_its_tags(work):
    made = experiments.create("fraud", tags={"team": "risk"}, actor=ANN)
    row = experiments.find_by_name("fraud")
    assert (row.id, row.created_by, row.tags, row.lifecycle) == (made, "ann", {"team": "risk"}, "active")


@pytest.mark.parametrize("name", ["", "x" * 501])
def test_names_are_bounded(work, name):
    with pytest.raises(InvalidParameter):
        experiments.create(name, actor=ANN)


def test_a_taken_name_is_refused_and_the_transaction_goes_on(work, experiment):
    with pytest.raises(ExperimentExists):
        experiments.create("churn", actor=ANN)
    other = experiments.create("fraud", actor=ANN)
    with pytest.raises(ExperimentExists):
        experiments.rename(other, "churn", actor=ANN)
    assert experiments.find(other).name == "fraud"


def test_a_deleted_experiment_keeps_its_name(work, experiment):
    experiments.delete(experiment, actor=ANN)
    with pytest.raises(ExperimentExists):
        experiments.create("churn", actor=ANN)


def test_deleting_hides_the_runs_and_restoring_brings_them_back(experiment, run):
    experiments.delete(experiment, actor=ANN)
    assert experiments.find(experiment).lifecycle == "deleted"
    assert runs.find(run).lifecycle == "deleted"
    experiments.restore(experiment, actor=ANN)
    assert experiments.find(experiment).lifecycle == "active"
    assert runs.find(run).lifecycle == "active"


def test_deleting_twice_and_restoring_what_lives_are_not_found(experiment):
    with pytest.raises(NotFound):
        experiments.restore(experiment, actor=ANN)
    experiments.delete(experiment, actor=ANN)
    with pytest.raises(NotFound):
        experiments.delete(experiment, actor=ANN)


def test_nothing_can_be_written_to_a_deleted_experiment(experiment):
    experiments.delete(experiment, actor=ANN)
    with pytest.raises(InvalidParameter):
        runs.create(experiment, actor=ANN)
    with pytest.raises(InvalidParameter):
        experiments.set_tag(experiment, "k", "v", actor=ANN)
    with pytest.raises(DeletedExperimentNotRenamable):
        experiments.rename(experiment, "other", actor=ANN)


def test_tags_are_set_over_older_values_and_removed_once(experiment):
    experiments.set_tag(experiment, "k", "old", actor=ANN)
    experiments.set_tag(experiment, "k", "new", actor=ANN)
    assert experiments.find(experiment).tags == {"k": "new"}
    experiments.remove_tag(experiment, "k", actor=ANN)
    with pytest.raises(NotFound):
        experiments.remove_tag(experiment, "k", actor=ANN)


@pytest.mark.parametrize("experiment_id", [-1, 4711, 2**63, -(2**70)])
def test_an_unknown_id_is_not_found_however_large(work, experiment_id):
    with pytest.raises(NotFound):
        experiments.find(experiment_id)
    with pytest.raises(NotFound):
        experiments.delete(experiment_id, actor=ANN)


def test_every_change_of_the_lifecycle_leaves_an_event(experiment):
    experiments.rename(experiment, "fraud", actor=ANN)
    experiments.rename(experiment, "fraud", actor=ANN)  # changes nothing, so says nothing
    experiments.delete(experiment, actor=ANN)
    experiments.restore(experiment, actor=ANN)
    moments = timeline(experiment_id=experiment)
    assert [(moment.kind, moment.before, moment.after) for moment in reversed(moments)] == [
        ("experiment.created", None, "churn"),
        ("experiment.renamed", "churn", "fraud"),
        ("experiment.deleted", "fraud", None),
        ("experiment.restored", None, "fraud"),
    ]
    assert {moment.actor for moment in moments} == {"ann"}


def test_a_search_sees_the_living_unless_asked_for_others(work, experiment):
    gone = experiments.create("gone", actor=ANN)
    experiments.delete(gone, actor=ANN)

    def found(view):
        return {row.name for row in experiments.search(view=view)[0]}

    assert found(View.ACTIVE) == {"Default", "churn"}
    assert found(View.DELETED) == {"gone"}
    assert found(View.ALL) == {"Default", "churn", "gone"}


def test_a_search_goes_on_where_its_page_ended(work):
    for number in range(5):
        experiments.create(f"e{number}", actor=ANN)
    names, token = [], None
    for _ in range(3):
        rows, token = experiments.search(
            filter="name LIKE 'e%'", order_by=["name"], max_results=2, page_token=token
        )
        names += [row.name for row in rows]
    assert names == ["e0", "e1", "e2", "e3", "e4"]
    assert token is None


def test_tags_can_be_searched(work):
    experiments.create("a", tags={"team": "risk"}, actor=ANN)
    experiments.create("b", tags={"team": "growth"}, actor=ANN)
    rows, _ = experiments.search(filter="tags.team = 'risk'")
    assert [row.name for row in rows] == ["a"]
