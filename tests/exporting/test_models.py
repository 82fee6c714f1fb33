"""A model with its history, from one installation to another that is in use."""

import pytest
from sqlalchemy import select

from app.authz.actors import LOCAL_USER
from app.db.transactions import Base, connection, transaction
from app.exporting import errors, export_models, load
from app.registry.errors import ModelNotFound
from tests.exporting.conftest import files_of, rows_of
from tests.support.answers import API, done

TABLES = Base.metadata.tables


@pytest.fixture
def busy(other):
    """The other installation with experiments, a run and a model of its own, so that no number is free."""
    client = other.test_client()
    for name in ("one", "two", "three"):
        experiment = done(client.post(f"{API}experiments/create", json={"name": name}))["experiment_id"]
        done(client.post(f"{API}runs/create", json={"experiment_id": experiment, "start_time": 1}))
    for name in ("theirs", "others"):
        done(client.post(f"{API}registered-models/create", json={"name": name}))
        done(client.post(f"{API}model-versions/create", json={"name": name, "source": "s3://theirs"}))
    return other


def take(team, names, folder):
    with team.app.app_context(), transaction(read_only=True):
        export_models(folder, names)
    return folder


def bring(folder, app):
    with app.app_context():
        return load(folder, actor=LOCAL_USER)


def test_versions_stages_aliases_and_talk_come_along(team, busy, tmp_path):
    bring(take(team, ["churn"], tmp_path / "out"), busy)
    client = busy.test_client()
    model = done(client.get(f"{API}registered-models/get?name=churn"))["registered_model"]
    assert (model["description"], model["tags"]) == ("# What it is\n", [{"key": "a", "value": "ä"}])
    assert [alias["version"] for alias in model["aliases"]] == ["2"]
    production = done(client.get(f"{API}registered-models/get-latest-versions?name=churn&stages=Production"))
    [version] = production["model_versions"]
    before = done(team.owner.get("model-versions/get", name="churn", version="2"))["model_version"]
    for field in ("version", "creation_timestamp", "source", "run_id", "current_stage", "tags", "user_id"):
        assert version.get(field) == before.get(field), field
    run = done(client.get(f"{API}runs/get?run_id={version['run_id']}"))["run"]
    assert {one["key"]: one["value"] for one in run["data"]["params"]} == {"depth": "3"}
    for page in ("/models/churn", "/models/churn/history", "/models/churn/versions/2"):
        assert client.get(page).status_code == 200, page
    assert "looks" in client.get("/models/churn/versions/2").text
    assert done(client.get(f"{API}registered-models/search"))["registered_models"] != []
    names = {row[1] for row in rows_of(busy)["registered_model"]}
    assert names == {"theirs", "others", "churn"}


def test_files_come_along_and_belong_to_the_experiment_that_came(team, busy, tmp_path):
    bring(take(team, ["churn"], tmp_path / "out"), busy)
    files = files_of(busy)
    assert sorted(files.values()) == sorted(files_of(team.app).values())
    client = busy.test_client()
    run_id = done(client.get(f"{API}model-versions/get?name=churn&version=2"))["model_version"]["run_id"]
    listed = done(client.get(f"{API}artifacts/list?run_id={run_id}&path=model"))
    assert {one["path"] for one in listed["files"]} == {"model/MLmodel", "model/data"}


def test_nobody_there_becomes_the_author_or_approver_by_name(team, busy, tmp_path):
    bring(take(team, ["churn"], tmp_path / "out"), busy)
    rows = rows_of(busy)
    assert rows["account"] == []
    [approval] = rows["transition_approval"]
    assert approval[2] == "editor" and approval[3] is None
    of_owner = [row[4] for row in rows["event"] if row[3] == "owner"]
    assert of_owner and set(of_owner) == {None}


def test_the_second_model_finds_the_runs_of_the_first(team, busy, tmp_path):
    bring(take(team, ["churn"], tmp_path / "first"), busy)
    runs, points, files = rows_of(busy)["run"], rows_of(busy)["metric_point"], files_of(busy)
    loaded = bring(take(team, ["fraud"], tmp_path / "second"), busy)
    assert rows_of(busy)["run"] == runs and rows_of(busy)["metric_point"] == points
    assert files_of(busy) == files
    assert loaded.rows["model_version"] == 2 and "run" not in loaded.rows


def test_importing_again_adds_nothing(team, busy, tmp_path):
    folder = take(team, ["churn", "fraud"], tmp_path / "out")
    bring(folder, busy)
    before = rows_of(busy)
    assert bring(folder, busy).is_repeated
    assert rows_of(busy) == before


def test_a_name_that_is_taken_or_was_is_refused(team, busy, tmp_path):
    folder = take(team, ["churn"], tmp_path / "out")
    client = busy.test_client()
    done(client.post(f"{API}registered-models/create", json={"name": "churn"}))
    before = rows_of(busy)
    with pytest.raises(errors.ModelNameTaken):
        bring(folder, busy)
    client.delete(f"{API}registered-models/delete", json={"name": "churn"})
    with pytest.raises(errors.ModelNameTaken):
        bring(folder, busy)
    assert {
        name: rows for name, rows in rows_of(busy).items() if name not in ("event", "registered_model")
    } == {name: rows for name, rows in before.items() if name not in ("event", "registered_model")}


def test_a_stage_that_is_not_there_is_named(team, busy, tmp_path):
    with team.app.app_context(), transaction():
        stage = TABLES["stage"]
        connection().execute(stage.update().where(stage.c.name == "Production").values(name="Live"))
    with pytest.raises(errors.StageMissing) as refused:
        bring(take(team, ["churn"], tmp_path / "out"), busy)
    assert refused.value.name == "Live"


def test_a_file_of_theirs_is_never_replaced(team, busy, tmp_path):
    folder = take(team, ["churn"], tmp_path / "first")
    bring(folder, busy)
    run_id = done(busy.test_client().get(f"{API}model-versions/get?name=churn&version=2"))["model_version"][
        "run_id"
    ]
    with busy.app_context(), transaction(read_only=True):
        uri = (
            connection()
            .execute(select(TABLES["run"].c.artifact_uri).where(TABLES["run"].c.uuid == run_id))
            .scalar()
        )
    place = busy.settings.artifacts / uri.removeprefix("mlflow-artifacts:/") / "model" / "MLmodel"
    place.write_bytes(b"changed on the disk")
    with pytest.raises(errors.InstallationInUse):
        bring(take(team, ["fraud"], tmp_path / "second"), busy)
    assert place.read_bytes() == b"changed on the disk"


def test_open_requests_rules_and_rights_stay_behind(team, busy, tmp_path):
    asked = {"name": "fraud", "version": "1", "stage": "Staging", "comment": "please"}
    done(team.owner.send("POST", "/api/2.0/mlflow/transition-requests/create", json=asked))
    bring(take(team, ["fraud"], tmp_path / "out"), busy)
    rows = rows_of(busy)
    assert rows["transition_request"] == rows["permission_grant"] == rows["stage_rule"] == []


def test_a_model_that_is_not_there_is_named(team, tmp_path):
    with pytest.raises(ModelNotFound):
        take(team, ["churn", "nothing"], tmp_path / "out")
    assert not (tmp_path / "out").exists()
