"""What of experiments, runs and logged models an owner, teammates and a stranger reach by the calls."""

import json
from types import SimpleNamespace

import pytest

from app.authz.levels import Level
from tests.support.answers import DENIED, HIDDEN, done, refusal
from tests.support.team import Team

NOT_THERE = "f" * 32


@pytest.fixture
def world(team):
    """An experiment of the owner's with a run and a logged model, which an editor and a reader may see."""
    owner = team.owner
    experiment = done(owner.post("experiments/create", name="secret-work"))["experiment_id"]
    done(owner.post("experiments/set-experiment-tag", experiment_id=experiment, key="a", value="b"))
    run = done(owner.post("runs/create", experiment_id=experiment, run_name="secret-run"))["run"]["info"]
    run_id = run["run_id"]
    done(
        owner.post(
            "runs/log-batch",
            run_id=run_id,
            metrics=[{"key": "auc", "value": 0.75, "timestamp": 1}],
            params=[{"key": "depth", "value": "3"}],
            tags=[{"key": "t", "value": "u"}],
        )
    )
    dataset = {"name": "secret-data", "digest": "d", "source_type": "x", "source": "{}"}
    done(owner.post("runs/log-inputs", run_id=run_id, datasets=[{"dataset": dataset}]))
    model = done(
        owner.post("logged-models", experiment_id=experiment, name="secret-model", source_run_id=run_id)
    )["model"]["info"]["model_id"]
    team.give(Level.EDIT, team.editor, experiment=experiment)
    team.give(Level.READ, team.reader, experiment=experiment)
    return SimpleNamespace(team=team, experiment=experiment, run=run_id, model=model)


def fields_of(world, spelt: dict, *, missing: bool = False) -> dict:
    """Fields with the names of what the world holds put in, or with names of what there is not."""
    names = {
        "<experiment>": "987654" if missing else world.experiment,
        "<run>": NOT_THERE if missing else world.run,
        "<model>": "m-none" if missing else world.model,
        "<name>": "there-is-none" if missing else "secret-work",
    }

    def put(value):
        if isinstance(value, list):
            return [put(one) for one in value]
        return names.get(value, value) if isinstance(value, str) else value

    return {key: put(value) for key, value in spelt.items()}


def path_of(world, path: str, *, missing: bool = False) -> str:
    return path.replace("<model>", "m-none" if missing else world.model)


RUN = {"run_id": "<run>"}
EXPERIMENT = {"experiment_id": "<experiment>"}

READS = (
    ("GET", "experiments/get", EXPERIMENT),
    ("GET", "experiments/get-by-name", {"experiment_name": "<name>"}),
    ("GET", "runs/get", RUN),
    ("GET", "artifacts/list", RUN),
    ("GET", "logged-models/<model>", {}),
    ("GET", "logged-models/<model>/artifacts/directories", {}),
)

# What answers nothing, and no error, for what there is not.
LOOKS = (
    ("POST", "runs/search", {"experiment_ids": ["<experiment>"]}),
    ("POST", "runs/search", {"experiment_ids": ["<experiment>"], "filter": "metrics.auc > 0"}),
    ("POST", "logged-models/search", {"experiment_ids": ["<experiment>"]}),
    ("POST", "experiments/search-datasets", {"experiment_ids": ["<experiment>"]}),
    ("GET", "metrics/get-history", {**RUN, "metric_key": "auc"}),
    ("GET", "metrics/get-history-bulk", {**RUN, "metric_key": "auc"}),
    ("GET", "metrics/get-history-bulk-interval", {"run_ids": ["<run>"], "metric_key": "auc"}),
)

