"""Where a search begins: with the rows in their order, or with the few that carry a value.

A page of rows with a common tag is found soonest by walking the rows in their order until the page is
full; with a rare tag that walk would visit every row, and one begins with the tag. PostgreSQL decides
this by its statistics. SQLite has none on such things, and is told here, after a look into the index.
Measured with a million versions: a tag on ten of them 4,300 ms by walking and 1 ms from the tag, one on
half of them 730 ms from the tag and 4 ms by walking.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from sqlalchemy import ColumnElement, FromClause, literal_column, select
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

from app.database import db
from app.search.repeated import Repeated

# Up to so many rows are fetched and sorted at less cost than walking takes, whatever the table's size.
RARE = 3_000


@dataclass(frozen=True, eq=False)
class Choice:
    """One condition in two forms: `scan` asks of each row whether it holds, `begin` names the rows.

    Those are the ones whose `parent` is the `child` of rows in `source` for which `wanted` holds.
    """

    scan: ColumnElement[bool]
    parent: ColumnElement[Any]
    child: ColumnElement[Any]
    source: FromClause
    wanted: ColumnElement[bool]

    @cached_property
    def begin(self) -> ColumnElement[bool]:
        return self.parent.in_(select(self.child).select_from(self.source).where(self.wanted).correlate(None))

    @cached_property
    def is_common(self) -> ColumnElement[Any]:
        """1 where there are too many such rows to begin with, else null."""
        rows = select(literal_column("1")).select_from(self.source).where(self.wanted).correlate(None)
        return rows.offset(literal_column(str(RARE))).limit(literal_column("1")).scalar_subquery()


class unindexed(FunctionElement):  # noqa: N801  (named as SQL functions are)
    """A column as it is, but SQLite looks for no index over it."""

    inherit_cache = True

    def __init__(self, column: ColumnElement[Any]):
        super().__init__(column)
        self.type = column.type


@compiles(unindexed)
def _compile_unindexed(element, compiler, **kw) -> str:
    column = compiler.process(element.clauses, **kw)
    return f"+{column}" if compiler.dialect.name == "sqlite" else column


class Choices:
    """Conditions that must all hold, some of which have two forms."""

    def __init__(self, conditions: Sequence[ColumnElement[bool] | Choice]):
        self._conditions = conditions
        self._choices = [one for one in conditions if isinstance(one, Choice)]
        self._counting = Repeated()

    def settle(self) -> tuple[list[ColumnElement[bool]], ColumnElement[Any] | None]:
        """The conditions in the form that suits the database and what is in it at the moment.

        Where the search begins with rows that carry a value, the column that it finds by them, else None.
        """
        begin: set[Choice] = set()
        if self._choices and db.engine.dialect.name == "sqlite":
            [common] = self._counting.rows(lambda: select(*(choice.is_common for choice in self._choices)))
            begin = {choice for choice, found in zip(self._choices, common, strict=True) if found is None}
        settled = [
            one if not isinstance(one, Choice) else one.begin if one in begin else one.scan
            for one in self._conditions
        ]
        return settled, next((choice.parent for choice in self._choices if choice in begin), None)
