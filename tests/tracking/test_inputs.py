"""What goes into runs and comes out of them."""

import pytest

from app.authz.actors import Actor
from app.core.errors import InvalidParameter
from app.tracking import datasets, inputs, runs
from app.tracking.datasets import DatasetRow
from app.tracking.errors import OutputStepChanged, RunIsDeleted, RunNotFound
from app.tracking.inputs import DatasetInputRow, ModelRow
from tests.support.queries import recorded_queries

ANN = Actor("ann")
TRAINING = {"mlflow.data.context": "training"}


def used(name: str = "iris", digest: str = "d1", tags: dict | None = None, **rest) -> DatasetInputRow:
    return DatasetInputRow(DatasetRow(name, digest, **rest), tags or {})


def of(run: str) -> inputs.RunInputs:
    key = runs.find(run).id
    return inputs.of_runs([key])[key]


def another_run(experiment: int) -> str:
    return runs.create(experiment, actor=ANN).run.uuid


def test_inputs_and_outputs_come_back_as_they_were_logged_and_in_that_order(run):
    whole = used("wine", "d2", TRAINING, source_type="local", source="{}", schema="{s}", profile="{p}")
    inputs.log_inputs(run, inputs=[whole, used("iris")], models=[ModelRow("m-b"), ModelRow("m-a")], actor=ANN)
    inputs.log_outputs(run, [ModelRow("m-z", 3), ModelRow("m-c", 1)], actor=ANN)
    assert of(run) == ([whole, used("iris")], [("m-b", 0), ("m-a", 0)], [("m-z", 3), ("m-c", 1)])


def test_a_run_that_logged_nothing_has_empty_lists(run):
    assert of(run) == ([], [], [])


def test_a_data_set_is_kept_once_in_an_experiment_and_its_first_description_stays(experiment, run):
    inputs.log_inputs(run, inputs=[used(source="first")], actor=ANN)
    other = another_run(experiment)
    inputs.log_inputs(other, inputs=[used(source="second")], actor=ANN)
    assert [one.dataset.source for one in of(other).dataset_inputs] == ["first"]


def test_of_the_same_data_set_twice_the_first_use_counts(run):
    inputs.log_inputs(run, inputs=[used(tags=TRAINING), used(tags={"a": "b"})], actor=ANN)
    inputs.log_inputs(run, inputs=[used(tags={"c": "d"})], actor=ANN)
    assert [one.tags for one in of(run).dataset_inputs] == [TRAINING]


def test_data_sets_with_one_name_and_two_digests_are_two(run):
    inputs.log_inputs(run, inputs=[used(digest="d1"), used(digest="d2")], actor=ANN)
    assert [one.dataset.digest for one in of(run).dataset_inputs] == ["d1", "d2"]


def test_models_that_were_noted_before_are_noted_once(run):
    for _ in range(2):
        inputs.log_inputs(run, models=[ModelRow("m-a")], actor=ANN)
        inputs.log_outputs(run, [ModelRow("m-a", 2)], actor=ANN)
    assert (of(run).model_inputs, of(run).model_outputs) == ([("m-a", 0)], [("m-a", 2)])


def test_another_step_of_a_model_that_came_out_is_refused_and_the_first_stays(run):
    inputs.log_outputs(run, [ModelRow("m-a", 2)], actor=ANN)
    with pytest.raises(OutputStepChanged) as refused:
        inputs.log_outputs(run, [ModelRow("m-a", 3)], actor=ANN)
    assert refused.value.step == 2
    assert of(run).model_outputs == [("m-a", 2)]


@pytest.mark.parametrize(
    "one",
    [
        used("n" * 501),
        used(digest="d" * 37),
        used(source="s" * 65_536),
        used(schema="s" * 1_048_576),
        used(profile="p" * 16_777_216),
        used(tags={"k" * 256: ""}),
        used(tags={"k": "v" * 501}),
    ],
    ids=["name", "digest", "source", "schema", "profile", "key", "value"],
)
def test_what_is_too_long_is_refused_and_nothing_is_kept(run, one):
    with pytest.raises(InvalidParameter, match="TooLong"):
        inputs.log_inputs(run, inputs=[used("fits"), one], actor=ANN)
    assert of(run).dataset_inputs == []


def test_the_longest_names_that_are_allowed_are_kept(run):
    whole = used("n" * 500, "d" * 36, {"k" * 255: "v" * 500})
    inputs.log_inputs(run, inputs=[whole], actor=ANN)
    assert of(run).dataset_inputs == [whole]


def test_a_deleted_run_takes_neither_inputs_nor_outputs(run):
    runs.delete(run, actor=ANN)
    with pytest.raises(RunIsDeleted):
        inputs.log_inputs(run, actor=ANN)
    with pytest.raises(RunIsDeleted):
        inputs.log_outputs(run, [], actor=ANN)


def test_a_run_that_there_is_not_is_not_found(work):
    with pytest.raises(RunNotFound):
        inputs.log_inputs("0" * 32, actor=ANN)
    with pytest.raises(RunNotFound):
        inputs.log_outputs("0" * 32, [], actor=ANN)


def test_a_page_of_runs_costs_three_statements_however_many_runs(app, experiment):
    made = [another_run(experiment) for _ in range(5)]
    for one in made:
        inputs.log_inputs(one, inputs=[used(tags=TRAINING)], models=[ModelRow("m-a")], actor=ANN)
        inputs.log_outputs(one, [ModelRow("m-b")], actor=ANN)
    keys = [runs.find(one).id for one in made]
    with recorded_queries(app) as statements:
        found = inputs.of_runs(keys)
    assert len(statements) <= 3
    assert all(len(part) == 1 for one in found.values() for part in one)


def test_the_data_sets_of_a_run_in_short_say_what_they_were_for(run):
    inputs.log_inputs(
        run, inputs=[used("wine", tags=TRAINING | {"a": "b"}), used("iris", tags={"a": "b"})], actor=ANN
    )
    assert datasets.of_run(runs.find(run).id) == [("wine", "d1", "", "training"), ("iris", "d1", "", None)]


def test_the_data_sets_of_experiments_are_listed_once_for_each_use(experiment, run):
    for one, context in (
        (run, "training"),
        (another_run(experiment), "training"),
        (another_run(experiment), "test"),
    ):
        inputs.log_inputs(one, inputs=[used(tags={"mlflow.data.context": context})], actor=ANN)
    found = datasets.summaries([experiment, 10**30])
    assert found == [(experiment, "iris", "d1", "test"), (experiment, "iris", "d1", "training")]
    assert datasets.summaries([experiment + 1]) == []