CHANGES = (
    ("POST", "experiments/set-experiment-tag", {**EXPERIMENT, "key": "k", "value": "v"}),
    ("POST", "experiments/delete-experiment-tag", {**EXPERIMENT, "key": "a"}),
    ("POST", "runs/create", EXPERIMENT),
    ("POST", "runs/update", {**RUN, "status": "FINISHED"}),
    ("POST", "runs/log-metric", {**RUN, "key": "m", "value": 1.5, "timestamp": 2}),
    ("POST", "runs/log-parameter", {**RUN, "key": "p", "value": "1"}),
    ("POST", "runs/set-tag", {**RUN, "key": "x", "value": "1"}),
    ("POST", "runs/set-tag", {**RUN, "key": "mlflow.runName", "value": "other"}),
    ("POST", "runs/delete-tag", {**RUN, "key": "t"}),
    ("POST", "runs/log-batch", {**RUN, "params": [{"key": "q", "value": "1"}]}),
    ("POST", "runs/log-inputs", {**RUN, "models": [{"model_id": "m-1"}]}),
    ("POST", "runs/outputs", {**RUN, "models": [{"model_id": "m-1"}]}),
    (
        "POST",
        "runs/log-model",
        {
            **RUN,
            "model_json": '{"artifact_path": "m", "flavors": {}, "run_id": "r", "utc_time_created": "t"}',
        },
    ),
    ("POST", "logged-models", {**EXPERIMENT, "name": "x"}),
    ("PATCH", "logged-models/<model>", {"status": "LOGGED_MODEL_READY"}),
    ("PATCH", "logged-models/<model>/tags", {"tags": [{"key": "a", "value": "b"}]}),
    ("DELETE", "logged-models/<model>/tags/a", {}),
    ("POST", "logged-models/<model>/params", {"params": [{"key": "a", "value": "b"}]}),
)

MANAGED = (
    ("POST", "runs/delete", RUN),
    ("POST", "runs/restore", RUN),
    ("DELETE", "logged-models/<model>", {}),
    ("POST", "experiments/update", {**EXPERIMENT, "new_name": "other"}),
    ("POST", "experiments/delete", EXPERIMENT),
    ("POST", "experiments/restore", EXPERIMENT),
)


def ids(calls) -> list[str]:
    return [f"{method} {path}" for method, path, _fields in calls]


def ask(world, person, method, path, spelt, *, missing=False):
    fields = fields_of(world, spelt, missing=missing)
    if method == "DELETE" and "artifacts" not in path and not fields:
        return person.send(method, path_of(world, path, missing=missing))
    return person.ask(method, path_of(world, path, missing=missing), **fields)


@pytest.mark.parametrize(("method", "path", "spelt"), READS, ids=ids(READS))
def test_readers_read_and_to_a_stranger_it_looks_missing(world, method, path, spelt):
    team: Team = world.team
    for person in (team.root, team.owner, team.editor, team.reader):
        done(ask(world, person, method, path, spelt))
    hidden = ask(world, team.stranger, method, path, spelt)
    missing = ask(world, team.stranger, method, path, spelt, missing=True)
    assert refusal(hidden) == HIDDEN
    assert with_other_names(hidden.text, world) == missing.text


def with_other_names(text: str, world) -> str:
    for name, other in (
        (world.run, NOT_THERE),
        (world.model, "m-none"),
        ("secret-work", "there-is-none"),
        (f"id={world.experiment} ", "id=987654 "),
    ):
        text = text.replace(name, other)
    return text


@pytest.mark.parametrize(("method", "path", "spelt"), LOOKS, ids=ids(LOOKS))
def test_a_stranger_finds_nothing_where_a_reader_finds_something(world, method, path, spelt):
    team: Team = world.team
    for person in (team.root, team.owner, team.editor, team.reader):
        assert any(done(ask(world, person, method, path, spelt)).values())
    hidden = ask(world, team.stranger, method, path, spelt)
    assert hidden.status_code == 200
    assert hidden.json == ask(world, team.stranger, method, path, spelt, missing=True).json
    assert not any(hidden.json.values())


@pytest.mark.parametrize(("method", "path", "spelt"), CHANGES, ids=ids(CHANGES))
def test_editors_log_readers_are_refused_and_strangers_find_nothing(world, method, path, spelt):
    team: Team = world.team
    assert refusal(ask(world, team.reader, method, path, spelt)) == DENIED
    assert refusal(ask(world, team.stranger, method, path, spelt)) == HIDDEN
    if path == "logged-models/<model>/tags/a":
        done(
            ask(
                world,
                team.editor,
                "PATCH",
                "logged-models/<model>/tags",
                {"tags": [{"key": "a", "value": "b"}]},
            )
        )
    done(ask(world, team.editor, method, path, spelt))


