"""Statements that may come again: compiled by themselves once they did."""

from collections.abc import Callable
from typing import Any

from sqlalchemy import Select

from app.db.statements import Statement
from app.db.transactions import db


class Repeated:
    """A select of which nobody knows yet whether it will run twice.

    Most filters come once: at first it runs as SQLAlchemy runs statements, which compiles nothing anew
    for one that differs from another in its values alone. From the second time on it is a `Statement`.
    """

    def __init__(self) -> None:
        self._ran = False
        self._prepared: Statement | None = None

    def rows(self, make: Callable[[], Select[Any]], **values: Any) -> list[tuple[Any, ...]]:
        """The rows of the statement that `make` makes, the same each time but for these `values`."""
        if self._prepared is None:
            statement = make()
            if not self._ran:
                self._ran = True
                return list(db.session.execute(statement).all())
            self._prepared = Statement(statement, whole=True)
        return self._prepared.rows(**values)
