"""What differs between versions and between runs."""

import dataclasses
import math

import pytest

from app import artifacts
from app.artifacts import checksums, uris
from app.authz.actors import Actor
from app.authz.levels import Level
from app.authz.viewer import acting_as
from app.comparison import compare, metric_direction, subjects
from app.comparison.compare import SECTIONS, Cell, State, Verdict
from app.comparison.errors import TooManyRuns, TooManyVersions
from app.comparison.metric_direction import Direction
from app.comparison.text_diff import Line, changed_lines
from app.core.errors import InvalidParameter
from app.db.transactions import transaction
from app.registry import models as registered_models
from app.registry import versions
from app.tracking import experiments, inputs, params, runs
from app.tracking import tags as run_tags
from app.tracking.datasets import DatasetRow
from app.tracking.inputs import DatasetInputRow
from app.tracking.logged_models import metrics as model_metrics
from app.tracking.logged_models import models as logged_models
from app.tracking.logged_models.metrics import LoggedMetric
from app.tracking.metrics import write
from tests.factories.registry import ANNA, make_model
from tests.support.queries import recorded_queries

MLMODEL = """\
flavors:
  python_function: {{loader_module: mlflow.sklearn}}
signature:
  inputs: '[{{"name": "age", "type": "{age}"}}, {{"name": "region", "type": "string"}}]'
  outputs: '[{{"type": "double"}}]'
"""


def log_run(experiment=0, name="boost", measured=None, given=None, tags=None, files=None):
    run = runs.create(experiment, name=name, start_time=1_790_000_000_000, actor=ANNA).run
    write.put(run, [write.Point(key, value, 1, 0) for key, value in (measured or {}).items()])
    params.put(run, given or {"max_depth": "9"})
    if tags:
        run_tags.put(run, tags, actor=ANNA)
    place = uris.from_uri(run.artifact_uri)
    for path, data in (files or {}).items():
        artifacts.store().write(place.joined(path), [data], len(data))
    return run


def register(run, name="churn", **values):
    return versions.create(name, f"runs:/{run.uuid}/model", run_uuid=run.uuid, actor=ANNA, **values)


def model_files(age="long", requirements="numpy==2.3.1\nPandas>=2\n", pickle=b"1234"):
    return {
        "model/MLmodel": MLMODEL.format(age=age).encode(),
        "model/requirements.txt": requirements.encode(),
        "model/model.pkl": pickle,
    }


@pytest.fixture
def two(work):
    """Two versions that differ in some of everything; the second is the better one."""
    make_model("churn")
    old = log_run(
        measured={"auc": 0.8, "logloss": 0.4, "rows": 10.0},
        given={"depth": "5", "seed": "1"},
        files=model_files(),
    )
    new = log_run(
        measured={"auc": 0.9, "logloss": 0.3, "rows": 10.0, "f1": 0.7},
        given={"depth": "9", "seed": "1"},
        files=model_files("double", "numpy==2.4.0\nscipy\n-r base.txt\n", b"1235"),
    )
    return [
        register(old, description="One\nTwo", tags={"team": "risk", "gone": "1"}),
        register(new, description="One\n2", tags={"team": "risk"}),
    ]


def states(row):
    return [cell.state.value for cell in row.cells]


def by_key(rows):
    return {row.key: row for row in rows}


def test_a_metrics_difference_is_better_or_worse_by_its_direction(two):
    found = by_key(compare.of_versions(two).metrics)

    auc, logloss = found["auc"].cells[1], found["logloss"].cells[1]
    assert (round(auc.difference, 9), auc.verdict, auc.is_best) == (0.1, Verdict.BETTER, True)
    assert (round(logloss.difference, 9), logloss.verdict, logloss.is_best) == (-0.1, Verdict.BETTER, True)
    assert found["rows"].cells[1].verdict is Verdict.NONE
    assert states(found["f1"]) == ["same", "added"]
    assert found["f1"].cells[1].difference is None
    assert found["auc"].cells[0].difference == 0 and found["auc"].cells[0].verdict is Verdict.NONE


def test_everything_is_told_from_the_base_that_was_chosen(two):
    found = compare.of_versions(two, base=1)

    assert by_key(found.metrics)["auc"].cells[0].verdict is Verdict.WORSE
    assert states(by_key(found.metrics)["f1"]) == ["missing", "same"]
    assert states(by_key(found.tags)["gone"]) == ["added", "same"]
    assert found.descriptions[1] == []


@pytest.mark.parametrize("base", [-1, 2])
def test_a_base_that_is_not_among_them_is_refused(two, base):
    with pytest.raises(InvalidParameter):
        compare.of_versions(two, base=base)


def test_nothing_at_all_cannot_be_compared(work):
    with pytest.raises(InvalidParameter):
        compare.of_runs([])