@pytest.mark.parametrize(("method", "path", "spelt"), MANAGED, ids=ids(MANAGED))
def test_only_who_manages_it_deletes_and_renames(world, method, path, spelt):
    team: Team = world.team
    for person in (team.editor, team.reader):
        assert refusal(ask(world, person, method, path, spelt)) == DENIED
    assert refusal(ask(world, team.stranger, method, path, spelt)) == HIDDEN
    if path.endswith("experiments/restore"):
        done(ask(world, team.owner, "POST", "experiments/delete", EXPERIMENT))
    done(ask(world, team.owner, method, path, spelt))


def test_what_was_refused_changed_nothing(world):
    team: Team = world.team

    def all_of_it():
        return [ask(world, team.owner, method, path, spelt).json for method, path, spelt in (*READS, *LOOKS)]

    before = all_of_it()
    for method, path, spelt in (*CHANGES, *MANAGED):
        ask(world, team.reader, method, path, spelt)
        ask(world, team.stranger, method, path, spelt)
    assert all_of_it() == before


def test_the_list_of_experiments_is_each_persons_own(world):
    team: Team = world.team
    done(team.stranger.post("experiments/create", name="strangers"))
    for filter in ("", "name LIKE '%'", "name != 'x'"):
        # In turn, so that a statement compiled for one is run for another.
        for person in (team.owner, team.stranger, team.reader, team.root, team.stranger, team.owner):
            answer = done(person.post("experiments/search", max_results=100, filter=filter))
            names = {one["name"] for one in answer["experiments"]} - {"Default"}
            mine = {team.stranger.name: {"strangers"}, team.root.name: {"strangers", "secret-work"}}
            assert names == mine.get(person.name, {"secret-work"})


def test_pages_of_experiments_are_full_of_what_one_may_read(team):
    for at in range(10):
        done((team.owner, team.stranger)[at % 2].post("experiments/create", name=f"e{at}"))

    pages, token = [], None
    while token != "":
        page = done(
            team.stranger.post(
                "experiments/search",
                max_results=2,
                order_by=["name"],
                filter="name LIKE 'e%'",
                page_token=token or "",
            )
        )
        pages.append([one["name"] for one in page["experiments"]])
        token = page.get("next_page_token", "")
    assert pages == [["e1", "e3"], ["e5", "e7"], ["e9"]]


def test_a_search_over_many_experiments_passes_over_those_one_may_not_read(world):
    team: Team = world.team
    own = done(team.stranger.post("experiments/create", name="strangers"))["experiment_id"]
    done(team.stranger.post("runs/create", experiment_id=own, run_name="mine"))
    both = [world.experiment, own]
    for _again in range(3):
        theirs = done(team.stranger.post("runs/search", experiment_ids=both))["runs"]
        assert [one["info"]["run_name"] for one in theirs] == ["mine"]
        everything = done(team.root.post("runs/search", experiment_ids=both))["runs"]
        assert {one["info"]["run_name"] for one in everything} == {"mine", "secret-run"}
    assert done(team.stranger.post("logged-models/search", experiment_ids=both)) == {}


def test_many_runs_histories_hold_only_those_that_one_may_read(world):
    team: Team = world.team
    own = done(team.stranger.post("experiments/create", name="strangers"))["experiment_id"]
    mine = done(team.stranger.post("runs/create", experiment_id=own))["run"]["info"]["run_id"]
    done(team.stranger.post("runs/log-metric", run_id=mine, key="auc", value=1.0, timestamp=1))
    for path, name in (
        ("metrics/get-history-bulk", "run_id"),
        ("metrics/get-history-bulk-interval", "run_ids"),
    ):
        found = done(team.stranger.get(path, metric_key="auc", **{name: [world.run, mine]}))["metrics"]
        assert {point["run_id"] for point in found} == {mine}


def test_nobody_logs_points_to_a_model_that_is_not_theirs_to_write(world):
    team: Team = world.team
    for person, expected in ((team.reader, DENIED), (team.stranger, (400, "INVALID_PARAMETER_VALUE"))):
        own = done(person.post("experiments/create", name=f"of-{person.name}"))["experiment_id"]
        run = done(person.post("runs/create", experiment_id=own))["run"]["info"]["run_id"]
        point = {"run_id": run, "key": "m", "value": 1, "timestamp": 1}
        assert refusal(person.post("runs/log-metric", **point, model_id=world.model)) == expected
        if person is team.stranger:
            hidden = person.post("runs/log-metric", **point, model_id=world.model).text
            missing = person.post("runs/log-metric", **point, model_id="m-none").text
            assert hidden.replace(world.model, "*") == missing.replace("m-none", "*")
    assert "metrics" not in done(team.owner.get(f"logged-models/{world.model}"))["model"].get("data", {})


