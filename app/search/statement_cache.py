"""Statements that may come again: compiled by themselves once they did."""

from collections.abc import Callable
from typing import Any

from sqlalchemy import Select

from app.db.statements import Page, RowT, Statement, page_of


class CachedStatement:
    """A select of which nobody knows yet whether it will run twice.

    Most filters come once: at first it runs as SQLAlchemy runs statements, which compiles nothing anew
    for one that differs from another in its values alone. From the second time on it is a `Statement`.
    """

    def __init__(self) -> None:
        self._ran = False
        self._prepared: Statement[Any] | None = None

    def page(
        self,
        make: Callable[[], Select[Any]],
        size: int,
        row: type[RowT],
        *,
        sort_values: int,
        **values: Any,
    ) -> Page[RowT]:
        """Returns a page of the statement that `make` makes, the same each time but for these `values`.

        Rows come as `row`; the last `sort_values` columns are what they are sorted by.
        """
        if self._prepared is None:
            statement = make()
            if not self._ran:
                self._ran = True
                return page_of(statement, size, row, sort_values=sort_values)
            self._prepared = Statement(statement, row, whole=True, sort_values=sort_values)
        return self._prepared.page(size, **values)
