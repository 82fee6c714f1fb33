"""Versions from before there were digests are left to the background work when the database is upgraded."""

import contextlib

import pytest
from alembic import command
from sqlalchemy import create_engine, text

from app.db import migrations
from app.db.engine import engine_options

BEFORE = "0012"
SOURCES = {1: ("runs:/r/m", "0/r/artifacts/m"), 2: ("s3://bucket/m", None), 3: ("prompt-template", None)}


@pytest.fixture
def engine(request, database, tmp_path):
    """A database of before, with a version of each kind."""
    with contextlib.ExitStack() as stack:
        url = f"sqlite:///{tmp_path / 'before.db'}"
        if database == "postgresql":
            url = stack.enter_context(request.getfixturevalue("postgres").database())
        engine = create_engine(url, **engine_options(url, threads=1))
        stack.callback(engine.dispose)
        with engine.begin() as connection:
            command.upgrade(migrations._config(connection), BEFORE)
            connection.execute(
                text(
                    "INSERT INTO registered_model (id, name, created_at, updated_at, created_by)"
                    " VALUES (1, 'churn', 1, 1, 'anna')"
                )
            )
            for number, (source, storage) in SOURCES.items():
                connection.execute(
                    text(
                        "INSERT INTO model_version"
                        " (id, model_id, number, stage_id, source, storage, created_at, updated_at, created_by)"
                        " VALUES (:number, 1, :number, 1, :source, :storage, 5, 5, 'anna')"
                    ),
                    {"number": number, "source": source, "storage": storage},
                )
        yield engine


def test_each_version_has_the_state_of_its_kind(engine):
    migrations.upgrade(engine)
    with engine.connect() as connection:
        rows = connection.execute(
            text(
                "SELECT version_id, state, storage, file_count, digest, verified_at FROM version_manifest"
                " LEFT JOIN manifest ON manifest.key = version_manifest.manifest_key ORDER BY version_id"
            )
        ).all()
    assert [tuple(row) for row in rows] == [
        (1, "pending", "0/r/artifacts/m", None, None, None),
        (2, "elsewhere", None, None, None, None),
        (3, "ready", None, 0, None, 5),
    ]
