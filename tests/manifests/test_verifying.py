"""Files are read again and compared with the manifest, by a command, by a call of ours, and each night."""

from datetime import datetime

import pytest

from app import manifests
from app.activity import timeline
from app.artifacts import store
from app.core import clock
from app.db.transactions import transaction
from app.manifests import reading, sweep
from app.manifests.verification import Difference, summary
from app.registry import versions
from tests.factories.registry import ANNA, make_model, make_versions
from tests.manifests.conftest import folder, new_run, put, register

FILES = {"MLmodel": b"flavors: {}\n", "data/model.pkl": b"\x80\x04K\x01.", "data/other.pkl": b"2"}
HOUR = 3_600_000


@pytest.fixture
def run(app):
    """A run, outside of any transaction."""
    with app.app_context():
        with transaction():
            made = new_run()
            put(made, FILES)
        yield made


@pytest.fixture
def version(run):
    return do(register, run)


@pytest.fixture
def model_folder(app, run):
    """The folder of the version's files on the disk, where an operator may do anything."""
    return app.settings.artifacts / folder(run) / "model"


def do(verb, *arguments, **values):
    with transaction():
        return verb(*arguments, **values)


def manifest_of(row):
    with transaction(read_only=True):
        return manifests.of_version(row.id)


def events(row) -> list[tuple[str, str, str | None]]:
    with transaction(read_only=True):
        moments = timeline.timeline(version_id=row.id, limit=10)
        return [(one.kind, one.actor, one.after) for one in moments if one.kind.startswith("version.files")]


def test_files_that_are_as_they_were_match(version):
    outcome = manifests.verify(version.id)
    assert (outcome.matches, list(outcome.differences), outcome.problem) == (True, [], None)
    assert manifest_of(version).mismatch_at is None
    assert events(version) == []


def change(path):
    path.joinpath("MLmodel").write_bytes(b"flavors: []\n")


def change_in_place_without_a_trace(path):
    """As bytes that rot on a disk: size and times stay."""
    import os

    file = path / "MLmodel"
    state = file.stat()
    with file.open("r+b") as opened:
        opened.write(b"F")
    os.utime(file, ns=(state.st_atime_ns, state.st_mtime_ns))


def add(path):
    path.joinpath("x:").write_bytes(b"")


def remove(path):
    path.joinpath("data", "model.pkl").unlink()


@pytest.mark.parametrize(
    ("meddle", "found"),
    [
        (change, Difference("MLmodel", "changed")),
        (change_in_place_without_a_trace, Difference("MLmodel", "changed")),
        (add, Difference("x:", "added")),
        (remove, Difference("data/model.pkl", "missing")),
    ],
)
def test_what_changed_is_found_kept_and_recorded(version, model_folder, meddle, found):
    meddle(model_folder)
    outcome = manifests.verify(version.id)
    assert (outcome.matches, list(outcome.differences)) == (False, [found])
    since = manifest_of(version).mismatch_at
    assert since is not None
    assert manifest_of(version).digest == version.tags["greenroom.digest"]
    manifests.verify(version.id)
    assert manifest_of(version).mismatch_at == since
    assert events(version) == [("version.files_changed", "the server", f"{found.path} {found.what}")]


def test_files_that_are_as_registered_again_match_again(version, model_folder):
    kept = model_folder.joinpath("MLmodel").read_bytes()
    change(model_folder)
    manifests.verify(version.id)
    model_folder.joinpath("MLmodel").write_bytes(kept)
    assert manifests.verify(version.id, actor=ANNA).matches
    assert manifest_of(version).mismatch_at is None
    assert [event[:2] for event in events(version)] == [
        ("version.files_restored", "anna"),
        ("version.files_changed", "the server"),
    ]


def test_a_new_version_of_what_rotted_gets_the_digest_of_what_is_there(run, version, model_folder):
    change_in_place_without_a_trace(model_folder)
    manifests.verify(version.id)
    assert do(register, run).tags["greenroom.digest"] != version.tags["greenroom.digest"]


