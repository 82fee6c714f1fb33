"""Files that a registered version is made of stay as they are, whoever comes by whichever door."""

import contextlib
import hashlib
import io
import re
from types import SimpleNamespace

import pytest

from app.artifacts import parse
from app.artifacts.paths import COPIES_FOLDER, PRIVATE_FOLDER
from app.authz.actors import LOCAL_USER
from app.authz.levels import Level
from app.db.transactions import connection, transaction
from app.manifests import reading
from app.registry import models, versions
from app.registry.files import holds
from tests.support.answers import DENIED, FILES, HIDDEN, done, refusal
from tests.support.part_uploads import mpu, send_parts
from tests.support.team import Team

DATA = b"the owner's bytes"


@pytest.fixture
def world(team):
    """The owner's experiment with a file of a run and one of a logged model; the editor may write, the reader read."""
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


def register(world, person=None, source=None, name="churn"):
    """Registers a version of the owner's folder `deep`, whose run has ended, or of something else of that run."""
    done(world.team.owner.post("runs/update", run_id=world.run, status="FINISHED"))
    person = person or world.team.owner
    done(person.post("registered-models/create", name=name))
    source = source or f"runs:/{world.run}/deep"
    made = person.post("model-versions/create", name=name, source=source, run_id=world.run)
    return done(made)["model_version"]


def doors(world, folder, upload, parts):
    """What changes files, as functions of who tries it, at, below and above the folder `deep` of the run."""
    form = {"query_string": {"run_uuid": world.run, "path": "deep/file"}, "data": b"x"}
    above = folder.rpartition("/")[0]
    return {
        "a file": lambda person: person.send("PUT", f"{FILES}artifacts/{folder}/file", data=b"x"),
        "a new file": lambda person: person.send("PUT", f"{FILES}artifacts/{folder}/new", data=b"x"),
        "a new folder": lambda person: person.send("PUT", f"{FILES}artifacts/{folder}/code/x.py", data=b"x"),
        "the folder": lambda person: person.send("PUT", f"{FILES}artifacts/{folder}", data=b"x"),
        "the form": lambda person: person.send("POST", "upload-artifact", **form),
        "the beginning of parts": lambda person: mpu(person, "create", folder, num_parts=1),
        "the end of parts": lambda person: mpu(
            person, "complete", folder, upload_id=upload["upload_id"], parts=parts
        ),
        "no file": lambda person: person.send("DELETE", f"{FILES}artifacts/{folder}/file"),
        "no folder": lambda person: person.send("DELETE", f"{FILES}artifacts/{folder}"),
        "no run": lambda person: person.send("DELETE", f"{FILES}artifacts/{above}"),
        "no experiment": lambda person: person.send("DELETE", f"{FILES}artifacts/{world.experiment}"),
    }


LIVES = {
    "registered": lambda owner: None,
    "in a stage": lambda owner: owner.post(
        "model-versions/transition-stage",
        name="churn",
        version="1",
        stage="Staging",
        archive_existing_versions=False,
    ),
    "deleted": lambda owner: owner.ask("DELETE", "model-versions/delete", name="churn", version="1"),
    "of a deleted model": lambda owner: owner.ask("DELETE", "registered-models/delete", name="churn"),
}


@pytest.mark.parametrize("life", LIVES)
def test_nobody_changes_the_files_of_a_registered_version_by_any_door(world, life):
    team: Team = world.team
    folder = world.file.rpartition("/")[0]
    upload = done(mpu(team.owner, "create", folder, num_parts=1))
    ways = doors(world, folder, upload, send_parts(team.owner, upload))
    register(world)
    LIVES[life](team.owner)
    for person in (team.root, team.owner):
        for what, change in ways.items():
            assert refusal(change(person)) == DENIED, what
    assert team.owner.get(f"{FILES}artifacts/{world.file}").data == DATA


def test_what_is_beside_a_registered_version_can_be_changed(app, world):
    team: Team = world.team
    folder = world.file.rpartition("/")[0]
    upload = done(mpu(team.editor, "create", folder, num_parts=1))
    register(world)
    assert refusal(mpu(team.reader, "abort", folder, upload_id=upload["upload_id"])) == DENIED
    done(mpu(team.editor, "abort", folder, upload_id=upload["upload_id"]))
    assert list((app.settings.artifacts / PRIVATE_FOLDER).glob("parts-*")) == []
    assert team.editor.send("PUT", f"{FILES}artifacts/{folder}er/file", data=b"x").status_code == 200
    assert team.owner.send("DELETE", f"{FILES}artifacts/{folder}er").status_code == 200


