"""The order of a search, and where in it a page begins.

A page begins after the last row of the one before (keyset paging), so that the thousandth page costs
what the first does. The order must be total for that: every order ends in the entity's ties.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Double,
    FromClause,
    Select,
    and_,
    bindparam,
    case,
    false,
    not_,
    null,
    or_,
    select,
    tuple_,
)

from app.search import literals
from app.search.errors import FieldNotSortable, FieldOrderedTwice, TooManyOrders
from app.search.fields import Attribute, Entity, Keyed, Kind, searched_key
from app.search.grammar import parse_order
from app.search.tree import Name, Order

MAX_ORDERS = 20


@dataclass(frozen=True, eq=False)
class Term:
    """One expression to sort by. `holds` is the type of its values, None besides where it is `nullable`.

    A nullable term follows one that tells missing values apart, so it never has to place them itself.
    `name` is that of the parameter for the value a page begins after.
    """

    expression: ColumnElement[Any]
    ascending: bool
    holds: type
    nullable: bool = False
    name: str = ""

    def clause(self) -> ColumnElement[Any]:
        return self.expression.asc() if self.ascending else self.expression.desc()

    def fits(self, value: object) -> bool:
        """Returns whether `value`, read from a page token, can be a value of this term."""
        if value is None:
            return self.nullable
        if self.holds is str:
            return isinstance(value, str) and literals.is_storable(value)
        if self.holds is float:
            return isinstance(value, float)
        return type(value) is int and abs(value) < 2**63

    def same(self, value: Any) -> ColumnElement[bool]:
        return self.expression.is_(None) if value is None else self.expression == self.bound(value)

    def beyond(self, value: Any, *, included: bool = False) -> ColumnElement[bool]:
        """Returns the rows that come after `value` in this term, or with it when it is `included`."""
        if value is None:
            return false()
        bound = self.bound(value)
        if self.ascending:
            return self.expression >= bound if included else self.expression > bound
        return self.expression <= bound if included else self.expression < bound

    def bound(self, value: Any) -> ColumnElement[Any]:
        return bindparam(self.name, value, literals.bind_type(value))


@dataclass(frozen=True, eq=False)
class Leading:
    """Numbers that an order begins with, which an index has in their order: the rows with the first of them come first.

    `wanted` holds for all of them that are numbers.
    """

    field: Keyed
    wanted: ColumnElement[bool]
    ascending: bool

    def at(self, position: int) -> Select[Any]:
        """Returns a select of the number at that position, counted from zero in the order."""
        value = self.field.value
        numbers = select(value).select_from(self.field.source).where(self.wanted)
        return numbers.order_by(value.asc() if self.ascending else value.desc()).limit(1).offset(position)

    def until(self, number: float) -> ColumnElement[bool]:
        """Returns the condition for rows whose number comes first, up to this one, the parameter `leading_until`."""
        value, start = self.field.value, bindparam("leading_until", number, Double)
        bound = value <= start if self.ascending else value >= start
        rows = select(self.field.child).select_from(self.field.source).where(self.wanted, bound)
        return self.field.parent.in_(rows.correlate(None))


@dataclass(frozen=True, eq=False)
class Ordering:
    """A total order: its terms, the tables it needs beside the entity's, how it reads, and what leads it, if known."""

    terms: tuple[Term, ...]
    joins: tuple[tuple[FromClause, ColumnElement[bool]], ...]
    spelt: tuple[str, ...]
    leading: Leading | None = None

    def values(self, last: Sequence[Any]) -> dict[str, Any]:
        """Returns the parameters of `after`, for a statement that was made for another row."""
        return {term.name: value for term, value in zip(self.terms, last, strict=True) if value is not None}

    def apply(self, statement: Select[Any]) -> Select[Any]:
        """Sorts `statement`, and appends the values it is sorted by to its columns."""
        labelled = (term.expression.label(f"sort_{at}") for at, term in enumerate(self.terms))
        return self.sort(statement).add_columns(*labelled)

    def sort(self, statement: Select[Any]) -> Select[Any]:
        """Sorts `statement`."""
        for target, on in self.joins:
            statement = statement.outerjoin(target, on)
        return statement.order_by(*(term.clause() for term in self.terms))

    def from_start(self) -> ColumnElement[bool] | None:
        """Returns a condition that all rows fulfil, which has SQLite walk the index of names instead of sorting all."""
        first = self.terms[0]
        return first.expression >= first.bound("") if first.holds is str and not first.nullable else None

    def after(self, last: Sequence[Any]) -> ColumnElement[bool]:
        """Returns the condition for the rows after the one with these values."""
        if len({term.ascending for term in self.terms}) == 1 and not any(t.nullable for t in self.terms):
            # A comparison of rows is what both databases can begin an index scan with.
            here = tuple_(*(term.expression for term in self.terms))
            there = tuple_(*(term.bound(value) for term, value in zip(self.terms, last, strict=True)))
            return here > there if self.terms[0].ascending else here < there
        pairs = list(zip(self.terms, last, strict=True))
        term, value = pairs[-1]
        condition = term.beyond(value)
        for term, value in reversed(pairs[:-1]):
            condition = or_(term.beyond(value), and_(term.same(value), condition))
        return and_(self._entry(last), condition)

    def _entry(self, last: Sequence[Any]) -> ColumnElement[bool]:
        """Returns the bound of the first terms by itself, so that an index can be entered at it.

        Of two, where the second is of the same table: many rows may be equal in the first.
        """
        first, then = self.terms[:2]
        tables = {getattr(term.expression, "table", None) for term in (first, then)}
        alike = first.ascending == then.ascending and not (first.nullable or then.nullable)
        if not alike or None in tables or len(tables) > 1:
            return first.beyond(last[0], included=True)
        here = tuple_(first.expression, then.expression)
        there = tuple_(first.bound(last[0]), then.bound(last[1]))
        return here >= there if first.ascending else here <= there


