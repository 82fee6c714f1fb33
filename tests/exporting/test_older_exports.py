"""Exports of older Greenrooms: their rows go through the migrations that their database would have gone through."""

import json

import pytest
from sqlalchemy import create_engine, insert, select

from app.authz.actors import LOCAL_USER
from app.db import migrations
from app.exporting import contents, errors, format, load
from app.exporting.upgraded import older_tables
from tests.exporting.conftest import rows_of

VALUES = {
    "registered_model": {
        "id": 7,
        "name": "churn",
        "created_at": 5,
        "updated_at": 6,
        "created_by": "anna",
        "next_version": 4,
    },
    "model_version": {
        "id": 9,
        "model_id": 7,
        "number": 3,
        "stage_id": 3,
        "source": "s3://elsewhere/3",
        "status": "READY",
        "created_at": 5,
        "updated_at": 6,
        "created_by": "anna",
    },
    "event": {"id": 2, "at": 5, "kind": "model.created", "actor": "anna", "model_id": 7},
}


def older_export(folder, place, revision):
    """Writes an export as the Greenroom of that revision would have done."""
    engine = create_engine(f"sqlite:///{place}/old.db")
    migrations.upgrade(engine, revision)
    (folder / format.ROWS).mkdir(parents=True)
    (folder / format.ARTIFACTS).mkdir()
    (folder / format.FILES).touch()
    counts = {}
    with engine.begin() as database:
        tables = older_tables(database)
        for name, values in VALUES.items():
            [table] = [table for table in tables if table.name == name]
            database.execute(insert(table).values(values))
        for table in tables:
            if table.name in contents.LEFT_OUT:
                continue
            names = [str(column.name) for column in table.columns]
            rows = [dict(zip(names, row, strict=True)) for row in database.execute(select(table))]
            (folder / format.ROWS / f"{table.name}.jsonl").write_bytes(b"".join(map(format.encode, rows)))
            counts[table.name] = len(rows)
    engine.dispose()
    identity = "01234567-89ab-cdef-0123-456789abcdef"
    format.write_summary(
        folder, format.Summary(1, identity, "0.1.0", revision, 1, None, False, counts, 0, 0, [])
    )
    return folder


@pytest.mark.parametrize("revision", ["0011", "0015", "0020"])
def test_rows_of_an_older_schema_become_rows_of_this_one(app, tmp_path, revision):
    folder = older_export(tmp_path / "export", tmp_path, revision)
    with app.app_context():
        loaded = load(folder, actor=LOCAL_USER)
    rows = rows_of(app)
    assert (loaded.rows["registered_model"], loaded.rows["model_version"]) == (1, 1)
    assert [row[:4] for row in rows["model_version"]] == [(9, 7, 3, 3)]
    assert [row[2] for row in rows["event"]] == ["model.created", "import.finished"]


def test_damage_in_an_older_export_is_seen_too(app, tmp_path):
    folder = older_export(tmp_path / "export", tmp_path, "0015")
    file = folder / format.ROWS / "model_version.jsonl"
    file.write_text(json.dumps({**json.loads(file.read_text()), "stage_id": None}) + "\n")
    before = rows_of(app)
    with app.app_context(), pytest.raises(errors.DamagedExport):
        load(folder, actor=LOCAL_USER)
    assert rows_of(app) == before
