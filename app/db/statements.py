"""Runs Core statements, the one way to do so: compiled once, with rows by name.

SQLAlchemy builds a statement and looks it up at each execution, which costs more than the database needs to
answer it. A `Statement` keeps the compiled text for each dialect and runs it on the session's
connection, in its transaction. Values given to it must be plain numbers and texts, and so are results;
those that the statement brings itself may be of any type.
"""

from collections import namedtuple
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from functools import cache, partial
from itertools import chain
from operator import attrgetter, itemgetter
from typing import Any, Generic, NamedTuple, Protocol

from sqlalchemy import (
    ARRAY,
    JSON,
    BigInteger,
    BindParameter,
    ColumnElement,
    Executable,
    Select,
    Table,
    Text,
    bindparam,
    cast,
    func,
    select,
)
from sqlalchemy.exc import DBAPIError
from sqlalchemy.sql.compiler import SQLCompiler
from typing_extensions import TypeVar

from app.db.transactions import connection, db, is_reading, refuse_while_reading, upsert

RowT = TypeVar("RowT", default=Any)

AT_ONCE = 100  # rows in a statement; more save little, and SQLite keeps each statement's program


class Visibility(Protocol):
    """Which rows of a select a viewer may see, in as many forms of the select as there are kinds of viewers."""

    def forms(self, statement: Select[Any]) -> Mapping[str, Select[Any]]:
        """Returns the select once for each kind of viewer, with the conditions that this kind needs."""
        ...

    def choose(self, values: dict[str, Any]) -> str:
        """Returns the kind of the present viewer, and adds the parameters of its form to `values`."""
        ...


class Statement(Generic[RowT]):
    """A Core statement with bind parameters (`bindparam("name")`), compiled at first use.

    Rows come as `row`, a NamedTuple whose fields are the names of the selected columns, in any order;
    without one, as a named tuple made of these names; with `tuple`, as they are. A select that is
    `visible_to` somebody shows the present viewer what they may see.

    A statement that differs from dialect to dialect (an upsert) is given as a function that makes it. The
    parameters of an INSERT are the `columns` that it sets. One that is `whole` holds the lists of its
    INs itself, and every other parameter of it has a value, if only to be replaced. The last columns of one with
    `sort_values` are no part of a row, but what it is sorted by: `page` returns those of the page's last row.
    """

    def __init__(
        self,
        statement: Executable | Callable[[], Executable],
        row: type[RowT] | None = None,
        *,
        visible_to: Visibility | None = None,
        columns: tuple[str, ...] | None = None,
        whole: bool = False,
        sort_values: int = 0,
    ):
        self.statement = statement
        self._row = row
        self._columns = columns
        self._compile_options = {"render_postcompile": True} if whole else {}
        self._visibility = visible_to
        self._sort_values = sort_values
        self._compiled: dict[tuple[str, str], _Compiled] = {}

    def rows(self, **values: Any) -> list[RowT]:
        """Runs the statement and fetches all of its rows."""
        compiled, cursor = self._run(values)
        return list(map(compiled.make_row, cursor.fetchall()))

    def page(self, size: int, **values: Any) -> "Page[RowT]":
        """Runs a select of up to one row more than the page has, which says whether there is a next page."""
        compiled, cursor = self._run(values)
        return _page(cursor.fetchall(), compiled.make_row, size, self._sort_values)

    def first(self, **values: Any) -> RowT | None:
        """Runs the statement and fetches its first row, if any."""
        compiled, cursor = self._run(values)
        row = cursor.fetchone()
        cursor.close()
        return None if row is None else compiled.make_row(row)

    def peek(self, **values: Any) -> RowT | None:
        """Does what `first` does, but begins no writer's transaction on SQLite, where it would wait for others."""
        compiled = self._compile(values)
        cursor = _execute(compiled.text, compiled.parameters(values), begin=is_reading())
        row = cursor.fetchone()
        cursor.close()
        return None if row is None else compiled.make_row(row)

    def scalar(self, **values: Any) -> Any:
        """Runs the statement and fetches the first column of its first row, None where there is none."""
        _, cursor = self._run(values)
        row = cursor.fetchone()
        cursor.close()
        return None if row is None else row[0]

    def scalars(self, **values: Any) -> list[Any]:
        """Runs the statement and fetches the first column of all of its rows."""
        _, cursor = self._run(values)
        return [row[0] for row in cursor.fetchall()]

    def mapping(self, **values: Any) -> dict[Any, Any]:
        """Runs a select of two columns and fetches all of its rows, the second column by the first."""
        _, cursor = self._run(values)
        return dict(cursor.fetchall())

    def run(self, **values: Any) -> int:
        """Runs the statement for its effect; returns the number of rows it touched."""
        return self._run(values)[1].rowcount

    def run_many(self, rows: list[dict[str, Any]]) -> None:
        """Runs the statement once for each of `rows`."""
        compiled = self._compile({})
        _execute(compiled.text, [compiled.parameters(values) for values in rows])

    def run_in_order(self, values: Sequence[Any]) -> None:
        """Runs the statement on SQLite with its parameters as they stand in it; of a list, once for each."""
        _execute(self._compile({}).text, values)

    def _run(self, values: dict[str, Any]) -> tuple["_Compiled", Any]:
        compiled = self._compile(values)
        return compiled, _execute(compiled.text, compiled.parameters(values))

    def _compile(self, values: dict[str, Any]) -> "_Compiled":
        dialect = db.engine.dialect
        form = "" if self._visibility is None else self._visibility.choose(values)
        compiled = self._compiled.get((dialect.name, form))
        if compiled is None:
            statement = self._form(form)
            sql = statement.compile(  # type: ignore[attr-defined]
                dialect=dialect, column_keys=self._columns, compile_kwargs=self._compile_options
            )
            names = [str(column.key) for column in getattr(statement, "exported_columns", ())]
            make_row = _row_maker(names, self._row, self._sort_values)
            compiled = _Compiled(sql, writes=not statement.is_select, make_row=make_row)
            self._compiled[dialect.name, form] = compiled
        if compiled.writes:
            refuse_while_reading()
        return compiled

    def _form(self, name: str) -> Executable:
        statement = self.statement() if callable(self.statement) else self.statement
        if self._visibility is None:
            return statement
        assert isinstance(statement, Select), "only a select is visible to somebody"
        return self._visibility.forms(statement)[name]


