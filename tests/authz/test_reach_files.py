"""Whose files an owner, teammates and a stranger read, write and delete, by each way to the bytes."""

from types import SimpleNamespace

import pytest

from app.authz.levels import Level
from app.db.transactions import db, transaction
from app.tracking.tables import Experiment
from tests.support.answers import DENIED, FILES, HIDDEN, done, refusal
from tests.support.part_uploads import mpu, send_parts
from tests.support.team import Team

DATA = b"the owner's bytes"
NO_UPLOAD = (400, "INVALID_PARAMETER_VALUE")


@pytest.fixture
def world(team):
    """The owner's experiment with a file of a run and one of a logged model."""
    owner = team.owner
    experiment = done(owner.post("experiments/create", name="secret"))["experiment_id"]
    run = done(owner.post("runs/create", experiment_id=experiment))["run"]["info"]["run_id"]
    model = done(owner.post("logged-models", experiment_id=experiment, name="m"))["model"]["info"]["model_id"]
    of_run = f"{experiment}/{run}/artifacts/deep/file"
    for place in (of_run, f"{experiment}/models/{model}/artifacts/file"):
        assert owner.send("PUT", f"{FILES}artifacts/{place}", data=DATA).status_code == 200
    team.give(Level.EDIT, team.editor, experiment=experiment)
    team.give(Level.READ, team.reader, experiment=experiment)
    return SimpleNamespace(team=team, experiment=experiment, run=run, model=model, file=of_run)


def downloads(world, name="file"):
    """Every address at which the files can be had, and the same for a file that there is not."""
    return (
        (f"{FILES}artifacts/{world.experiment}/{world.run}/artifacts/deep/{name}", {}),
        ("/get-artifact", {"run_id": world.run, "path": f"deep/{name}"}),
        ("/get-artifact", {"run_uuid": world.run, "path": f"deep/{name}"}),
        ("/logged-models/get-artifact", {"model_id": world.model, "path": name}),
        (f"logged-models/{world.model}/artifacts/files", {"artifact_file_path": name}),
    )


def test_readers_have_the_bytes_and_strangers_do_not(world):
    team: Team = world.team
    for path, query in downloads(world):
        for person in (team.root, team.owner, team.editor, team.reader):
            assert person.get(path, **query).data == DATA
        for method in ("GET", "HEAD"):
            hidden = team.stranger.send(method, path, query_string=query)
            assert hidden.status_code == 404 and DATA not in hidden.data
        ranged = team.stranger.send("GET", path, query_string=query, headers={"Range": "bytes=0-3"})
        assert refusal(ranged) == HIDDEN


def test_a_hidden_file_is_missing_in_the_words_of_one_that_there_is_not(world):
    stranger = world.team.stranger
    for (path, query), (other_path, other_query) in zip(
        downloads(world), downloads(world, "none"), strict=True
    ):
        hidden, missing = stranger.get(path, **query), stranger.get(other_path, **other_query)
        assert refusal(hidden) == refusal(missing) == HIDDEN
        assert hidden.text.replace("deep/file", "deep/none") == missing.text


def listings(world):
    return (
        (f"{FILES}artifacts", {"path": f"{world.experiment}/{world.run}/artifacts"}),
        (f"{FILES}artifacts", {"path": world.experiment}),
        ("artifacts/list", {"run_id": world.run}),
        (f"logged-models/{world.model}/artifacts/directories", {}),
    )


def test_readers_list_folders_and_strangers_find_them_empty_or_missing(world):
    team: Team = world.team
    for path, query in listings(world):
        for person in (team.root, team.owner, team.editor, team.reader):
            assert done(person.get(path, **query))["files"]
        hidden = team.stranger.get(path, **query)
        assert refusal(hidden) == HIDDEN or done(hidden) == {}


def test_the_root_lists_the_experiments_that_one_may_read(world):
    team: Team = world.team
    own = done(team.stranger.post("experiments/create", name="strangers"))["experiment_id"]
    for place in (f"{own}/x", "loose/x"):
        assert team.root.send("PUT", f"{FILES}artifacts/{place}", data=b"x").status_code == 200

    def listed(person):
        return {one["path"] for one in done(person.get(f"{FILES}artifacts")).get("files", ())}

    assert listed(team.stranger) == {own}
    assert listed(team.reader) == {world.experiment}
    assert listed(team.root) == {own, world.experiment, "loose"}


