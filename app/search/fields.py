"""What can be searched: an `Entity` declares its fields once, beside the tables they live in.

Field names, the comparators each field takes and the default orders are MLflow's where MLflow has the
field (`mlflow.utils.search_utils`, MLflow 3.17).
"""

import enum
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeAlias

from sqlalchemy import ColumnElement, FromClause, literal_column

from app.search.tree import Node

EQUALITY = frozenset({"=", "!="})
MATCHES = EQUALITY | {"LIKE", "ILIKE", "CONTAINS"}
LISTS = frozenset({"IN", "NOT IN"})
PRESENCE = frozenset({"IS NULL", "IS NOT NULL"})
RANGES = EQUALITY | {"<", "<=", ">", ">="}


class Kind(enum.Enum):
    """What values a field holds, and so what may be compared with it."""

    TEXT = "a string in quotation marks"
    # a string that may be written as the bare number it spells, as in MLflow's `params.lr = 0.01`
    SPELT = "a string in quotation marks or a number"
    WHOLE = "a whole number"
    NUMBER = "a number"
    # milliseconds in the database; also given as '2026-01-31' (that whole day, UTC) or '2026-01-31T10:00:00Z'
    TIME = "a time, as '2026-01-31', '2026-01-31T10:00:00Z' or in milliseconds"
    # whole numbers that MLflow writes in quotation marks, such as an experiment's id
    IDENTIFIER = "a whole number in quotation marks"


@dataclass(frozen=True, eq=False)
class Attribute:
    """A field with one value in each row, such as a name or a time.

    `column` belongs to the entity's own select, or is any expression over it. `names` are its spellings
    in a filter, `sorts` those in an order_by (the same, unless given; `()` for neither). `nullable` is
    about sorting: missing values come last in both directions. `blank` is about filters: a missing
    value counts there as the empty text, as which MLflow keeps it. `indexed` are the
    comparators for which an index gives the rows, but not in the order of searches, so that it suits a few
    only (see `app.search.strategy`); `source` is what holds `Entity.key` and the column, and nothing else.
    `then` names the attribute that the index goes on with: sorting by the one ends in sorting by the other.
    `any_case` is the column of a short table with all values that there are, for a field whose values are compared
    whatever their case; it belongs to an alias of that table.
    """

    names: tuple[str, ...]
    column: ColumnElement[Any]
    kind: Kind = Kind.TEXT
    comparators: frozenset[str] | None = None
    sorts: tuple[str, ...] | None = None
    nullable: bool = False
    blank: bool = False
    indexed: frozenset[str] = frozenset()
    source: FromClause | None = None
    then: str | None = None
    any_case: ColumnElement[str] | None = None

    def allowed(self) -> frozenset[str]:
        return _allowed(self)


@dataclass(frozen=True, eq=False)
class Related:
    """A field with any number of values, in rows of another table: a version's aliases, a run's data sets.

    A condition holds if at least one of those rows fulfils it. `source` is what holds them: a table, a
    join of some, a subquery. `link` ties them to the entity's row (`Alias.version_id == ModelVersion.id`),
    `column` is compared. `prefixes` are for groups such as `datasets.name`. `joined` are the two columns
    of a plain link, (the entity's, the rows'), where a search for a rare value may begin with those rows.
    """

    names: tuple[str, ...]
    source: FromClause
    link: ColumnElement[bool]
    column: ColumnElement[Any]
    kind: Kind = Kind.TEXT
    comparators: frozenset[str] | None = None
    prefixes: tuple[str | None, ...] = (None,)
    joined: tuple[ColumnElement[Any], ColumnElement[Any]] | None = None
    any_case: ColumnElement[str] | None = None  # as in `Attribute`

    def allowed(self) -> frozenset[str]:
        return _allowed(self)


@dataclass(frozen=True, eq=False)
class Keyed:
    """Fields whose names are data, one row a key: tags, params, metrics.

    `source` is the table (`Tag.__table__`), or a subquery where the way leads over another table, that
    holds the columns `child` (equal to `parent` of the entity's row), `key` and `value`; (`child`, `key`)
    must be unique in it, unless `sortable` is false. `nan` is a boolean column that marks a metric which
    is no number: it then differs from every number, and sorts behind them but before the missing ones.
    `indexed` says that an index over (`key`, substr(`value`, 1, 100), `child`) exists, of numbers one over
    (`key` || '', `value`, `child`), by which a search for a rare value can begin (see `app.search.strategy`).
    """

    prefixes: tuple[str, ...]
    source: FromClause
    parent: ColumnElement[Any]
    child: ColumnElement[Any]
    key: ColumnElement[str]
    value: ColumnElement[Any]
    kind: Kind = Kind.TEXT
    comparators: frozenset[str] | None = None
    nan: ColumnElement[bool] | None = None
    sortable: bool = True
    indexed: bool = False

    def allowed(self) -> frozenset[str]:
        return _allowed(self)