def test_what_was_measured_of_the_model_itself_stands_over_its_run_but_for_the_runs_first_step(work):
    make_model("churn")
    run, judge = log_run(), log_run(name="judge")
    write.put(run, [write.Point("loss", value, 1, step) for step, value in enumerate((0.9, 0.5, 0.2))])
    write.put(run, [write.Point("auc", 0.8, 1, 0)])
    model = logged_models.create(
        experiment_id=0, name="model", source_run_uuid=run.uuid, actor=ANNA
    ).model.model_id
    logged_models.finalize(model, "READY", actor=ANNA)

    def measure(key, value, step=0, by=run):
        model_metrics.log_metrics([LoggedMetric(model, by.id, key, value, 1, step)], actor=ANNA)

    def shown(version):
        return {row.key: row.cells[0].value for row in compare.of_versions([version]).metrics}

    measure("loss", 0.9)  # as a client does that logs a model without a step
    measure("auc", 0.8)
    version = versions.create("churn", f"models:/{model}", run_uuid=run.uuid, logged_model=model, actor=ANNA)
    assert shown(version) == {"loss": 0.2, "auc": 0.8}

    measure("auc", 0.7, by=judge)
    measure("loss", 0.5, step=1)  # the model was saved then, the run went on
    assert shown(version) == {"loss": 0.5, "auc": 0.7}


def test_schema_requirements_and_files_are_compared(two):
    found = compare.of_versions(two).without_equal()

    assert [(row.key, [cell.value for cell in row.cells]) for row in found.inputs] == [
        ("age", ["long", "double"])
    ]
    assert found.outputs == () and found.hidden["outputs"] == 1
    assert {row.key: [cell.value for cell in row.cells] for row in found.requirements} == {
        "numpy": ["==2.3.1", "==2.4.0"],
        "pandas": [">=2", None],
        "scipy": [None, "any version"],
        "-r base.txt": [None, "any version"],
    }
    assert [row.key for row in found.files] == ["MLmodel", "model.pkl", "requirements.txt"]


def test_files_of_one_size_are_told_apart_by_their_content(two):
    [pickle] = [row for row in compare.of_versions(two).files if row.key == "model.pkl"]

    assert [cell.value for cell in pickle.cells] == [4, 4]
    assert states(pickle) == ["same", "changed"]
    assert len({cell.digest for cell in pickle.cells}) == 2


def test_files_that_are_too_large_to_be_read_are_not_called_alike(two, monkeypatch):
    monkeypatch.setattr(checksums, "MAX_BYTES_READ", 7)
    [pickle] = [row for row in compare.of_versions(two).files if row.key == "model.pkl"]

    assert states(pickle) == ["same", "unknown"]
    assert not pickle.is_equal


def test_versions_of_the_same_files_are_alike_without_reading_them(two, monkeypatch):
    monkeypatch.setattr(checksums, "MAX_BYTES_READ", 0)
    run = runs.change(two[0].run_uuid, status="FINISHED", actor=ANNA)  # or each would be made of a copy

    found = compare.of_versions([register(run), register(run)]).without_equal()

    assert (found.files, found.inputs, found.metrics) == ((), (), ())
    assert found.hidden["files"] == 3


def test_equal_rows_are_counted_where_they_are_left_out(two):
    whole = compare.of_versions(two)
    short = whole.without_equal()

    assert [row.key for row in short.params] == ["depth"] and short.hidden["params"] == 1
    assert [row.key for row in short.tags] == ["gone"]
    for name in SECTIONS:
        assert len(getattr(short, name)) + short.hidden[name] == len(getattr(whole, name))


def test_versions_of_different_models_are_compared(two):
    make_model("fraud")
    other = versions.create("fraud", "s3://elsewhere/model", actor=ANNA, tags={"team": "fraud"})

    found = compare.of_versions([two[0], other])

    assert [side.key for side in found.sides] == ["churn:1", "fraud:1"]
    assert states(by_key(found.tags)["team"]) == ["same", "changed"]
    assert {row.cells[1] for row in found.params} == {Cell(None, State.UNKNOWN)}, "it has no run"
    assert not any(row.is_equal for row in (*found.metrics, *found.files)), "which nobody can tell"


def test_a_tag_of_the_model_says_which_way_its_metric_gets_better(two):
    registered_models.set_tag("churn", metric_direction.TAG + "rows", "higher", actor=ANNA)
    registered_models.set_tag("churn", metric_direction.TAG + "auc", "Lower", actor=ANNA)
    registered_models.set_tag("churn", metric_direction.TAG + "logloss", "sideways", actor=ANNA)

    found = by_key(compare.of_versions(two).metrics)

    assert [found[key].direction for key in ("rows", "auc", "logloss")] == [
        Direction.HIGHER,
        Direction.LOWER,
        Direction.LOWER,
    ]
    assert found["auc"].cells[1].verdict is Verdict.WORSE


