"""Turns the tree of a filter into SQL."""

from collections.abc import Callable, Mapping
from operator import eq, ge, gt, le, lt, ne
from typing import Any, NoReturn

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    FromClause,
    Select,
    and_,
    bindparam,
    false,
    func,
    literal_column,
    not_,
    or_,
    select,
    true,
)

from app.search import like, literals, messages
from app.search.fields import Attribute, Entity, Field, Keyed, Kind, Related, searched_key
from app.search.strategy import Choice, unindexed
from app.search.tree import And, Comparison, Name, Node, Not, Or

# How much of a text value is in the index of its key: as written in the indexes, see `Keyed.indexed`.
INDEXED_START = 100

COMPARE: Mapping[str, Callable[[Any, Any], Any]] = {
    "=": eq,
    "!=": ne,
    "<": lt,
    "<=": le,
    ">": gt,
    ">=": ge,
}


_RANGES = frozenset({"=", "<", "<=", ">", ">="})
_OF_VALUES = frozenset({"=", "!=", "IN", "NOT IN"})


class Compiler:
    """Turns trees into conditions for one entity. `text` is the filter's, to point into it where it is wrong.

    Unless they are to be found `by_index`, the entity's indexed attributes are asked of rows that are found
    otherwise: SQLite would take the index for any range, and sort what may be a million rows.
    """

    def __init__(self, entity: Entity, text: str, *, by_index: bool = False):
        self.entity = entity
        self.text = text
        self.by_index = by_index

    def conditions(self, node: Node) -> list[ColumnElement[bool] | Choice]:
        """Returns the SQL of a tree as a list of what must all hold. Raises as `condition`."""
        parts = node.parts if isinstance(node, And) else (node,)
        return [self._choice(part) or self.condition(part) for part in parts]

    def _choice(self, node: Node) -> Choice | None:
        key = self.entity.key
        sources = {None} if key is None else self._sources(node)
        if key is not None and len(sources) == 1 and (source := sources.pop()) is not None:
            indexed_condition = Compiler(self.entity, self.text, by_index=True).condition(node)
            parent = self.entity.parent if self._is_of_parent(node) else None
            return Choice(self.condition(node), key, key, source, indexed_condition, parent)
        if not isinstance(node, Comparison):
            return None
        if (ranged := self._range(node)) is not None:
            return ranged
        if node.operator != "=" or not isinstance(node.value, str):
            return None
        field, scan = self._field(node.name), self.condition(node)
        if isinstance(field, Keyed) and field.indexed:
            indexed_condition = and_(
                field.key == _bound(node.name.key), _start_equals(field.value, node.value)
            )
            return Choice(scan, field.parent, field.child, field.source, indexed_condition)
        if isinstance(field, Related) and field.joined is not None:
            return Choice(scan, *field.joined, field.source, self._compare(field.column, field, node))
        return None

    def _range(self, node: Comparison) -> Choice | None:
        """Returns a comparison of numbers that an index has in their order, in both forms."""
        field = self._field(node.name)
        if not isinstance(field, Keyed) or not field.indexed or field.kind is not Kind.NUMBER:
            return None
        scan = self.condition(node)  # also where an operator or value is refused
        if node.operator not in _RANGES:
            return None
        wanted = [searched_key(field) == _bound(node.name.key), self._compare(field.value, field, node)]
        if field.nan is not None:
            wanted.append(not_(field.nan))
        return Choice(scan, field.parent, field.child, field.source, and_(*wanted))

    def _sources(self, node: Node) -> set[FromClause | None]:
        """Returns the tables whose indexes can find all rows that a tree names, None among them where none can."""
        if isinstance(node, (And, Or)):
            return {source for part in node.parts for source in self._sources(part)}
        if not isinstance(node, Comparison):
            return {None}
        if node.operator == "LIKE" and str(node.value).startswith(("%", "_")):
            return {None}  # an index knows only how its texts begin
        field = self._field(node.name)
        return {field.source if isinstance(field, Attribute) and node.operator in field.indexed else None}

    def _is_of_parent(self, node: Node) -> bool:
        """Returns whether a tree names attributes of the rows' parent and nothing else."""
        if isinstance(node, (And, Or)):
            return all(self._is_of_parent(part) for part in node.parts)
        field = self._field(node.name) if isinstance(node, Comparison) else None
        parent = self.entity.parent
        return parent is not None and isinstance(field, Attribute) and field.column.table is parent.source

    def condition(self, node: Node) -> ColumnElement[bool]:
        """Returns the SQL of a tree. Raises `InvalidSearch` for a field, comparator or value that it cannot use."""
        if isinstance(node, And):
            return and_(true(), *(self.condition(part) for part in node.parts))
        if isinstance(node, Or):
            return or_(false(), *(self.condition(part) for part in node.parts))
        if isinstance(node, Not):
            # SQL's NOT leaves the unknown unknown: without coalesce a row without the value would be
            # found neither by a condition nor by its opposite.
            return not_(func.coalesce(self.condition(node.part), false()))
        return self._comparison(node)

    def _comparison(self, node: Comparison) -> ColumnElement[bool]:
        field = self._field(node.name)
        if node.operator not in field.allowed():
            listed = ", ".join(sorted(field.allowed()))
            self._refuse(node.name, f"{node.operator} cannot be used with {node.name}; use one of {listed}.")
        if isinstance(field, Attribute):
            return self._compare(_searched(field, node, by_index=self.by_index), field, node)
        if isinstance(field, Related):
            return self._exists(field, node, field.column, field.link)
        return self._keyed(field, node)

    def _keyed(self, field: Keyed, node: Comparison) -> ColumnElement[bool]:
        at_key = and_(field.child == field.parent, field.key == _bound(node.name.key))
        if field.indexed and node.operator == "=" and isinstance(node.value, str):
            return _exists(
                field, at_key, _start_equals(field.value, self._read(field.kind, node, node.value))
            )
        if field.nan is None or node.value is None:
            return self._exists(field, node, field.value, at_key)
        compared = self._compare(field.value, field, node)
        if node.operator == "!=":
            return _exists(field, at_key, or_(compared, field.nan))
        return _exists(field, at_key, compared, not_(field.nan))

    def _exists(
        self, field: Keyed | Related, node: Comparison, column: ColumnElement[Any], link: ColumnElement[bool]
    ) -> ColumnElement[bool]:
        if node.operator == "IS NULL":
            return not_(_exists(field, link))
        if node.operator == "IS NOT NULL":
            return _exists(field, link)
        return _exists(field, link, self._compare(column, field, node))

    def _compare(self, column: ColumnElement[Any], field: Field, node: Comparison) -> ColumnElement[bool]:
        operator, value, kind = node.operator, node.value, field.kind
        if not isinstance(field, Keyed) and field.any_case is not None and operator in _OF_VALUES:
            values = value if isinstance(value, tuple) else (value,)
            spelt = _in_any_case(field.any_case, [self._read(kind, node, item) for item in values])
            return column.in_(spelt) if operator in ("=", "IN") else column.not_in(spelt)
        if operator in ("IS NULL", "IS NOT NULL"):
            return column.is_(None) if operator == "IS NULL" else column.is_not(None)
        if isinstance(value, tuple):
            bound = _bound(list(dict.fromkeys(self._read(kind, node, item) for item in value)))
            return column.in_(bound) if operator == "IN" else column.not_in(bound)
        read = self._read(kind, node, value)
        if operator == "LIKE" and not isinstance(field, Keyed) and field.any_case is not None:
            operator = "ILIKE"
        if operator in ("LIKE", "ILIKE", "CONTAINS"):
            if why := like.refusal(operator, read):
                self._refuse(node.name, why)
            return like.matches(column, operator, read)
        if kind is Kind.TIME and isinstance(value, str) and literals.day_or_instant(value)[1]:
            return _compare_day(column, operator, read)
        return COMPARE[operator](column, _bound(read))

    def _read(self, kind: Kind, node: Comparison, value: object) -> Any:
        try:
            return literals.READERS[kind](value)
        except literals.Unfit:
            shown = f"'{value}'" if isinstance(value, str) else value
            self._refuse(node.name, f"{node.name} is compared with {kind.value}, which {shown} is not.")

    def _field(self, name: Name) -> Field:
        entity = self.entity
        if name.prefix is None or name.prefix in entity.attribute_prefixes:
            field: Field | None = entity.filters.get(name.key)
            known = entity.filters
        elif name.prefix in entity.groups:
            group = entity.groups[name.prefix]
            field = group if isinstance(group, Keyed) else group.get(name.key)
            known = {} if isinstance(group, Keyed) else group
        else:
            prefixes = ", ".join(sorted({*entity.groups, *entity.attribute_prefixes}))
            self._refuse(name, f"nothing stands under '{name.prefix}'; the prefixes are {prefixes}.")
        if field is None:
            listed = ", ".join(sorted(known))
            self._refuse(name, f"there is no attribute '{name.key}'; the attributes are {listed}.")
        return field

    def _refuse(self, name: Name, message: str) -> NoReturn:
        messages.refuse_at(self.text, name.at, message)


