"""The connection that one unit of work leaves to the next: used again, never by two or in a transaction."""

import pytest
from sqlalchemy import event, text

from app.db import idle_connection
from app.db.transactions import db, transaction
from tests.factories.registry import make_model
from tests.support.queries import connections_in_use

pytestmark = pytest.mark.own_app


@pytest.fixture(autouse=True)
def context(app):
    with app.app_context():
        yield


def _driver() -> int:
    with transaction(read_only=True):
        return id(db.session.connection().connection.dbapi_connection)


def test_the_next_unit_of_work_uses_the_same_connection_on_sqlite():
    first = _driver()
    is_sqlite = db.engine.dialect.name == "sqlite"
    assert (db.engine in idle_connection.left) is is_sqlite
    assert _driver() == first
    assert connections_in_use() == 0


def test_two_at_once_use_two_connections():
    one, other = idle_connection.take(db.engine), idle_connection.take(db.engine)
    assert one.connection.dbapi_connection is not other.connection.dbapi_connection
    idle_connection.leave(one)
    idle_connection.leave(other)
    assert connections_in_use() == 0
    assert other.closed


def test_a_connection_in_the_middle_of_a_transaction_is_not_left_to_others():
    connection = idle_connection.take(db.engine)
    connection.execute(text("SELECT 1"))
    idle_connection.leave(connection)
    assert connection.closed
    assert db.engine not in idle_connection.left


def test_a_connection_whose_commit_failed_is_not_left_to_others():
    def fail(_connection):
        raise OSError("the disk is gone")

    event.listen(db.engine, "commit", fail)
    try:
        with pytest.raises(OSError, match="gone"), transaction():
            make_model()
    finally:
        event.remove(db.engine, "commit", fail)
    assert db.engine not in idle_connection.left
    with transaction():
        make_model()


def test_where_all_are_in_use_each_goes_back_to_those_who_wait():
    size = db.engine.pool.size()
    taken = [idle_connection.take(db.engine) for _ in range(size + 1)]
    idle_connection.leave(taken.pop())
    assert db.engine not in idle_connection.left
    for connection in taken:
        idle_connection.leave(connection)
    assert connections_in_use() == 0


def test_an_engine_that_is_given_up_closes_the_connection_that_was_left():
    connection = idle_connection.take(db.engine)
    idle_connection.leave(connection)
    db.engine.dispose()
    assert connection.closed
    assert db.engine not in idle_connection.left