def test_editors_write_readers_are_refused_and_strangers_find_no_such_experiment(world):
    team: Team = world.team
    place = f"{FILES}artifacts/{world.file}"
    assert refusal(team.reader.send("PUT", place, data=b"x")) == DENIED
    hidden = team.stranger.send("PUT", place, data=b"x")
    missing = team.stranger.send("PUT", place.replace(f"/{world.experiment}/", "/98765/"), data=b"x")
    assert refusal(hidden) == refusal(missing) == HIDDEN
    assert hidden.text.replace(f"'{world.experiment}/", "'98765/") == missing.text
    assert team.owner.get(place).data == DATA
    assert team.editor.send("PUT", place, data=b"edited").status_code == 200
    assert team.owner.get(place).data == b"edited"


def test_the_form_of_a_run_takes_files_from_editors_only(world):
    team: Team = world.team
    query = {"run_uuid": world.run, "path": "new"}
    for person, expected in ((team.reader, DENIED), (team.stranger, HIDDEN)):
        answer = person.send("POST", "upload-artifact", query_string=query, data=b"x")
        assert refusal(answer) == expected
    assert team.editor.send("POST", "upload-artifact", query_string=query, data=b"x").status_code == 200


@pytest.mark.parametrize("deep", [True, False])
def test_only_who_manages_the_experiment_deletes_files(world, deep):
    team: Team = world.team
    place = f"{FILES}artifacts/{world.file if deep else world.experiment}"
    for person, expected in ((team.editor, DENIED), (team.reader, DENIED), (team.stranger, HIDDEN)):
        assert refusal(person.send("DELETE", place)) == expected
    assert team.owner.get(f"{FILES}artifacts/{world.file}").data == DATA
    assert team.owner.send("DELETE", place).status_code == 200
    assert refusal(team.owner.get(f"{FILES}artifacts/{world.file}")) == HIDDEN


@pytest.mark.parametrize(
    "place",
    [
        "loose/file",
        "007/file",
        "٣/file",
        "1e0/file",
        "99999999999999999999/file",
        "-1/file",
        "0x1/file",
        "file",
    ],
)
def test_a_place_of_no_experiment_is_for_administrators(world, place):
    team: Team = world.team
    path = f"{FILES}artifacts/{place}"
    assert team.root.send("PUT", path, data=b"x").status_code == 200
    assert team.root.get(path).data == b"x"
    for person in (team.owner, team.stranger):
        for method in ("GET", "PUT", "DELETE"):
            assert refusal(person.send(method, path, data=b"y" if method == "PUT" else None)) == HIDDEN
        assert done(person.get(f"{FILES}artifacts", path=place.rpartition("/")[0] or place)) == {}


def test_uploads_in_parts_ask_for_the_same_rights(world):
    team: Team = world.team
    folder = world.file.rpartition("/")[0]
    for way, fields in (
        ("create", {"num_parts": 1}),
        ("complete", {"upload_id": "x", "parts": []}),
        ("abort", {"upload_id": "x"}),
    ):
        assert refusal(mpu(team.reader, way, folder, **fields)) == DENIED
        assert refusal(mpu(team.stranger, way, folder, **fields)) == HIDDEN
    upload = done(mpu(team.editor, "create", folder, num_parts=2))
    parts = send_parts(team.editor, upload)
    done(mpu(team.editor, "complete", folder, upload_id=upload["upload_id"], parts=parts))
    assert team.owner.get(f"{FILES}artifacts/{folder}/big").data == b"partpart"


def test_nobody_completes_or_aborts_what_another_began(world):
    team: Team = world.team
    folder = world.file.rpartition("/")[0]
    upload = done(mpu(team.editor, "create", folder, num_parts=1))
    parts = send_parts(team.editor, upload)
    for person in (team.owner, team.root):
        for way in ("complete", "abort"):
            answer = mpu(person, way, folder, upload_id=upload["upload_id"], parts=parts)
            assert refusal(answer) == NO_UPLOAD
    done(mpu(team.editor, "complete", folder, upload_id=upload["upload_id"], parts=parts))


def test_a_right_taken_away_during_an_upload_counts_at_its_end(world):
    team: Team = world.team
    folder = world.file.rpartition("/")[0]
    upload = done(mpu(team.editor, "create", folder, num_parts=1))
    parts = send_parts(team.editor, upload)
    team.give(Level.READ, team.editor, experiment=world.experiment)
    assert refusal(mpu(team.editor, "complete", folder, upload_id=upload["upload_id"], parts=parts)) == DENIED


