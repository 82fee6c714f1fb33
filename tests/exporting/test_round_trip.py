"""What goes out comes back in: an export of everything, loaded into a fresh installation."""

import json
import threading

import pytest
from sqlalchemy import delete, insert, select

from app.authz.actors import LOCAL_USER
from app.db.transactions import Base, connection, transaction
from app.exporting import contents, errors, export_everything, load
from tests.conftest import own_app
from tests.exporting.conftest import files_of, rows_of
from tests.factories.accounts import PASSWORD, make_account
from tests.support.answers import done


@pytest.fixture
def folder(team, tmp_path):
    """A whole export, with secrets."""
    target = tmp_path / "export"
    with team.app.app_context(), transaction(read_only=True):
        export_everything(target, with_secrets=True)
    return target


def bring(folder, app):
    with app.app_context():
        return load(folder, actor=LOCAL_USER)


def test_a_round_trip_is_equal_but_for_the_line_in_the_audit_log(team, folder, other):
    loaded = bring(folder, other)
    before, after = rows_of(team.app), rows_of(other)
    [line] = set(after["event"]) - set(before["event"])
    assert line[2] == "import.finished"
    after["event"].remove(line)
    assert after == before
    assert len(before["metric_point"]) == 4 and len(before["transition_approval"]) == 1
    assert files_of(other) == files_of(team.app) != {}
    assert loaded.files == len(files_of(other)) and loaded.rows["run"] == 2

    again = bring(folder, other)
    assert again.is_repeated and again.rows == {}
    assert len(rows_of(other)["event"]) == len(before["event"]) + 1


def test_what_was_brought_works(team, folder, other):
    bring(folder, other)
    client = other.test_client()
    other.sign_in = team.app.sign_in
    got = client.get("/api/2.0/mlflow/registered-models/get?name=churn", headers=team.owner.headers)
    [newest] = [one for one in done(got)["registered_model"]["latest_versions"] if one["version"] == "2"]
    assert newest["current_stage"] == "Production"
    made = client.post(
        "/api/2.0/mlflow/experiments/create", json={"name": "the next one"}, headers=team.owner.headers
    )
    assert int(done(made)["experiment_id"]) > 1
    page = client.get("/models/churn/history", headers=team.owner.headers)
    assert page.status_code in (200, 303)


@pytest.mark.parametrize("with_secrets", [False, True])
def test_secrets_come_along_only_when_asked_for(team, tmp_path, with_secrets):
    with team.app.app_context(), transaction():
        make_account("pat", password=PASSWORD)
    with team.app.app_context(), transaction(read_only=True):
        export_everything(tmp_path / "out", with_secrets=with_secrets)
    accounts = (tmp_path / "out/rows/account.jsonl").read_text().splitlines()
    assert any(json.loads(line)["password_hash"] for line in accounts) is with_secrets
    assert (tmp_path / "out" / "rows" / "access_token.jsonl").exists() is with_secrets


def test_from_one_kind_of_database_to_the_other(request, team, folder, database):
    with own_app(request, "sqlite" if database == "postgresql" else "postgresql") as other:
        bring(folder, other)
        after = rows_of(other)
    before = rows_of(team.app)
    after["event"] = [row for row in after["event"] if row[2] != "import.finished"]
    assert after == before


def change(file, make):
    lines = file.read_bytes().splitlines(keepends=True)
    file.write_bytes(b"".join(make(lines)))


def first_object(lines, **fields):
    return [json.dumps({**json.loads(lines[0]), **fields}).encode() + b"\n", *lines[1:]]