@pytest.mark.parametrize(
    ("key", "direction"),
    [
        ("val_logloss", "lower"),
        ("rmse", "lower"),
        ("testMAE", "lower"),
        ("predict_time_ms", "lower"),
        ("p95-latency", "lower"),
        ("error_rate", "lower"),
        ("f1_loss", "lower"),
        ("neg_log_likelihood", "lower"),
        ("val/accuracy", "higher"),
        ("ROC AUC", "higher"),
        ("r2", "higher"),
        ("r2_score", "higher"),
        ("neg_mean_squared_error", "higher"),
        ("ndcg@10", "higher"),
        ("f1", "higher"),
        ("rows", "none"),
        ("epoch", "none"),
        ("timestamp", "none"),
        ("faccade", "none"),
        ("", "none"),
        ("٪", "none"),
    ],
)
def test_a_metrics_name_tells_its_direction_or_nothing_does(key, direction):
    assert metric_direction.by_name(key).value == direction


def test_what_is_no_number_has_no_difference(work):
    first = log_run(measured={"auc": math.nan, "loss": 1.0, "acc": math.nan})
    second = log_run(measured={"auc": 0.5, "loss": math.inf, "acc": math.nan})
    found = by_key(compare.of_runs([runs.details(one.uuid) for one in (first, second)]).metrics)

    assert (found["auc"].cells[1].difference, states(found["auc"])) == (None, ["same", "changed"])
    assert found["acc"].is_equal
    assert found["loss"].cells[1].verdict is Verdict.WORSE


def test_runs_are_compared_with_their_data_and_notes(work):
    experiment = experiments.create("nightly", tags={metric_direction.TAG + "rows": "higher"}, actor=ANNA)
    first = log_run(experiment, "first", {"rows": 1.0}, tags={"mlflow.note.content": "Old", "team": "a"})
    second = log_run(0, "second", {"rows": 2.0}, tags={"mlflow.note.content": "New", "team": "a"})
    data = DatasetInputRow(DatasetRow("sales", "abc123"), {"mlflow.data.context": "training"})
    inputs.log_inputs(second.uuid, inputs=[data], actor=ANNA)
    runs.change(second.uuid, status="FINISHED", end_time=second.start_time + 660_000, actor=ANNA)

    found = compare.of_runs(subjects.find_runs([first.uuid, second.uuid, "nobody", first.uuid]))

    assert [side.label for side in found.sides] == ["first", "second"]
    assert found.metrics[0].cells[1].verdict is Verdict.BETTER
    facts = by_key(found.facts)
    assert [cell.value for cell in facts["Experiment"].cells] == ["nightly", "Default"]
    assert [cell.value for cell in facts["Data set for training"].cells] == [None, "sales abc123"]
    assert [cell.value for cell in facts["Duration"].cells] == [None, "11 min"]
    assert [row.key for row in found.tags] == ["team"]
    assert found.descriptions[1] == [Line("removed", "Old"), Line("added", "New")]


def test_descriptions_differ_line_by_line(two):
    found = compare.of_versions(two)
    assert found.descriptions == ([], [Line("same", "One"), Line("removed", "Two"), Line("added", "2")])


def test_long_stretches_without_a_change_are_skipped():
    before = "\n".join(map(str, range(50)))
    found = changed_lines(before, before.replace("25", "new"))

    assert found[0] == Line("skipped", "22 unchanged lines")
    assert found[-1] == Line("skipped", "21 unchanged lines")
    assert [line.text for line in found if line.kind in ("removed", "added")] == ["25", "new"]


def test_texts_too_long_to_be_told_apart_are_not():
    assert changed_lines("a\n" * 3000, "b\n" * 3000) is None


def test_versions_are_found_in_the_order_asked_and_missing_ones_left_out(two):
    found = subjects.find_versions([("churn", 2), ("nobody", 1), ("churn", 1), ("churn", 99), ("churn", 2)])
    assert [(row.name, row.number) for row in found] == [("churn", 2), ("churn", 1)]
    assert subjects.find_versions([]) == []


def test_too_many_at_once_are_refused(work):
    with pytest.raises(TooManyVersions):
        subjects.find_versions([("churn", number) for number in range(1, 30)])
    with pytest.raises(TooManyRuns):
        subjects.find_runs([f"run{number}" for number in range(101)])


def test_what_the_viewer_may_not_read_is_not_there(two):
    stranger = Actor("stranger", account_id=77)
    reader = dataclasses.replace(stranger, models_level=Level.READ)

    with acting_as(stranger):
        assert subjects.find_versions([("churn", 1)]) == []
        assert subjects.find_runs([two[0].run_uuid]) == []
    with acting_as(reader):
        [row] = subjects.find_versions([("churn", 1)])
        [side] = subjects.of_versions([row])
    assert side.run is None and side.metrics is None, "its experiment is hidden"
    assert side.tags == {"team": "risk", "gone": "1"}


def test_the_number_of_statements_does_not_grow_with_what_is_compared(app):
    with app.app_context(), transaction():
        make_model("churn")
        found = [register(log_run(name=f"run {n}", measured={"auc": n / 10})) for n in range(8)]

    def count(rows) -> list[str]:
        with recorded_queries(app) as statements, app.app_context(), transaction(read_only=True):
            compare.of_versions(rows)
        return statements

    assert len(count(found)) == len(count(found[:2])) <= 8
