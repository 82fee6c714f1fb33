"""What registering leaves for later is made later, by one of several processes that may be killed."""

import itertools

import pytest

from app import manifests
from app.artifacts import parse, store
from app.core import clock
from app.db.transactions import transaction
from app.manifests import making, pending, reading
from app.registry import models, versions
from tests.factories.registry import ANNA, make_model
from tests.manifests.conftest import folder, new_run, put, register

FILES = {"MLmodel": b"flavors: {}\n", "data/model.pkl": b"\x80\x04K\x01.", "data/other.pkl": b"2"}


@pytest.fixture
def run(app):
    """A run, outside of any transaction; what has no digest is left for later."""
    with app.app_context():
        with transaction():
            made = new_run()
            put(made, FILES)
        yield made


@pytest.fixture
def later(run, monkeypatch):
    monkeypatch.setattr(reading, "MAX_FILES_HASHED_IN_CALL", 0)


@pytest.fixture
def version(run, later):
    return do(register, run)


def do(verb, *arguments, **values):
    with transaction():
        return verb(*arguments, **values)


def manifest_of(row):
    with transaction(read_only=True):
        return manifests.of_version(row.id)


def test_a_version_gets_later_what_it_would_have_got_at_once(run, version, monkeypatch):
    assert manifest_of(version).state == "pending"
    assert manifests.make_pending() == 1
    monkeypatch.undo()
    at_once = do(register, run)
    made = manifest_of(version)
    assert (made.state, made.key) == ("ready", manifest_of(at_once).key)
    assert do(versions.get, "churn", 1).tags == {"greenroom.digest": made.digest} == at_once.tags
    assert manifests.make_pending() == 0


def test_the_newest_come_first(run, version):
    newest = do(register, run)
    assert manifests.make_pending(1) == 1
    assert (manifest_of(version).state, manifest_of(newest).state) == ("pending", "ready")


@pytest.mark.parametrize(
    "delete", [lambda: versions.delete("churn", 1, actor=ANNA), lambda: models.delete("churn", actor=ANNA)]
)
def test_deleted_versions_get_theirs_as_well(version, delete):
    do(delete)
    manifests.make_pending()
    assert manifest_of(version).state == "ready"


def test_the_copy_of_a_version_that_waits_waits_as_well(version):
    do(make_model, "copies")
    copy = do(versions.create, "copies", "models:/churn/1", actor=ANNA)
    assert manifest_of(copy).state == "pending"
    assert manifests.make_pending() == 2
    assert manifest_of(copy).key == manifest_of(version).key


def test_nobody_else_makes_what_is_claimed_until_the_claim_is_over(version, monkeypatch):
    assert len(pending._claim(20)) == 1
    assert manifests.make_pending() == 0
    now = clock.now_ms()
    monkeypatch.setattr(clock, "now_ms", lambda: now + pending.CLAIM_FOR + 1000)
    assert manifests.make_pending() == 1


def test_a_claim_lasts_while_the_work_does(version, monkeypatch):
    """Each look at the clock is a minute later than the last, so that the work takes longer than a claim lasts."""
    start = clock.now_ms()
    minutes = itertools.count()
    monkeypatch.setattr(clock, "now_ms", lambda: start + next(minutes) * 60_000)
    others = []
    manifests.make_pending(pause=lambda: others.extend(pending._claim(20)))
    assert others == []
    assert manifest_of(version).state == "ready"


def test_what_a_killed_process_read_is_not_read_again(version, monkeypatch):
    monkeypatch.setattr(pending, "_FILES_PER_WRITE", 1)
    monkeypatch.setattr(pending, "CLAIM_FOR", -1)
    take, read = reading.take, []

    def take_two(storage, file, pause):
        if len(read) == 2:
            raise KeyboardInterrupt
        read.append(file.path)
        return take(storage, file, pause)

    monkeypatch.setattr(reading, "take", take_two)
    with pytest.raises(KeyboardInterrupt):
        manifests.make_pending()
    monkeypatch.setattr(
        reading, "take", lambda *arguments: read.append(arguments[1].path) or take(*arguments)
    )
    manifests.make_pending()
    assert sorted(read) == sorted(FILES)
    assert manifest_of(version).state == "ready"


def test_what_cannot_be_read_is_tried_again_after_a_while_or_when_asked(version, monkeypatch):
    def fail(*_arguments):
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(type(store()), "digest", fail)
    assert manifests.make_pending() == 1
    found = manifest_of(version)
    assert found.state == "unreadable"
    assert found.problem is not None and "Input/output error" in found.problem
    assert manifests.make_pending() == 0
    now = clock.now_ms()
    with monkeypatch.context() as later:
        later.setattr(clock, "now_ms", lambda: now + making.RETRY_AFTER + 1000)
        assert manifests.make_pending(1) == 1
    monkeypatch.undo()
    assert manifests.make_pending() == 0
    assert manifests.make_pending(again=True) == 1
    assert (manifest_of(version).state, manifest_of(version).problem) == ("ready", None)


def test_files_that_change_each_time_they_are_read_have_no_digest(run, version, monkeypatch):
    contents = itertools.count()
    take = reading.take

    def take_and_replace(storage, file, pause):
        taken = take(storage, file, pause)
        data = str(next(contents)).encode()
        store().write(parse(f"{folder(run)}/model/MLmodel"), [data], len(data))
        return taken

    monkeypatch.setattr(reading, "take", take_and_replace)
    manifests.make_pending()
    assert manifest_of(version).state == "unreadable"


def test_a_server_is_woken_once_a_version_that_waits_is_stored(run, later, monkeypatch):
    woken = []
    monkeypatch.setattr(making, "wake_background", lambda: woken.append(True))
    with transaction():
        register(run)
        assert woken == []
    assert woken == [True]
