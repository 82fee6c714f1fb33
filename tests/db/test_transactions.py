"""One transaction: what it keeps, what it refuses, and what it does once it is done."""

import shutil

import pytest
from sqlalchemy import event, select, text
from sqlalchemy.exc import IntegrityError, OperationalError

from app.core.errors import NotFound
from app.db.errors import CommitUnknown
from app.db.transactions import NestedWrite, ReadOnlyViolation, after_commit, after_rollback, db, transaction
from app.registry import models
from app.registry.tables import Stage
from app.stages import definitions
from tests.conftest import start_app
from tests.factories.registry import make_model
from tests.support.postgres import TEMPLATE


@pytest.fixture(autouse=True)
def context(app):
    with app.app_context():
        yield


def test_what_waits_for_the_commit_runs_after_it():
    done = []
    with transaction():
        after_commit(lambda: done.append("sent"))
        assert done == []
    assert done == ["sent"]


def test_what_waits_for_a_commit_that_fails_never_runs():
    done, shows = [], []

    def fail(_connection):
        shows.append(list(done))
        raise OSError("the disk is gone")

    event.listen(db.engine, "commit", fail)
    try:
        with pytest.raises(OSError, match="gone"), transaction():
            make_model()
            after_commit(lambda: done.append("sent"))
    finally:
        event.remove(db.engine, "commit", fail)
    assert (done, shows) == ([], [[]])
    with pytest.raises(NotFound), transaction(read_only=True):
        models.get("churn")


def test_no_row_refers_to_one_that_is_not_there():
    with pytest.raises(IntegrityError), transaction():
        db.session.execute(text("INSERT INTO star (account_id, model_id) VALUES (1, 77)"))


def test_sqlite_keeps_what_it_acknowledged_through_a_power_cut_and_reads_while_it_writes(
    migrated_instance, tmp_path
):
    """No test cuts the power: this says with which of its settings SQLite promises it."""
    app = start_app(shutil.copytree(migrated_instance, tmp_path / "instance"))
    with app.app_context():
        with transaction(read_only=True):
            kept = [
                db.session.execute(text(f"PRAGMA {name}")).scalar()
                for name in ("synchronous", "journal_mode")
            ]
        db.engine.dispose()
    assert kept == [2, "wal"]


def test_a_rollback_forgets_rows_and_what_waited_for_the_commit():
    done = []
    with pytest.raises(NotFound), transaction():
        make_model()
        after_commit(lambda: done.append("sent"))
        models.get("nobody")
    assert done == []
    with pytest.raises(NotFound), transaction(read_only=True):
        models.get("churn")


def test_a_transaction_for_reading_changes_nothing():
    with pytest.raises(ReadOnlyViolation), transaction(read_only=True):
        make_model()


def test_a_session_loads_objects_and_writes_their_changes():
    with transaction():
        stage = db.session.scalars(select(Stage).where(Stage.name == "Staging").with_for_update()).one()
        stage.purpose = "Tried by the team"
    with transaction(read_only=True):
        assert definitions.find("Staging").purpose == "Tried by the team"
        assert db.session.scalar(select(Stage.purpose).where(Stage.name == "Staging")) == "Tried by the team"


def test_a_changed_object_is_refused_in_a_transaction_for_reading():
    with pytest.raises(ReadOnlyViolation), transaction(read_only=True):
        db.session.scalars(select(Stage).where(Stage.name == "Staging")).one().purpose = "Tried by the team"
        db.session.flush()


def test_what_is_read_again_and_again_is_prepared_once_where_the_server_plans_it(postgres, tmp_path):
    with postgres.database(TEMPLATE) as url:
        app = start_app(tmp_path, url)
        with app.app_context():
            for _ in range(8):  # the driver prepares what it has sent five times
                with transaction(read_only=True):
                    definitions.all_stages()
            with transaction(read_only=True):
                prepared = db.session.execute(text("SELECT statement FROM pg_prepared_statements")).scalars()
                assert [statement for statement in prepared if "FROM stage" in statement]
            db.engine.dispose()


def test_a_database_that_does_not_answer_is_503_at_either_door(client, monkeypatch):
    def fail(*_arguments, **_more):
        raise OperationalError("SELECT 1", None, Exception("gone"))

    monkeypatch.setattr("app.registry.queries._MODEL.first", fail)
    answer = client.get("/api/2.0/mlflow/registered-models/get?name=churn")
    assert (answer.status_code, answer.json["error_code"]) == (503, "TEMPORARILY_UNAVAILABLE")
    page = client.get("/models/churn")
    assert (page.status_code, page.mimetype) == (503, "text/html")


def test_what_is_read_after_a_transaction_inside_is_what_that_left():
    with transaction(read_only=True):
        assert models.search(max_results=10)[0] == []
        with transaction():
            make_model("churn")
        assert models.get("churn").name == "churn"


@pytest.mark.parametrize("around", ["reads", "has not begun"])
def test_a_transaction_inside_writes_for_itself(around):
    with pytest.raises(NotFound), transaction(read_only=around == "reads"):
        if around == "reads":
            db.session.get(Stage, 1)  # a session that has begun on the transaction around
        with transaction():
            make_model("churn")
        models.get("nobody")
    with transaction(read_only=True):
        assert models.get("churn").name == "churn"


def test_a_transaction_inside_of_one_that_writes_is_refused_at_once():
    with pytest.raises(NestedWrite, match="each would wait for the other"), transaction():
        make_model("churn")
        with transaction():
            make_model("other")
    with pytest.raises(NotFound), transaction(read_only=True):
        models.get("churn")


def test_what_no_database_undoes_is_undone_after_a_rollback_and_only_then(app):
    done = []
    with app.app_context():
        with transaction():
            after_rollback(lambda: done.append("committed"))
        with pytest.raises(ValueError, match="no"), transaction():
            after_rollback(lambda: done.append("undone"))
            raise ValueError("no")
        with pytest.raises(ValueError, match="late"), transaction():
            after_rollback(lambda: done.append("committed"))
            after_commit(_fail)
    assert done == ["undone"]


def test_nothing_is_undone_where_it_may_have_been_committed(app):
    done = []
    with app.app_context(), pytest.raises(CommitUnknown), transaction():
        after_rollback(lambda: done.append("undone"))
        raise CommitUnknown
    assert done == []


def _fail():
    raise ValueError("late")
