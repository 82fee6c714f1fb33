"""Making a version of somebody else's run, model or version, and finding versions by what is hidden."""

from types import SimpleNamespace

import pytest

from app.authz.levels import Level
from tests.support.answers import DENIED, FILES, HIDDEN, done, refusal
from tests.support.team import Team

NOT_THERE = "f" * 32
MALFORMED = (400, "INVALID_PARAMETER_VALUE")


@pytest.fixture
def world(team):
    """The owner's run, logged model and registered model, and a model of the stranger's to put versions into."""
    owner = team.owner
    experiment = done(owner.post("experiments/create", name="secret"))["experiment_id"]
    run = done(owner.post("runs/create", experiment_id=experiment))["run"]["info"]["run_id"]
    done(
        owner.post(
            "runs/log-batch",
            run_id=run,
            metrics=[{"key": "auc", "value": 0.75, "timestamp": 1}],
            params=[{"key": "depth", "value": "3"}],
        )
    )
    model = done(owner.post("logged-models", experiment_id=experiment, name="m", source_run_id=run))
    model_id = model["model"]["info"]["model_id"]
    done(owner.post("runs/update", run_id=run, status="FINISHED"))
    for name in ("model/MLmodel", "model-2/secret", "secret"):
        sent = owner.send("PUT", f"{FILES}artifacts/{experiment}/{run}/artifacts/{name}", data=name.encode())
        assert sent.status_code == 200
    done(owner.post("registered-models/create", name="hidden"))
    done(owner.post("model-versions/create", name="hidden", source=f"runs:/{run}/model", run_id=run))
    done(owner.post("registered-models/alias", name="hidden", alias="best", version="1"))
    done(team.stranger.post("registered-models/create", name="own"))
    return SimpleNamespace(team=team, experiment=experiment, run=run, model=model_id)


# What names something of the owner's, and the same with names that there are not.
NAMING = {
    "a run": ({"source": "s3://b/m", "run_id": "<run>"}, {"run_id": NOT_THERE}),
    "a run's path": (
        {"source": "runs:/<run>/model", "run_id": "<run>"},
        {"source": f"runs:/{NOT_THERE}/model", "run_id": NOT_THERE},
    ),
    "a run's files": (
        {"source": "mlflow-artifacts:/<experiment>/<run>/artifacts/model", "run_id": "<run>"},
        {"source": f"mlflow-artifacts:/<experiment>/{NOT_THERE}/artifacts/model", "run_id": NOT_THERE},
    ),
    "a run in a local path": (
        {"source": "/home/me/mlruns/<experiment>/<run>/artifacts/model"},
        {"source": f"/home/me/mlruns/<experiment>/{NOT_THERE}/artifacts/model"},
    ),
    "a logged model": ({"source": "s3://b/m", "model_id": "<model>"}, {"model_id": "m-none"}),
    "a logged model's address": (
        {"source": "models:/<model>", "model_id": "<model>"},
        {"source": "models:/m-none", "model_id": "m-none"},
    ),
    "a version": ({"source": "models:/hidden/1"}, {"source": "models:/not-there/1"}),
    "a stage": ({"source": "models:/hidden/None"}, {"source": "models:/not-there/None"}),
    "an alias": ({"source": "models:/hidden@best"}, {"source": "models:/not-there@best"}),
    "the latest": ({"source": "models:/hidden/latest"}, {"source": "models:/not-there/latest"}),
    "a run beside a prompt": (
        {
            "source": "dummy-source",
            "run_id": "<run>",
            "tags": [{"key": "mlflow.prompt.is_prompt", "value": "true"}],
        },
        {"run_id": NOT_THERE},
    ),
    "a run beside an own version": ({"source": "models:/own/1", "run_id": "<run>"}, {"run_id": NOT_THERE}),
}


def put(world, value):
    if not isinstance(value, str):
        return value
    for name in ("run", "experiment", "model"):
        value = value.replace(f"<{name}>", getattr(world, name))
    return value


def create(person, world, fields, **others):
    fields = {key: put(world, value) for key, value in {**fields, **others}.items()}
    return person.post("model-versions/create", name="own", **fields)


@pytest.mark.parametrize("naming", NAMING)
def test_to_name_what_one_may_not_read_is_refused_as_if_it_were_not_there(world, naming):
    stranger = world.team.stranger
    done(stranger.post("model-versions/create", name="own", source="s3://b/first"))
    fields, other = NAMING[naming]

    hidden, missing = create(stranger, world, fields), create(stranger, world, fields, **other)

    assert refusal(hidden) == refusal(missing) == DENIED
    text = hidden.text.replace(world.run, NOT_THERE).replace(world.model, "m-none")
    assert text.replace("/hidden", "/not-there") == missing.text
    found = done(stranger.get("model-versions/search"))["model_versions"]
    assert [one["source"] for one in found] == ["s3://b/first"]