def searched_key(field: Keyed) -> ColumnElement[str]:
    """Returns the key of a number as its index has it."""
    return field.key.op("||")(literal_column("''"))


@dataclass(frozen=True, eq=False)
class Parent:
    """What an entity's rows belong to, few of which have many rows: the models of versions.

    `key` is that of `source`, which `child` of the entity's rows equals; `living` is what those in its indexes
    fulfil. By each of the columns in `orders` an index has the rows of one parent.
    """

    source: FromClause
    key: ColumnElement[Any]
    child: ColumnElement[Any]
    living: ColumnElement[bool]
    orders: tuple[ColumnElement[Any], ...]

    def is_ordered_by(self, column: ColumnElement[Any] | None) -> bool:
        """Returns whether an index has the rows of one parent in the order of this column."""
        return any(column is order for order in self.orders)


Field: TypeAlias = Attribute | Related | Keyed

_DEFAULTS = {
    Kind.TEXT: MATCHES,
    Kind.SPELT: MATCHES,
    Kind.WHOLE: RANGES,
    Kind.NUMBER: RANGES,
    Kind.TIME: RANGES,
    Kind.IDENTIFIER: EQUALITY | LISTS,
}


def _allowed(field: Field) -> frozenset[str]:
    return _DEFAULTS[field.kind] if field.comparators is None else field.comparators


@dataclass(frozen=True, eq=False)
class Entity:
    """Something that can be searched.

    `default_order` counts when the asker gives none; `ties` are appended in either case and must make the
    order total: together with what precedes them, no two rows may be equal. `repeats` says that an order
    may name a field again, which then counts for nothing. `limit` is the most max_results may be;
    `is_of_registry` says in which of MLflow's two stores the rows are, whose words about a wrong limit
    differ. `words` are the fields that free words are looked for in.
    `adjust` gets the tree of each filter and answers the tree to use and a further condition (or None):
    for rows that are hidden unless asked for. `key` is that of its rows, for entities with
    `indexed` attributes, and `parent` what they belong to, where attributes of that are `indexed`.
    """

    name: str
    fields: tuple[Field, ...]
    ties: tuple[str, ...]
    default_order: tuple[str, ...] = ()
    limit: int = 50_000
    is_of_registry: bool = False
    repeats: bool = False
    attribute_prefixes: tuple[str, ...] = ("attributes", "attribute", "attr")
    words: tuple[str, ...] = ()
    key: ColumnElement[Any] | None = None
    parent: Parent | None = None
    adjust: Callable[[Node | None], tuple[Node | None, ColumnElement[bool] | None]] | None = None

    @cached_property
    def filters(self) -> Mapping[str, Attribute | Related]:
        """The fields that a filter may name without a prefix or with one of the attribute prefixes."""
        by_name: dict[str, Attribute | Related] = {}
        for field in self.fields:
            if isinstance(field, Attribute) or (isinstance(field, Related) and None in field.prefixes):
                by_name.update(dict.fromkeys(field.names, field))
        return by_name

    @cached_property
    def groups(self) -> Mapping[str, Keyed | Mapping[str, Related]]:
        """What stands behind each prefix: keys, or a few named fields."""
        by_prefix: dict[str, Any] = {}
        for field in self.fields:
            for prefix in () if isinstance(field, Attribute) else field.prefixes:
                if prefix is None:
                    continue
                if isinstance(field, Keyed):
                    by_prefix[prefix] = field
                else:
                    by_prefix.setdefault(prefix, {}).update(dict.fromkeys(field.names, field))
        return by_prefix

    @cached_property
    def sorts(self) -> Mapping[str, Attribute]:
        """The attributes that an order may name."""
        return {
            name: field
            for field in self.fields
            if isinstance(field, Attribute)
            for name in (field.names if field.sorts is None else field.sorts)
        }