def ordering(entity: Entity, order_by: Sequence[str]) -> Ordering:
    """Returns the order asked for, or the entity's own, with its ties. Raises `InvalidParameter`."""
    if len(order_by) > MAX_ORDERS:
        raise TooManyOrders(MAX_ORDERS)
    builder, last = _Builder(entity), None
    for text in order_by or entity.default_order:
        order = parse_order(text)
        last = builder.add(order, text)
    if isinstance(last, Attribute) and last.then:
        builder.add(replace(order, name=Name(None, last.then)), text, tie=True)
    for text in entity.ties:
        builder.add(parse_order(text), text, tie=True)
    terms = tuple(replace(term, name=f"after_{at}") for at, term in enumerate(builder.terms))
    return Ordering(terms, tuple(builder.joins), tuple(builder.spelt), builder.leading)


class _Builder:
    def __init__(self, entity: Entity):
        self.entity = entity
        self.terms: list[Term] = []
        self.joins: list[tuple[FromClause, ColumnElement[bool]]] = []
        self.spelt: list[str] = []
        self.seen: set[object] = set()
        self.leading: Leading | None = None

    def add(self, order: Order, text: str, *, tie: bool = False) -> Attribute | Keyed:
        field = self._field(order, text)
        identity = (field, order.name.key) if isinstance(field, Keyed) else field
        if identity in self.seen:
            if tie or self.entity.repeats:
                return field
            raise FieldOrderedTwice(str(order.name))
        self.seen.add(identity)
        self.spelt.append(f"{order.name} {'ASC' if order.ascending else 'DESC'}")
        if isinstance(field, Keyed):
            self._add_keyed(field, order)
        else:
            holds = str if field.kind is Kind.TEXT else float if field.kind is Kind.NUMBER else int
            self._add_value(field.column, holds, order.ascending, nullable=field.nullable)
        return field

    def _add_keyed(self, field: Keyed, order: Order) -> None:
        rows = field.source.alias()
        on = and_(
            _in(rows, field.child) == field.parent,
            _in(rows, field.key) == bindparam(None, order.name.key, unique=True),
        )
        self.joins.append((rows, on))
        value: ColumnElement[Any] = _in(rows, field.value)
        holds = float if field.kind is Kind.NUMBER else str
        if field.nan is None:
            self._add_value(value, holds, order.ascending, nullable=True)
            return
        if field.indexed and not self.terms:
            key = searched_key(field) == bindparam(None, order.name.key, unique=True)
            self.leading = Leading(field, and_(key, not_(field.nan)), order.ascending)
        is_nan = _in(rows, field.nan)
        rank = case((is_nan, 1), (value.is_(None), 2), else_=0)
        self.terms.append(Term(rank, True, int))
        self.terms.append(Term(case((is_nan, null()), else_=value), order.ascending, holds, nullable=True))

    def _add_value(self, column: ColumnElement[Any], holds: type, ascending: bool, *, nullable: bool) -> None:
        if nullable:
            rank = case((column.is_(None), 1), else_=0)
            self.terms.append(Term(rank, True, int))
        self.terms.append(Term(column, ascending, holds, nullable=nullable))

    def _field(self, order: Order, text: str) -> Attribute | Keyed:
        name, entity = order.name, self.entity
        if name.prefix is None or name.prefix in entity.attribute_prefixes:
            if matching := entity.sorts.get(name.key):
                return matching
        else:
            group = entity.groups.get(name.prefix)
            if isinstance(group, Keyed) and group.sortable:
                return group
        keyed = [p for p, g in entity.groups.items() if isinstance(g, Keyed) and g.sortable]
        raise FieldNotSortable(
            text, str(name), (*sorted(entity.sorts), *(f"{prefix}.<key>" for prefix in keyed))
        )


def _in(rows: FromClause, column: Any) -> Any:
    """Returns the column of `rows`, which is `column`'s table under another name."""
    own_column = rows.corresponding_column(getattr(column, "expression", column))
    assert own_column is not None, f"{column} does not belong to its source"
    return own_column