def test_an_upload_does_not_end_at_another_place_than_it_was_begun_for(world):
    team: Team = world.team
    own = done(team.editor.post("experiments/create", name="own"))["experiment_id"]
    upload = done(mpu(team.editor, "create", own, num_parts=1))
    parts = send_parts(team.editor, upload)
    folder = world.file.rpartition("/")[0]
    assert (
        refusal(mpu(team.editor, "complete", folder, upload_id=upload["upload_id"], parts=parts)) == NO_UPLOAD
    )


@pytest.mark.parametrize(
    "spelling", ["mlflow-artifacts:/{}", "mlflow-artifacts:///{}/", "mlflow-artifacts:/{}/"]
)
def test_an_experiment_with_a_place_of_its_own_has_the_files_there(world, spelling):
    team: Team = world.team
    own = done(
        team.root.post("experiments/create", name="placed", artifact_location=spelling.format("shared/place"))
    )["experiment_id"]
    team.give(Level.EDIT, team.editor, experiment=own)
    team.give(Level.READ, team.reader, experiment=own)
    path = f"{FILES}artifacts/shared/place/some/file"
    assert team.editor.send("PUT", path, data=b"x").status_code == 200
    assert refusal(team.reader.send("PUT", path, data=b"x")) == DENIED
    assert team.reader.get(path).data == b"x"
    assert refusal(team.stranger.get(path)) == HIDDEN
    assert refusal(team.reader.get(f"{FILES}artifacts/shared/place-2/file")) == HIDDEN
    assert refusal(team.editor.send("PUT", f"{FILES}artifacts/shared/file", data=b"x")) == HIDDEN
    run = done(team.editor.post("runs/create", experiment_id=own))["run"]["info"]["run_id"]
    answer = team.editor.send(
        "POST", "upload-artifact", data=b"y", query_string={"run_uuid": run, "path": "f"}
    )
    assert answer.status_code == 200
    assert team.reader.get("/get-artifact", run_id=run, path="f").data == b"y"
    assert refusal(team.stranger.get("/get-artifact", run_id=run, path="f")) == HIDDEN


def test_a_place_inside_of_anothers_folder_gives_no_right_on_that(world):
    team: Team = world.team
    inside = f"mlflow-artifacts:/{world.experiment}/{world.run}/artifacts/deep"
    assert (
        refusal(team.stranger.post("experiments/create", name="greedy", artifact_location=inside)) == DENIED
    )
    with team.app.app_context(), transaction():
        assert db.session.query(Experiment).filter_by(name="greedy").count() == 0


def versions_file(person, name="model"):
    return person.get("/model-versions/get-artifact", name=name, version="1", path="file")


def test_the_files_of_a_version_are_for_the_readers_of_its_model(world):
    team: Team = world.team
    done(team.owner.post("runs/update", run_id=world.run, status="FINISHED"))  # or the version has a copy
    done(team.owner.post("registered-models/create", name="model"))
    done(
        team.owner.post(
            "model-versions/create", name="model", source=f"runs:/{world.run}/deep", run_id=world.run
        )
    )
    assert refusal(versions_file(team.reader)) == refusal(versions_file(team.reader, "none")) == HIDDEN
    assert versions_file(team.owner).data == DATA
    team.give(Level.READ, team.stranger, model="model")
    assert versions_file(team.stranger).data == DATA
    assert team.stranger.get(f"{FILES}artifacts/{world.file}").data == DATA
    for method in ("PUT", "DELETE"):
        assert refusal(team.stranger.send(method, f"{FILES}artifacts/{world.file}")) == HIDDEN
    # A version that is gone, or whose model is, opens nothing any more.
    done(team.owner.ask("DELETE", "model-versions/delete", name="model", version="1"))
    assert refusal(team.stranger.get(f"{FILES}artifacts/{world.file}")) == HIDDEN


def test_a_deleted_model_opens_its_files_to_nobody(world):
    team: Team = world.team
    done(team.owner.post("registered-models/create", name="model"))
    done(
        team.owner.post(
            "model-versions/create", name="model", source=f"runs:/{world.run}/deep", run_id=world.run
        )
    )
    team.give(Level.READ, team.stranger, model="model")
    done(team.owner.ask("DELETE", "registered-models/delete", name="model"))
    assert refusal(team.stranger.get(f"{FILES}artifacts/{world.file}")) == HIDDEN
    assert refusal(versions_file(team.stranger)) == HIDDEN