@pytest.mark.parametrize("naming", [key for key in NAMING if key != "a run beside an own version"])
def test_who_may_read_it_may_make_a_version_of_it(world, naming):
    team: Team = world.team
    if "own" not in naming:
        team.give(Level.READ, team.stranger, experiment=world.experiment)
        team.give(Level.READ, team.stranger, model="hidden")
    done(create(team.stranger, world, NAMING[naming][0]))


@pytest.mark.parametrize("empty", [{"run_id": ""}, {"model_id": ""}, {"run_id": "", "model_id": ""}])
@pytest.mark.parametrize(
    "source",
    [
        "s3://b/m",
        "mlflow-artifacts:/<experiment>/<run>/artifacts/model",
        "runs:/<run>/model",
        "models:/<model>",
    ],
)
def test_an_empty_id_is_not_taken_for_none(world, source, empty):
    assert refusal(create(world.team.stranger, world, {"source": source}, **empty)) == DENIED


def test_copying_a_version_that_one_may_read_takes_no_right_on_what_it_was_made_of(world):
    team: Team = world.team
    team.give(Level.READ, team.stranger, model="hidden")
    copied = done(create(team.stranger, world, {"source": "models:/hidden/1", "run_id": "<run>"}))
    assert copied["model_version"]["run_id"] == world.run
    other = create(team.stranger, world, {"source": "models:/hidden/1", "run_id": NOT_THERE})
    assert refusal(other) == DENIED
    assert refusal(team.stranger.get("runs/get", run_id=world.run)) == HIDDEN


def test_a_copy_takes_its_readers_to_the_files_and_no_further(world):
    """The readers of a model made of a version read that version's files: those below its own folder."""
    team: Team = world.team
    folder = f"{world.experiment}/{world.run}/artifacts"
    team.give(Level.READ, team.stranger, model="hidden")

    assert team.stranger.get(f"{FILES}artifacts/{folder}/model/MLmodel").data == b"model/MLmodel"
    listed = done(team.stranger.get(f"{FILES}artifacts", path=f"{folder}/model"))["files"]
    assert [one["path"] for one in listed] == ["MLmodel"]
    for name in ("model-2/secret", "secret", "model-2"):
        assert refusal(team.stranger.get(f"{FILES}artifacts/{folder}/{name}")) == HIDDEN
        assert done(team.stranger.get(f"{FILES}artifacts", path=f"{folder}/{name}")) == {}
    assert done(team.stranger.get(f"{FILES}artifacts", path=folder)) == {}


@pytest.fixture
def shared(world):
    """The model is the stranger's to read; the run behind its version is not."""
    world.team.give(Level.READ, world.team.stranger, model="hidden")
    return world


ORACLES = {
    "metrics.auc > 0.5": True,
    "metrics.auc < 0.5": False,
    "metrics.auc = 0.75": True,
    "metrics.auc != 0.75": False,
    "params.depth = '3'": True,
    "params.depth LIKE '%'": True,
    "params.depth != '4'": True,
    "params.depth IS NOT NULL": True,
    "params.depth IS NULL": False,
}


@pytest.mark.parametrize(("filter", "fits"), ORACLES.items())
def test_filters_by_a_hidden_run_treat_the_version_like_one_without_a_run(shared, filter, fits):
    team: Team = shared.team
    is_found = {
        person.name: bool(done(person.get("model-versions/search", filter=filter)))
        for person in (team.owner, team.stranger, team.owner)
    }
    assert is_found == {"owner": fits, "stranger": filter.endswith("IS NULL")}


@pytest.mark.parametrize("negated", ["NOT metrics.auc > 0.5", "NOT params.depth = '3'"])
def test_a_negated_filter_says_no_more(shared, negated):
    """Whether the run's value fits or not, the viewer gets what they would get without the run."""
    stranger = shared.team.stranger
    opposite = negated.replace("> 0.5", "> 0.9").replace("'3'", "'4'")
    answers = [stranger.get("model-versions/search", filter=filter) for filter in (negated, opposite)]
    assert answers[0].status_code == answers[1].status_code
    assert answers[0].json == answers[1].json


def test_an_order_by_a_hidden_metric_says_nothing_of_it(shared):
    team: Team = shared.team
    owner = team.owner
    low = done(owner.post("runs/create", experiment_id=shared.experiment))["run"]["info"]["run_id"]
    done(owner.post("runs/log-metric", run_id=low, key="auc", value=0.25, timestamp=1))
    done(owner.post("model-versions/create", name="hidden", source=f"runs:/{low}/m", run_id=low))

    def order(person, direction):
        found = person.get("model-versions/search", order_by=f"metrics.auc {direction}")
        return [one["version"] for one in done(found)["model_versions"]]

    for _again in range(3):
        assert [order(owner, way) for way in ("ASC", "DESC")] == [["2", "1"], ["1", "2"]]
        assert order(team.stranger, "ASC") == order(team.stranger, "DESC")


def test_a_version_shows_no_more_of_a_hidden_run_than_its_id(shared):
    page = shared.team.stranger.get("/models/hidden/versions/1")
    assert page.status_code == 200
    for secret in ("auc", "depth", "secret"):
        assert secret not in page.text
    assert "auc" in shared.team.owner.get("/models/hidden/versions/1").text