DAMAGES = {
    "a file": lambda out: next((out / "artifacts").rglob("weights.bin")).write_bytes(b"others"),
    "no file": lambda out: next((out / "artifacts").rglob("weights.bin")).unlink(),
    "a line too few": lambda out: change(out / "rows/run.jsonl", lambda lines: lines[1:]),
    "a torn line": lambda out: change(out / "rows/run.jsonl", lambda lines: [lines[0][:-9], *lines[1:]]),
    "a type": lambda out: change(
        out / "rows/run.jsonl", lambda lines: first_object(lines, start_time="soon")
    ),
    "a missing value": lambda out: change(
        out / "rows/run.jsonl", lambda lines: first_object(lines, name=None)
    ),
    "another column": lambda out: change(out / "rows/run.jsonl", lambda lines: first_object(lines, more=1)),
    "no such row": lambda out: change(
        out / "rows/run_tag.jsonl", lambda lines: first_object(lines, run_id=77)
    ),
    "a path out": lambda out: change(
        out / "files.jsonl", lambda lines: first_object(lines, path="../../etc/passwd")
    ),
    "a state": lambda out: change(
        out / "rows/transition_request.jsonl", lambda lines: first_object(lines, state="done")
    ),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_export_brings_nothing(folder, other, damage):
    before = rows_of(other)
    DAMAGES[damage](folder)
    with pytest.raises(errors.DamagedExport):
        bring(folder, other)
    assert rows_of(other) == before


def test_a_link_in_an_export_is_not_followed(folder, other, tmp_path):
    weights = next((folder / "artifacts").rglob("weights.bin"))
    weights.rename(tmp_path / "elsewhere")
    weights.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(errors.DamagedExport):
        bring(folder, other)


def test_an_export_that_broke_off_is_none(folder, other):
    (folder / "greenroom-export.json").unlink()
    with pytest.raises(errors.NoExport):
        bring(folder, other)


@pytest.mark.parametrize(("field", "value"), [("format", 2), ("revision", "9999"), ("revision", "")])
def test_an_export_of_a_newer_greenroom_is_refused_by_name(folder, other, field, value):
    summary = json.loads((folder / "greenroom-export.json").read_text())
    (folder / "greenroom-export.json").write_text(json.dumps({**summary, field: value}))
    with pytest.raises(errors.UnknownExport):
        bring(folder, other)


def test_it_does_not_mix_with_what_is_there(folder, other):
    with other.app_context(), transaction():
        connection().execute(
            insert(Base.metadata.tables["registered_model"]).values(
                name="mine", created_at=1, updated_at=1, created_by="me", next_version=1
            )
        )
    before = rows_of(other)
    with pytest.raises(errors.InstallationInUse):
        bring(folder, other)
    assert rows_of(other) == before


def test_a_folder_that_holds_something_takes_no_export(team, tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "mine").touch()
    with (
        team.app.app_context(),
        transaction(read_only=True),
        pytest.raises(errors.FolderNotEmpty),
    ):
        export_everything(tmp_path / "out")
    assert [file.name for file in (tmp_path / "out").iterdir()] == ["mine"]


def test_a_file_that_is_gone_is_listed_and_ends_nothing(team, tmp_path, monkeypatch):
    def gone(*_arguments):
        raise OSError(5, "Input/output error")

    with team.app.app_context(), transaction(read_only=True):
        monkeypatch.setattr("app.artifacts.local_store.LocalStore.download", gone)
        written = export_everything(tmp_path / "out")
    assert written.files == 0 and len(written.problems) == 2
    assert "weights.bin" in str(written.problems)


def test_rows_are_those_of_one_moment(team, tmp_path):
    """What changes while the export runs is not half in it."""

    def change_it():
        changed.append(done(team.owner.post("registered-models/set-tag", name="fraud", key="new", value="1")))

    def change_meanwhile(part, _count):
        if part == "account" and not changed:
            other = threading.Thread(target=change_it)
            other.start()
            other.join()

    changed: list = []
    with team.app.app_context(), transaction(read_only=True):
        export_everything(tmp_path / "out", progress=change_meanwhile)
    assert changed
    assert b'"new"' not in (tmp_path / "out/rows/model_tag.jsonl").read_bytes()


def test_every_table_is_in_an_export_or_left_out_for_a_reason():
    names = {table.name for table in contents.tables()}
    assert names | contents.LEFT_OUT == set(Base.metadata.tables)
    assert names >= contents.SECRET_TABLES


def test_every_number_that_means_a_row_is_known_as_a_reference():
    """A column called something_id is a reference of the database's, one of ours, an account's, or text."""
    known = {*contents.SOFT_REFERENCES, *contents.ACCOUNTS}
    unknown = {
        (table.name, column.name)
        for table in contents.tables()
        for column in table.columns
        if column.name.endswith("_id") and column.type.python_type is int
        if not column.foreign_keys and (table.name, column.name) not in known
    }
    assert unknown == {("star", "account_id"), ("access_token", "created_by_id")}


def test_keys_go_on_after_those_that_came(folder, other):
    bring(folder, other)
    events = Base.metadata.tables["event"]
    with other.app_context(), transaction():
        connection().execute(delete(events).where(events.c.kind == "import.finished"))
        newest = connection().execute(select(events.c.id).order_by(events.c.id.desc())).scalar()
        values = {"at": 1, "kind": "model.created", "actor": "me"}
        made = connection().execute(insert(events).values(values).returning(events.c.id)).scalar()
    assert made > newest