class Page(NamedTuple, Generic[RowT]):
    """Rows of a page, and the sort values of the last one if there is a next page."""

    rows: list[RowT]
    last: tuple[Any, ...] | None


def page_of(statement: Select[Any], size: int, row: type[RowT], *, sort_values: int) -> Page[RowT]:
    """Returns what `Statement.page` does, of a select that is not kept: SQLAlchemy runs it.

    SQLAlchemy compiles nothing anew for a select that differs from another in its values alone.
    """
    result = connection().execute(statement)
    return _page(result.fetchall(), _row_maker(list(result.keys()), row, sort_values), size, sort_values)


def _page(rows: Sequence[Any], make_row: Callable[[Any], RowT], size: int, sort_values: int) -> Page[RowT]:
    last = tuple(rows[size - 1][-sort_values:]) if len(rows) > size else None
    return Page(list(map(make_row, rows[:size])), last)


def _row_maker(
    names: Sequence[str], row: type[Any] | None, sort_values: int
) -> Callable[[Sequence[Any]], Any]:
    """Returns what makes a named row of the values that the database gives in the order of the columns.

    Names are compared once, when the statement is compiled. Raises `TypeError` where the columns, without the
    sort values at their end, are not the fields of `row`.
    """
    own: Callable[[Sequence[Any]], Any] = itemgetter(slice(0, len(names) - sort_values))
    if row is tuple:
        return own
    if row is None:
        return partial(tuple.__new__, namedtuple("Row", names, rename=True))  # type: ignore[misc]
    fields, shown = row._fields, own(names)
    if sorted(shown) != sorted(fields):
        raise TypeError(f"the columns {sorted(shown)} are not the fields of {row.__name__}, {sorted(fields)}")
    if tuple(shown) != fields:
        own = itemgetter(*(names.index(field) for field in fields))
    elif not sort_values:
        # What `_make` does, without a step of Python's for each: an answer may have ten thousand.
        return partial(tuple.__new__, row)
    return lambda values: tuple.__new__(row, own(values))


def with_last_field(rows: Iterable[RowT], values: Iterable[Any]) -> list[RowT]:
    """Returns named rows with other values in their last field: `_replace`, in half of its time.

    For what a second statement reads for all rows of a list, which may have a thousand.
    """
    pairs: Iterable[tuple[Any, Any]] = zip(rows, values, strict=True)
    return [tuple.__new__(type(row), (*row[:-1], value)) for row, value in pairs]


def narrow(row: Any, to: type[RowT]) -> RowT:
    """Returns the fields of the NamedTuple `to` from a row that has more of them."""
    make: Callable[..., RowT] = tuple.__new__
    kind: Any = to
    return make(to, _fields_of(kind)(row))


@cache
def _fields_of(row: Hashable) -> Callable[[Any], tuple[Any, ...]]:
    names: tuple[str, ...] = row._fields  # type: ignore[attr-defined]
    if len(names) == 1:
        return lambda wider: (getattr(wider, names[0]),)
    return attrgetter(*names)