def _searched(field: Attribute, node: Comparison, *, by_index: bool) -> ColumnElement[Any]:
    """Returns what an attribute is compared by.

    That is its bare column, which may be indexed, unless missing values matter or the index is not to be used.
    """
    if node.operator in field.indexed and not by_index:
        return unindexed(field.column)
    values = node.value if isinstance(node.value, tuple) else (node.value,)
    if not field.blank or (node.operator in ("=", "IN") and "" not in values):
        return field.column
    return func.coalesce(field.column, literal_column("''"))


def _exists(field: Keyed | Related, *conditions: ColumnElement[bool]) -> ColumnElement[bool]:
    # The rows looked for are never those that the statement is about, even where both are in one table.
    rows: Select[Any] = select(literal_column("1")).select_from(field.source).where(*conditions)
    return rows.correlate_except(field.source).exists()


def _in_any_case(column: ColumnElement[str], values: list[str]) -> Select[Any]:
    """Returns a select of the values as a short table spells them, so that the index of what is compared serves."""
    equal = (
        and_(like.matches(column, "CONTAINS", value), func.length(column) == _bound(len(value)))
        for value in values
    )
    return select(column).where(or_(false(), *equal))


def _start_equals(column: ColumnElement[Any], value: str) -> ColumnElement[bool]:
    """Returns equality by the start of the text, which is indexed; MLflow's tags are too long for an index."""
    start = func.substr(column, literal_column("1"), literal_column(str(INDEXED_START)))
    same_start = start == _bound(value[:INDEXED_START])
    # A text that is shorter than the start has no more to compare.
    return same_start if len(value) < INDEXED_START else and_(same_start, column == _bound(value))


def _bound(value: Any) -> BindParameter[Any]:
    if isinstance(value, list):
        return bindparam(None, value, literals.bind_type(value[0]), unique=True, expanding=True)
    return bindparam(None, value, literals.bind_type(value), unique=True)


def _compare_day(column: ColumnElement[Any], operator: str, start: int) -> ColumnElement[bool]:
    """Returns a time against a whole day: equal is within it, greater is after it."""
    first, after = _bound(start), _bound(start + literals.DAY_MS)
    return {
        "=": lambda: and_(column >= first, column < after),
        "!=": lambda: or_(column < first, column >= after),
        "<": lambda: column < first,
        "<=": lambda: column < after,
        ">": lambda: column >= after,
        ">=": lambda: column >= first,
    }[operator]()