def test_a_refusal_names_the_version_to_who_may_see_it(world):
    team: Team = world.team
    register(world)
    place = f"{FILES}artifacts/{world.file}"
    assert (
        team.owner.send("PUT", place, data=b"x").json["message"].startswith("Version 1 of churn is made of")
    )
    hidden = team.editor.send("PUT", place, data=b"x").json["message"]
    assert hidden.startswith("A registered version is made of")
    assert "churn" not in hidden
    team.give(Level.READ, team.editor, model="churn")
    assert "Version 1 of churn is" in team.editor.send("PUT", place, data=b"x").json["message"]
    done(team.owner.ask("DELETE", "model-versions/delete", name="churn", version="1"))
    deleted = team.editor.send("PUT", place, data=b"x").json["message"]
    assert deleted.startswith("Version 1 of churn, which was deleted and can come back, is made of")
    done(team.owner.ask("DELETE", "registered-models/delete", name="churn"))
    assert team.owner.send("PUT", place, data=b"x").json["message"].startswith("A registered version is")


def address(person, name="churn"):
    return done(person.get("model-versions/get-download-uri", name=name, version="1"))["artifact_uri"]


def below(person, uri, path):
    place = f"{uri.removeprefix('mlflow-artifacts:/')}/{path}".strip("/")
    return person.get(f"{FILES}artifacts/{place}")


def test_a_reader_holds_nothing_of_others_and_gets_a_copy(world):
    team: Team = world.team
    register(world, team.reader)
    uri = address(team.reader)
    assert uri.startswith("mlflow-artifacts:/model-versions/")
    place = f"{FILES}artifacts/{world.file}"
    assert team.owner.send("PUT", place, data=b"x").status_code == 200
    assert team.owner.send("DELETE", f"{FILES}artifacts/{world.experiment}").status_code == 200
    assert below(team.reader, uri, "file").data == DATA
    assert refusal(below(team.editor, uri, "file")) == HIDDEN
    copied = uri.removeprefix("mlflow-artifacts:/")
    for person in (team.root, team.reader):
        for other in ("file", "new"):
            answer = person.send("PUT", f"{FILES}artifacts/{copied}/{other}", data=b"x")
            assert refusal(answer) == HIDDEN
    for path in (copied, f"{copied}/file", "model-versions"):
        assert refusal(team.root.send("DELETE", f"{FILES}artifacts/{path}")) == DENIED
    assert below(team.reader, uri, "file").data == DATA


@pytest.mark.parametrize("status", ["RUNNING", "FINISHED"])
def test_a_run_goes_on_logging_after_all_of_it_was_registered(world, status):
    team: Team = world.team
    folder = f"{world.experiment}/{world.run}/artifacts"
    done(team.owner.post("runs/update", run_id=world.run, status=status))
    done(team.owner.post("registered-models/create", name="churn"))
    made = team.owner.post(
        "model-versions/create", name="churn", source=f"mlflow-artifacts:/{folder}", run_id=world.run
    )
    assert done(made)["model_version"]["source"] == f"mlflow-artifacts:/{folder}"
    assert team.editor.send("PUT", f"{FILES}artifacts/{world.file}", data=b"x").status_code == 200
    assert team.editor.send("PUT", f"{FILES}artifacts/{folder}/new", data=b"x").status_code == 200
    uri = address(team.owner)
    assert below(team.owner, uri, "deep/file").data == DATA
    assert refusal(below(team.owner, uri, "new")) == HIDDEN


def test_a_single_file_of_a_run_that_goes_on_keeps_its_name(world):
    owner = world.team.owner
    done(owner.post("registered-models/create", name="churn"))
    source = f"runs:/{world.run}/deep/file"
    done(owner.post("model-versions/create", name="churn", source=source, run_id=world.run))
    assert owner.send("PUT", f"{FILES}artifacts/{world.file}", data=b"x").status_code == 200
    assert address(owner).endswith("/file")
    assert below(owner, address(owner), "").data == DATA


def test_a_logged_model_is_copied_while_it_is_pending_and_held_once_it_is_ready(world):
    owner = world.team.owner
    file = f"{FILES}artifacts/{world.experiment}/models/{world.model}/artifacts/file"
    done(owner.post("registered-models/create", name="churn"))
    new = {"name": "churn", "source": f"models:/{world.model}", "model_id": world.model}
    done(owner.post("model-versions/create", **new))
    assert owner.send("PUT", file, data=b"more").status_code == 200
    assert below(owner, address(owner), "file").data == DATA
    done(
        owner.ask("PATCH", f"logged-models/{world.model}", model_id=world.model, status="LOGGED_MODEL_READY")
    )
    done(owner.post("model-versions/create", **new))
    assert refusal(owner.send("PUT", file, data=b"again")) == DENIED


