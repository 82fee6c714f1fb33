"""Storing or deleting a file and registering a version of it at the same moment: one of them comes first, whole."""

import hashlib
import threading
from functools import partial

import pytest

from app import manifests
from app.artifacts import parse, store
from app.core.errors import PermissionDenied
from app.db.transactions import db, transaction
from app.registry import versions
from app.registry.files import changes, holds
from app.tracking import runs
from tests.factories.registry import ANNA, make_model

TRIES = 250  # of each of two changes in each of two orders, so 1,000 in all
OLD, NEW = b"what was there", b"what came at that moment"


class Meeting:
    """Lets two threads come to their lock at the same moment, or one of them a breath earlier."""

    def __init__(self, first: str):
        self._barrier = threading.Barrier(2)
        self._first = first

    def wait(self, who: str) -> None:
        self._barrier.wait()
        if who != self._first:
            threading.Event().wait(0.0003)


def act(app, action):
    """The result of the action in a thread with a transaction of its own; a refusal is a result."""
    results = []

    def run():
        with app.app_context():
            try:
                results.append(action())
            except PermissionDenied as error:
                results.append(error)
            finally:
                db.session.remove()

    thread = threading.Thread(target=run)
    thread.start()
    return thread, results


@pytest.fixture
def folder(app):
    """The folder of a model, in a run that has ended."""
    with app.app_context(), transaction():
        make_model()
        run = runs.create(0, actor=ANNA).run
        runs.change(run.uuid, status="FINISHED", actor=ANNA)
        return run.uuid, f"0/{run.uuid}/artifacts"


@pytest.mark.parametrize("first", ["changes", "registers"])
@pytest.mark.parametrize("change", ["replaces", "deletes"])
def test_what_is_registered_is_what_is_there_afterwards(app, folder, monkeypatch, change, first):
    run, root = folder
    meeting = Meeting(first)
    lock = holds.lock
    whose = threading.local()

    def lock_at_the_same_moment(path):
        if hasattr(whose, "name"):
            meeting.wait(whose.name)
        lock(path)

    monkeypatch.setattr(holds, "lock", lock_at_the_same_moment)

    def change_file(path):
        whose.name = "changes"
        with transaction(read_only=True):  # as in a request
            if change == "replaces":
                return changes.write(path, [NEW], len(NEW), actor=ANNA)
            return changes.delete(parse("/".join(path.parts[:-1])), actor=ANNA)

    def register(source):
        whose.name = "registers"
        with transaction():
            return versions.create("churn", source, run_uuid=run, actor=ANNA).id

    for number in range(TRIES):
        path = parse(f"{root}/{number}/model.pkl")
        with app.app_context():
            store().write(path, [OLD], len(OLD))
        changing = act(app, partial(change_file, path))
        registering = act(app, partial(register, f"runs:/{run}/{number}"))
        for thread, _results in (changing, registering):
            thread.join()
        changed, version_id = changing[1][0], registering[1][0]
        with app.app_context(), transaction(read_only=True):
            manifest = manifests.of_version(version_id)
            listed = [file.sha256 for file in manifests.files(manifest.key)]
            there = [store().open(path)[0].read()] if store().exists(path) else []
        assert listed == [hashlib.sha256(data).hexdigest() for data in there]
        is_refused = isinstance(changed, PermissionDenied)
        assert there == ([OLD] if is_refused else [NEW] if change == "replaces" else [])


@pytest.mark.parametrize(
    ("one", "other", "excluded"),
    [
        ("a/b", "a/b", True),
        ("a/b", "a/b/c/d", True),
        ("a/b/c/d", "a/b", True),
        ("a/b", "a/bc", False),
        ("a/b", "a/c", False),
        ("a/b", "b", False),
    ],
)
def test_two_paths_exclude_each_other_where_one_is_within_the_other(app, database, one, other, excluded):
    taken = threading.Event()

    def take():
        with transaction():
            holds.lock(parse(other))
            taken.set()

    with app.app_context(), transaction():
        holds.lock(parse(one))
        thread, _results = act(app, take)
        # SQLite has one writer, whatever is written.
        assert taken.wait(0.3 if excluded or database == "sqlite" else 10) != (
            excluded or database == "sqlite"
        )
    thread.join()
    assert taken.is_set()


def test_a_lock_is_for_transactions_that_write(app):
    with app.app_context(), transaction(read_only=True), pytest.raises(RuntimeError):
        holds.lock(parse("a"))
