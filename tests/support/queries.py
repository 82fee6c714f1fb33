"""Counting the statements that something sends to the database."""

import contextlib
from collections.abc import Iterator

from sqlalchemy import event

from app.db import idle_connection
from app.db.transactions import db


@contextlib.contextmanager
def recorded_queries(app) -> Iterator[list[str]]:
    """The statements sent while the block runs, without what begins and ends transactions.

    Nor the one that asks once a second, whatever the request, whether there are accounts.
    """
    statements: list[str] = []

    def note(_connection, _cursor, statement, _parameters, _context, _many) -> None:
        if " ".join(statement.split()).startswith("SELECT account.id FROM account LIMIT"):
            return
        if statement.split()[0] not in ("BEGIN", "COMMIT", "ROLLBACK", "SAVEPOINT", "RELEASE", "PRAGMA"):
            statements.append(statement)

    with app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        yield statements
    finally:
        event.remove(engine, "before_cursor_execute", note)


def connections_in_use() -> int:
    """Returns how many connections to the database somebody holds; the one that is left for the next is nobody's."""
    return db.engine.pool.checkedout() - (db.engine in idle_connection.left)