@pytest.mark.parametrize("status", ["RUNNING", "FINISHED"])
@pytest.mark.parametrize("door", ["whole", "in parts", "by the form"])
def test_digests_are_taken_while_files_come_in_and_no_file_is_read_again(world, monkeypatch, door, status):
    owner, folder = world.team.owner, world.file.rpartition("/")[0]
    if door == "whole":
        assert owner.send("PUT", f"{FILES}artifacts/{folder}/big", data=b"partpart").status_code == 200
    elif door == "in parts":
        upload = done(mpu(owner, "create", folder, num_parts=2))
        parts = send_parts(owner, upload)
        done(mpu(owner, "complete", folder, upload_id=upload["upload_id"], parts=parts))
    else:
        query = {"run_uuid": world.run, "path": "deep/big"}
        assert owner.send("POST", "upload-artifact", query_string=query, data=b"partpart").status_code == 200
    monkeypatch.setattr(reading, "take", lambda *_: pytest.fail("a file was read again"))
    done(owner.post("runs/update", run_id=world.run, status=status))
    done(owner.post("registered-models/create", name="churn"))
    done(
        owner.post("model-versions/create", name="churn", source=f"runs:/{world.run}/deep", run_id=world.run)
    )
    manifest = done(owner.get("/api/2.0/greenroom/manifest", name="churn", version="1"))["manifest"]
    assert {file["path"]: file["sha256"] for file in manifest["files"]} == {
        "big": hashlib.sha256(b"partpart").hexdigest(),
        "file": hashlib.sha256(DATA).hexdigest(),
    }


def test_a_registration_that_fails_leaves_no_copy(app, world):
    owner = world.team.owner
    source = f"runs:/{world.run}/deep"
    with contextlib.suppress(RuntimeError), app.app_context(), transaction():
        models.create("churn", actor=LOCAL_USER)
        versions.create("churn", source, run_uuid=world.run, actor=LOCAL_USER)
        assert len(list((app.settings.artifacts / COPIES_FOLDER).iterdir())) == 1
        raise RuntimeError
    assert list((app.settings.artifacts / COPIES_FOLDER).iterdir()) == []
    assert owner.get(f"{FILES}artifacts/{world.file}").data == DATA


def test_nobody_keeps_an_experiment_among_the_copies(world):
    for place in ("model-versions", "Model-Versions/x"):
        answer = world.team.root.post(
            "experiments/create", name=place, artifact_location=f"mlflow-artifacts:/{place}"
        )
        assert refusal(answer) == (400, "INVALID_PARAMETER_VALUE")


class Slow(io.BytesIO):
    """A body of which a part comes after something else has happened."""

    def __init__(self, meanwhile):
        super().__init__(b"half, and the rest")
        self._meanwhile = meanwhile

    def readinto(self, buffer):
        if self.tell() == 4:
            self._meanwhile()
        return super().readinto(buffer if self.tell() else buffer[:4])


def test_an_upload_that_was_begun_before_the_version_was_registered_comes_too_late(world):
    place = f"{FILES}artifacts/{world.file}"
    late = world.team.editor.send("PUT", place, input_stream=Slow(lambda: register(world)))
    assert refusal(late) == DENIED
    assert world.team.owner.get(place).data == DATA


def run_on_driver(statement, parameters=()):
    cursor = connection().connection.cursor()
    cursor.execute(statement, parameters)
    return "\n".join(str(row[-1]) for row in cursor.fetchall()) if cursor.description else ""


def fill_versions(count):
    """Stores many versions, each of files of its own."""
    model = models.create("many", actor=LOCAL_USER)
    run_on_driver(
        "INSERT INTO model_version "
        "(model_id, number, stage_id, source, storage, created_at, updated_at, created_by) "
        f"SELECT {model.id}, n, (SELECT min(id) FROM stage), 's', '1/' || md5(n::text) || '/m', 1, 1, 'anna' "
        f"FROM generate_series(1, {count}) n"
    )
    run_on_driver("ANALYZE model_version")


def test_a_look_whether_files_are_held_reads_no_version_but_those_there(app, database, world):
    """PostgreSQL plans it without knowing the path, and SQLite without knowing how many versions there are."""
    where = holds._where(parse(world.file))
    with app.app_context(), transaction():
        compiled = holds._COUNT._compile(dict(where))
        if database == "sqlite":
            plan = run_on_driver(f"EXPLAIN QUERY PLAN {compiled.text}", compiled.parameters(where))
            assert "SCAN model_version" not in plan
            assert plan.count("SEARCH model_version USING COVERING INDEX ix_model_version_storage") == 2
            return
        fill_versions(20_000)
        run_on_driver("SET LOCAL plan_cache_mode = force_generic_plan")
        text = re.sub(r"%\(\w+\)s", "%s", compiled.text)
        for number in range(1, text.count("%s") + 1):
            text = text.replace("%s", f"${number}", 1)
        run_on_driver(f"PREPARE look AS {text}")
        plan = run_on_driver("EXPLAIN EXECUTE look ('[\"a\"]', 'a/', 'a0')")
        assert "Seq Scan on model_version" not in plan
        assert plan.count("Bitmap Index Scan on ix_model_version_storage") == 2
