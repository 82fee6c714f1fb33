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
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, FromClause, Select, literal_column, select
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import NULLTYPE

from app.db.transactions import db
from app.search.fields import Parent
from app.search.statement_cache import CachedStatement

# Up to so many rows are fetched and sorted at less cost than walking takes, whatever the table's size.
RARE = 3_000

# Up to so many parents, and rows a page, the first rows of each parent are looked at.
FEW_PARENTS = 1_000
SHORT_PAGE = 100


@dataclass(frozen=True, eq=False)
class Choice:
    """One condition in two forms: `scan` asks of each row whether it holds, `begin` names the rows.

    Those are the ones whose `parent` is the `child` of rows in `source` for which `wanted` holds. Where that
    is a condition on what rows belong to and on nothing else, `of` is that.
    """

    scan: ColumnElement[bool]
    parent: ColumnElement[Any]
    child: ColumnElement[Any]
    source: FromClause
    wanted: ColumnElement[bool]
    of: Parent | None = None

    @cached_property
    def begin(self) -> ColumnElement[bool]:
        return self.parent.in_(select(self.child).select_from(self.source).where(self.wanted).correlate(None))

    @cached_property
    def is_common(self) -> ColumnElement[Any]:
        """1 where there are too many such rows to begin with, else null."""
        rows: Select[Any] = select(literal_column("1")).select_from(self.source)
        rows = rows.where(self.wanted).correlate(None)
        return rows.offset(literal_column(str(RARE))).limit(literal_column("1")).scalar_subquery()

    @cached_property
    def has_many_parents(self) -> ColumnElement[Any]:
        """1 where there are too many such parents to look at the first rows of each, or none at all, else null."""
        if self.of is None:
            return literal_column("1")
        rows: Select[Any] = select(literal_column("1")).select_from(self.of.source)
        rows = rows.where(self.of.living, self.wanted)
        return (
            rows.correlate(None)
            .offset(literal_column(str(FEW_PARENTS)))
            .limit(literal_column("1"))
            .scalar_subquery()
        )


class Settled(NamedTuple):
    """The conditions in their form; the column by which a search that begins with rows finds them, else None;
    the condition on parents, left out of the others, where the first rows of each parent are looked at."""

    conditions: list[ColumnElement[bool]]
    key: ColumnElement[Any] | None = None
    by_parent: Choice | None = None


class unindexed(FunctionElement):
    """A column as it is, but SQLite looks for no index over it."""

    inherit_cache = True

    def __init__(self, column: ColumnElement[Any]):
        super().__init__(column)
        self.type = column.type


@compiles(unindexed)
def _compile_unindexed(element, compiler, **kw) -> str:
    column = compiler.process(element.clauses, **kw)
    return f"+{column}" if compiler.dialect.name == "sqlite" else column


class rarely(FunctionElement):
    """A condition as it is, but SQLite counts on few rows that fit, and prefers an index over it."""

    inherit_cache = True
    type = NULLTYPE  # a Boolean would be compared with 1 on SQLite


@compiles(rarely)
def _compile_rarely(element, compiler, **kw) -> str:
    condition = compiler.process(element.clauses, **kw)
    return f"unlikely({condition})" if compiler.dialect.name == "sqlite" else condition


def _form(condition: ColumnElement[bool] | Choice, begin: set[Choice]) -> ColumnElement[bool]:
    if not isinstance(condition, Choice):
        return condition
    return condition.begin if condition in begin else condition.scan


class Choices:
    """Conditions that must all hold, some of which have two forms."""

    def __init__(self, conditions: Sequence[ColumnElement[bool] | Choice]):
        self._conditions = conditions
        self._choices = [condition for condition in conditions if isinstance(condition, Choice)]
        self._counts = CachedStatement()

    def settle(self, order: ColumnElement[Any] | None, max_results: int) -> Settled:
        """Returns the conditions in the form that suits the database and what is in it at the moment.

        `order` is the column by which the first rows of a parent can be looked for, if any, `max_results` how many
        rows are wanted.
        """
        begin: set[Choice] = set()
        by_parent = None
        if self._choices and db.engine.dialect.name == "sqlite":
            is_common, has_many_parents = self._count()
            begin = {choice for choice in self._choices if not is_common[choice]}
            if not begin and max_results <= SHORT_PAGE:
                by_parent = next(
                    (
                        choice
                        for choice in self._choices
                        if not has_many_parents[choice] and choice.of and choice.of.is_ordered_by(order)
                    ),
                    None,
                )
        settled = [_form(condition, begin) for condition in self._conditions if condition is not by_parent]
        key = next(
            (choice.parent for choice in self._choices if choice in begin or choice is by_parent), None
        )
        return Settled(settled, key, by_parent)

    def _count(self) -> tuple[dict[Choice, bool], dict[Choice, bool]]:
        """Returns which choices name too many rows to begin with, and which too many parents, in one statement."""

        def counting() -> Select[Any]:
            rows = [choice.is_common for choice in self._choices]
            parents = [choice.has_many_parents for choice in self._choices]
            return select(*rows, *parents)

        # Nothing is sorted: the whole row is what was counted, in the order of the choices.
        [counts], _last = self._counts.page(counting, 1, tuple, sort_values=0)
        is_many = [count is not None for count in counts]
        half = len(self._choices)
        return (
            dict(zip(self._choices, is_many[:half], strict=True)),
            dict(zip(self._choices, is_many[half:], strict=True)),
        )