def test_copies_share_what_is_found(version, model_folder):
    do(make_model, "copies")
    copy = do(versions.create, "copies", "models:/churn/1", actor=ANNA)
    change(model_folder)
    manifests.verify(copy.id)
    assert manifest_of(version).mismatch_at == manifest_of(copy).mismatch_at is not None
    assert len(events(version)) == len(events(copy)) == 1
    later = do(versions.create, "copies", "models:/churn/1", actor=ANNA)
    assert manifest_of(later).mismatch_at is not None
    with transaction(read_only=True):
        assert manifests.mismatched([version.id, copy.id, later.id]) == {version.id, copy.id, later.id}


def test_a_disk_that_is_away_has_changed_nothing(app, version):
    root = app.settings.artifacts
    root.rename(root.with_name("away"))
    root.mkdir()
    try:
        outcome = manifests.verify(version.id)
    finally:
        root.rmdir()
        root.with_name("away").rename(root)
    assert (outcome.matches, list(outcome.differences)) == (None, [])
    assert outcome.problem is not None
    assert manifest_of(version).problem == outcome.problem
    assert manifest_of(version).mismatch_at is None
    manifests.verify(version.id)
    assert manifest_of(version).problem is None


def test_what_has_no_digest_is_not_compared(run, monkeypatch):
    monkeypatch.setattr(reading, "MAX_FILES_HASHED_IN_CALL", 0)
    pending = do(register, run)
    [elsewhere] = do(make_versions, 1)
    assert [manifests.verify(row.id).state for row in (pending, elsewhere)] == ["pending", "elsewhere"]
    assert [manifests.verify(row.id).matches for row in (pending, elsewhere)] == [None, None]


def test_of_many_differences_the_first_are_named():
    differences = [Difference(str(number), "changed") for number in range(7)]
    assert summary(differences[:2]) == "0 changed, 1 changed"
    assert summary(differences).endswith("4 changed and 2 more")


@pytest.fixture
def night(monkeypatch):
    """Sets the hour of the server's own clock, days after the versions were made."""

    def at(day: int, hour: int) -> None:
        moment = int(datetime(2030, 1, day, hour, 30).astimezone().timestamp() * 1000)
        monkeypatch.setattr(clock, "now_ms", lambda: moment)

    return at


def test_every_version_is_verified_once_a_night(version, model_folder, night):
    others = [do(make_versions, 1)[0].id]
    night(1, 12)
    assert sweep.sweep() == 0  # the first night is the one after this day
    change(model_folder)
    night(2, 1)
    assert sweep.sweep() == 0
    assert manifest_of(version).mismatch_at is None
    night(2, 3)
    assert sweep.sweep() == 1
    assert manifest_of(version).mismatch_at is not None
    assert sweep.sweep() == 0
    night(3, 5)
    assert sweep.sweep() == 1
    assert len(events(version)) == 1
    assert others


def test_a_sweep_goes_on_where_it_stopped(run, version, night):
    put_other(run)
    other = do(register, run, "other")
    night(1, 12)
    sweep.sweep()
    night(2, 3)
    assert sweep.sweep(1) == 1
    assert sweep.sweep(1) == 1
    assert sweep.sweep(1) == 0
    moments = {manifest_of(row).verified_at for row in (version, other)}
    assert moments == {clock.now_ms()}


def put_other(run) -> None:
    with transaction():
        put(run, {"a": b"1"}, below="other")


def test_one_process_sweeps_at_a_time_until_its_claim_is_over(version, night, monkeypatch):
    night(1, 12)
    sweep.sweep()
    night(2, 3)
    with monkeypatch.context() as killed:
        killed.setattr(sweep.verification, "verify", _kill)
        with pytest.raises(KeyboardInterrupt):
            sweep.sweep()
    assert sweep.sweep() == 0
    night(2, 4)
    assert sweep.sweep() == 1


def _kill(*_arguments, **_values):
    raise KeyboardInterrupt


def test_files_that_cannot_be_read_do_not_hold_up_the_night(version, night, monkeypatch):
    def fail(*_arguments):
        raise OSError(5, "Input/output error")

    night(1, 12)
    sweep.sweep()
    monkeypatch.setattr(type(store()), "digest", fail)
    night(2, 3)
    assert sweep.sweep() == 1
    assert sweep.sweep() == 0