def test_nobody_puts_a_model_under_a_run_that_is_not_theirs(world):
    team: Team = world.team
    for person in (team.reader, team.stranger):
        own = done(person.post("experiments/create", name=f"of-{person.name}"))["experiment_id"]
        answers = [
            person.post("logged-models", experiment_id=own, name="fake", source_run_id=run)
            for run in (world.run, NOT_THERE)
        ]
        if person is team.stranger:
            assert [refusal(answer) for answer in answers] == [DENIED, DENIED]
            assert answers[0].text.replace(world.run, "*") == answers[1].text.replace(NOT_THERE, "*")
        assert refusal(answers[0]) == DENIED


def test_readers_of_a_logged_model_are_told_of_registered_versions_they_may_read(world):
    team: Team = world.team
    team.give(Level.EDIT, team.editor, experiment=world.experiment)
    for person, name in ((team.owner, "hidden"), (team.reader, "own")):
        done(person.post("registered-models/create", name=name))
        done(
            person.post(
                "model-versions/create", name=name, source=f"models:/{world.model}", model_id=world.model
            )
        )

    def shown(person, filter):
        one = done(person.get(f"logged-models/{world.model}"))["model"]
        [same] = done(person.post("logged-models/search", experiment_ids=[world.experiment]))["models"]
        assert one["info"]["tags"] == same["info"]["tags"]
        found = done(person.post("logged-models/search", experiment_ids=[world.experiment], filter=filter))
        return str(one["info"]["tags"]), bool(found)

    by_name = "tags.`mlflow.modelVersions` LIKE '%hidden%'"
    tags, is_found = shown(team.reader, by_name)
    assert "own" in tags and "hidden" not in tags and not is_found
    tags, is_found = shown(team.root, by_name)
    assert "own" in tags and "hidden" in tags and is_found


def test_a_reader_may_repeat_the_note_that_their_version_was_made_of_a_model_and_write_none(world):
    """MLflow 3's client does so after it has registered a model, whosever that is."""
    team: Team = world.team
    done(team.reader.post("registered-models/create", name="own"))
    new = {"name": "own", "source": f"models:/{world.model}", "model_id": world.model}
    done(team.reader.post("model-versions/create", **new))

    def note(*versions, key="mlflow.modelVersions"):
        tags = [{"key": key, "value": json.dumps(versions)}]
        return team.reader.ask("PATCH", f"logged-models/{world.model}/tags", tags=tags)

    for number in (1, "1"):
        done(note({"name": "own", "version": number}, {"name": "own", "version": 1}))
    for wrong in (
        note({"name": "own", "version": 2}),
        note({"name": "other", "version": 1}),
        note({"name": "own", "version": 1}, {"name": "other", "version": 1}),
        note(),
        note("own"),
        note({"name": "own", "version": 1}, key="another"),
    ):
        assert refusal(wrong) == DENIED


def test_rights_on_an_experiment_outlive_its_new_name_and_its_being_away(world):
    team: Team = world.team
    done(team.owner.post("experiments/update", experiment_id=world.experiment, new_name="renamed"))
    done(team.reader.get("experiments/get-by-name", experiment_name="renamed"))
    taken = done(team.stranger.post("experiments/create", name="secret-work"))["experiment_id"]
    assert refusal(team.reader.get("experiments/get", experiment_id=taken)) == HIDDEN
    done(team.owner.post("experiments/delete", experiment_id=world.experiment))
    done(team.owner.post("experiments/restore", experiment_id=world.experiment))
    done(team.reader.get("runs/get", run_id=world.run))


def test_only_administrators_choose_a_place_among_the_servers_own_files(team):
    own = "mlflow-artifacts:/0/elsewhere"
    assert refusal(team.owner.post("experiments/create", name="e", artifact_location=own)) == DENIED
    done(team.owner.post("experiments/create", name="e", artifact_location="s3://bucket/e"))
    done(team.root.post("experiments/create", name="f", artifact_location=own))
