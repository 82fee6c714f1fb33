"""A search made ready to run: conditions, order and page applied to a domain's own select."""

import functools
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, overload
from weakref import WeakKeyDictionary

from sqlalchemy import ColumnElement, Integer, Select, bindparam

from app.db.statements import RowT
from app.db.transactions import db
from app.search.compiler import Compiler
from app.search.errors import InvalidPageSize
from app.search.fields import Entity
from app.search.grammar import KEPT_LENGTH, parse_filter
from app.search.ordering import Ordering, ordering
from app.search.page_tokens import read_token, write_token
from app.search.parent_scan import first_rows
from app.search.statement_cache import CachedStatement
from app.search.strategy import SHORT_PAGE, Choice, Choices, Settled
from app.search.tree import Node

# The first numbers of an order, among which a short page is looked for before all rows are sorted.
LED = 500


@dataclass(frozen=True, eq=False)
class _CompiledSearch:
    """The SQL of a filter and an order, and the statements that were made with it.

    `is_single` says that the filter is one condition; rows that are hidden anyway add another.
    """

    conditions: tuple[ColumnElement[bool] | Choice, ...]
    ordering: Ordering
    is_single: bool

    @cached_property
    def choices(self) -> Choices:
        return Choices(self.conditions)

    @cached_property
    def statements(self) -> WeakKeyDictionary[Select[Any], dict[Any, CachedStatement]]:
        return WeakKeyDictionary()


@dataclass(frozen=True, eq=False)
class Plan:
    """What a search adds to the select that reads its rows. Made by `plan`."""

    compiled: _CompiledSearch
    search: tuple[Any, ...]
    after: list[Any] | None
    max_results: int

    @overload
    def fetch(
        self, statement: Select[Any], row: type[RowT], *, sought: Select[Any] | None = None
    ) -> tuple[list[RowT], str | None]: ...

    @overload
    def fetch(
        self, statement: Select[Any], *, sought: Select[Any] | None = None
    ) -> tuple[list[tuple[Any, ...]], str | None]: ...

    def fetch(
        self, statement: Select[Any], row: type[Any] = tuple, *, sought: Select[Any] | None = None
    ) -> tuple[list[Any], str | None]:
        """Returns the page's rows, as `row` or as plain tuples, and the token of the next page if there is one.

        `sought` is the same select with no index over its own conditions, for a search that begins with a rare value.

        A search that is asked again costs less where the domain hands over the same object each time,
        not an equal one: the whole statement is then compiled but once.
        """
        settled, after = self._settle(), self.after
        if (led := self._fetch_led(statement, row, settled, sought)) is not None:
            return led
        form = (
            row,
            tuple(map(id, settled.conditions)),
            None if after is None else tuple(value is None for value in after),
        )
        statements = self.compiled.statements.setdefault(statement, {})
        values = {} if after is None else self.compiled.ordering.values(after)
        rows, last = statements.setdefault(form, CachedStatement()).page(
            lambda: self._apply(statement, settled, sought),
            self.max_results,
            row,
            sort_values=len(self.compiled.ordering.terms),
            page_limit=self.max_results + 1,
            **values,
        )
        return rows, None if last is None else write_token(self.search, last)

    def _fetch_led(
        self, statement: Select[Any], row: type[Any], settled: Settled, sought: Select[Any] | None
    ) -> tuple[list[Any], str | None] | None:
        """Returns a first page that lies within the first numbers of the order; None where it may reach beyond them.

        SQLite would sort all rows by their numbers; the index has the first of these.
        """
        leading, is_first = self.compiled.ordering.leading, self.after is None
        if leading is None or not is_first or settled.key is not None or self.max_results > SHORT_PAGE:
            return None
        start = db.session.execute(leading.at(LED)).scalar() if db.engine.dialect.name == "sqlite" else None
        if start is None:
            return None
        form = (row, tuple(map(id, settled.conditions)), "led")
        rows, last = (
            self.compiled.statements.setdefault(statement, {})
            .setdefault(form, CachedStatement())
            .page(
                lambda: self._apply(
                    statement,
                    Settled([*settled.conditions, leading.until(start)], leading.field.parent),
                    sought,
                ),
                self.max_results,
                row,
                sort_values=len(self.compiled.ordering.terms),
                page_limit=self.max_results + 1,
                leading_until=start,
            )
        )
        return None if last is None else (rows, write_token(self.search, last))

    def apply(self, statement: Select[Any]) -> Select[Any]:
        """Returns `statement` filtered, sorted and cut to one row more than the page, its sort values appended."""
        return self._apply(statement, self._settle(), None)

    def _settle(self) -> Settled:
        # With a second condition, a search for the first row of each parent may find none in most of them.
        in_order = self.compiled.ordering
        order = in_order.terms[0].expression if self.compiled.is_single and not in_order.joins else None
        return self.compiled.choices.settle(order, self.max_results)

    def _apply(self, statement: Select[Any], settled: Settled, sought: Select[Any] | None) -> Select[Any]:
        conditions, key, by_parent = settled
        statement = statement if key is None or sought is None else sought
        in_order, limit = self.compiled.ordering, bindparam("page_limit", self.max_results + 1, Integer)
        filtered = statement.where(*conditions) if conditions else statement
        if self.after is not None:
            filtered = filtered.where(in_order.after(self.after))
        elif key is None and (walking := in_order.from_start()) is not None:
            filtered = filtered.where(walking)
        if key is None:
            return in_order.apply(filtered).limit(limit)
        # What is found by a value must all be sorted: by its keys alone, and only the page's rows are read.
        if by_parent is None:
            keys = in_order.sort(filtered.with_only_columns(key)).limit(limit)
        else:
            keys = first_rows(filtered, by_parent, in_order, limit)
        return in_order.apply(statement.where(key.in_(keys)))


def plan(
    entity: Entity,
    *,
    filter: str | Node | None = "",
    order_by: Sequence[str] = (),
    page_token: str | None = None,
    max_results: int,
    scope: Sequence[str | int] = (),
) -> Plan:
    """Reads a search's arguments as MLflow's calls name them; the filter may be a tree, too.

    `scope` is whatever else decides which rows are looked at (experiments, deleted ones or not): a page
    token is good for one scope only. Raises `InvalidParameter` for anything that cannot be used, with
    the place and what was expected.
    """
    _check_max_results(entity, max_results)
    text = filter if isinstance(filter, str) else "" if filter is None else str(filter)
    prepare = _prepared if len(text) <= KEPT_LENGTH else _prepare
    compiled = prepare(entity, filter or "", tuple(order_by))
    search = (entity.name, text, *compiled.ordering.spelt, *scope)
    after = read_token(page_token, search, compiled.ordering.terms) if page_token else None
    return Plan(compiled, search, after, max_results)


def _prepare(entity: Entity, filter: str | Node, order_by: tuple[str, ...]) -> _CompiledSearch:
    node = parse_filter(filter) if isinstance(filter, str) else filter
    hidden = None
    if entity.adjust is not None:
        node, hidden = entity.adjust(node)
    conditions = [] if node is None else Compiler(entity, str(filter)).conditions(node)
    also = [] if hidden is None else [hidden]
    return _CompiledSearch((*conditions, *also), ordering(entity, order_by), is_single=len(conditions) == 1)


# SQL expressions never change once made, so a search that is asked again needs no second making.
_prepared = functools.lru_cache(maxsize=512)(_prepare)


def _check_max_results(entity: Entity, value: int) -> None:
    if not 1 <= value <= entity.limit:
        raise InvalidPageSize(value, entity.limit, entity.is_of_registry)
