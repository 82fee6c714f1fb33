"""`greenroom digests` and `greenroom verify`: making digests that are missing, and whether they still hold."""

import pytest
from click.testing import CliRunner

from app import manifests
from app.cli import digests as command
from app.cli import main
from app.db.transactions import transaction
from app.manifests import reading
from tests.factories.registry import make_versions
from tests.manifests.conftest import folder, new_run, put, register


@pytest.fixture
def greenroom(app, monkeypatch):
    """Run a command on the application's database."""
    monkeypatch.setenv("GREENROOM_INSTANCE", str(app.settings.instance))
    monkeypatch.setenv("GREENROOM_DATABASE_URL", app.settings.database_url)

    def run(*words: str, status: int = 0):
        result = CliRunner().invoke(main, words)
        assert result.exit_code == status, result.output
        return result

    return run


@pytest.fixture
def pending_versions(app, monkeypatch):
    with app.app_context(), transaction(), monkeypatch.context() as patch:
        patch.setattr(reading, "MAX_FILES_HASHED_IN_CALL", 0)
        run = new_run()
        put(run, {"MLmodel": b"flavors: {}\n"})
        return [register(run).id for _ in range(3)]


def test_nothing_to_do(greenroom):
    assert greenroom("digests").stdout == "Every version has its digest.\n"


def test_all_are_made_and_it_says_how_far_it_is(app, greenroom, pending_versions, monkeypatch):
    monkeypatch.setattr(command, "AT_ONCE", 2)
    done = greenroom("digests")
    assert done.stdout == "Every version has its digest.\n"
    assert done.stderr == "2 of 3 versions\n3 of 3 versions\n"
    with app.app_context(), transaction():
        assert {one.state for one in manifests.of_versions(pending_versions).values()} == {"ready"}


def test_what_cannot_be_read_is_said_and_tried_again_the_next_time(greenroom, pending_versions, monkeypatch):
    def fail(*_arguments):
        raise OSError(5, "Input/output error")

    with monkeypatch.context() as patch:
        patch.setattr("app.artifacts.local_store.LocalStore.digest", fail)
        failed = greenroom("digests", status=1)
    assert "churn  3        MLmodel: Input/output error" in failed.stdout
    assert failed.stderr.endswith("3 versions have no digest: files could not be read.\n")
    assert greenroom("digests").stdout == "Every version has its digest.\n"


@pytest.fixture
def version(app):
    """A version with its digest, and the folder of its files on the disk."""
    with app.app_context(), transaction():
        run = new_run()
        put(run, {"MLmodel": b"flavors: {}\n", "model.pkl": b"1"})
        return register(run), app.settings.artifacts / folder(run) / "model"


def test_files_that_match(greenroom, version):
    row, _ = version
    digest = row.tags["greenroom.digest"]
    assert (
        greenroom("verify", "churn", "1").stdout
        == f"2 files are as they were registered.\nDigest: {digest}\n"
    )


def test_files_that_changed(app, greenroom, version):
    row, model = version
    (model / "MLmodel").write_bytes(b"")
    (model / "model.pkl").unlink()
    changed = greenroom("verify", "churn", "1", status=1)
    assert changed.stdout.splitlines() == ["FILE       WHAT", "MLmodel    changed", "model.pkl  missing"]
    assert changed.stderr == "The files are not those that were registered.\n"
    with app.app_context(), transaction():
        assert manifests.of_version(row.id).mismatch_at is not None


def test_what_cannot_be_verified_is_said(app, greenroom, pending_versions):
    assert "no digest yet" in greenroom("verify", "churn", "1", status=1).stderr
    with app.app_context(), transaction():
        make_versions(1)
    assert "not held here" in greenroom("verify", "churn", "4", status=1).stderr
    assert "churn" in greenroom("verify", "churn", "7", status=1).output
    assert "whole number" in greenroom("verify", "churn", "x", status=2).output