class BulkInsert:
    """An INSERT of whole rows in few statements; rows that are there already stay as they are.

    A thousand rows of five numbers take 1.9 ms in SQLite one by one and 1.3 ms by the hundred; a call with
    as many takes 26 ms with PostgreSQL one by one and 14 ms as arrays.
    """

    def __init__(self, table: Table):
        self._names = [column.name for column in table.c]
        types = {column.name: ARRAY(column.type) for column in table.c}
        hundred: list[dict[str, BindParameter[Any]]] = [
            {name: bindparam(f"{name}_{at}") for name in self._names} for at in range(AT_ONCE)
        ]

        def from_arrays() -> Executable:
            arrays = [bindparam(name, type_=of) for name, of in types.items()]
            rows = func.unnest(*arrays).table_valued(*self._names).render_derived()
            return upsert(table).from_select(self._names, select(rows)).on_conflict_do_nothing()

        self._one = Statement(lambda: upsert(table).on_conflict_do_nothing(), columns=tuple(self._names))
        self._hundred = Statement(lambda: upsert(table).values(hundred).on_conflict_do_nothing())
        self._all = Statement(from_arrays)

    def insert_new(self, rows: Sequence[tuple[Any, ...]]) -> None:
        """Inserts these rows, values in the order of the table's columns."""
        if db.engine.dialect.name == "postgresql":
            columns = map(list, zip(*rows, strict=True))
            self._all.run(**dict(zip(self._names, columns, strict=True)))
            return
        even = len(rows) - len(rows) % AT_ONCE
        for start in range(0, even, AT_ONCE):
            self._hundred.run_in_order(tuple(chain.from_iterable(rows[start : start + AT_ONCE])))
        if even < len(rows):
            self._one.run_in_order(list(rows[even:]))


def _execute(text: str, parameters: Any, *, begin: bool = True) -> Any:
    """Runs a statement on the driver's own cursor, in the running transaction; returns the cursor.

    SQLAlchemy's way to it takes longer than most of these statements. It is taken all the same where somebody listens
    to the engine's statements.
    """
    running = connection()
    if running.engine.dispatch.before_cursor_execute:
        return running.exec_driver_sql(text, parameters)
    if begin and not running.in_transaction():
        running.begin()
    driver: Any = running.connection.dbapi_connection
    cursor = driver.cursor()
    try:
        return _sent(cursor, text, parameters)
    except running.dialect.loaded_dbapi.Error as error:
        if running.dialect.is_disconnect(error, driver, cursor):
            running.invalidate(error)
        raise DBAPIError.instance(
            text, None, error, running.dialect.loaded_dbapi.Error, dialect=running.dialect
        ) from error


def _sent(cursor: Any, text: str, parameters: Any) -> Any:
    if isinstance(parameters, list):
        cursor.executemany(text, parameters)
    else:
        cursor.execute(text, parameters)
    return cursor


def each_of(name: str, holds: type[int] | type[str]) -> Select[Any]:
    """Returns a select of what is in the parameter `name`, a JSON array of numbers or texts, of any length, for an IN.

    For a statement that is given as a function, since the databases spell it differently.
    """
    array = bindparam(name, type_=Text)
    if db.engine.dialect.name == "postgresql":
        value = func.json_array_elements_text(cast(array, JSON)).table_valued("value").c.value
        return select(cast(value, BigInteger if holds is int else Text))
    return select(func.json_each(array).table_valued("value").c.value)


def is_one_of(column: ColumnElement[Any], name: str, holds: type[int] | type[str]) -> ColumnElement[bool]:
    """Returns whether the column is one of what is in the parameter `name`, a JSON array as for `each_of`.

    For a few values: PostgreSQL looks each up in the index. With `each_of`, which becomes a join, it may begin with all
    rows of the table although only the first is wanted.
    """
    values = each_of(name, holds)
    if db.engine.dialect.name == "postgresql":
        return column == func.any(func.array(values.scalar_subquery()))
    return column.in_(values)


class _Compiled:
    """The text of a statement for one dialect, and the order of its parameters."""

    def __init__(self, sql: SQLCompiler, *, writes: bool, make_row: Callable[[Sequence[Any]], Any]):
        self.text = str(sql)
        self.writes = writes
        self.make_row = make_row
        self._order = sql.positiontup
        self._named = {bind.callable: name for bind, name in sql.bind_names.items() if bind.callable}
        self._fixed = {name: value for name, value in sql.params.items() if name not in self._named.values()}
        for bind, name in sql.bind_names.items():
            write = bind.type.dialect_impl(sql.dialect).bind_processor(sql.dialect)
            if write is not None and name in self._fixed and not bind.required:
                self._fixed[name] = write(self._fixed[name])
        self._names = {*self._fixed, *self._named.values()}

    def parameters(self, values: dict[str, Any]) -> Any:
        """Returns `values` with what the statement brings itself: constants, and what is known only when it runs."""
        full = values
        if values.keys() != self._names:
            full = self._fixed | {name: bring() for bring, name in self._named.items()} | values
        if self._order is not None:
            return tuple([full[name] for name in self._order])
        return full
