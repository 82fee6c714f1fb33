"""The rows of an export as this Greenroom has them: those of an older one go through its migrations first."""

import contextlib
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sqlalchemy import (
    Boolean,
    Column,
    Connection,
    LargeBinary,
    MetaData,
    Table,
    create_engine,
    insert,
    inspect,
    select,
)
from sqlalchemy.exc import DBAPIError

from app.db import migrations
from app.exporting import contents, format
from app.exporting.errors import DamagedExport
from app.exporting.format import Summary

AT_ONCE = 1_000  # rows


class Rows:
    """The rows of each table, as objects by the names of its columns."""

    def __init__(self, folder: Path, database: Connection | None):
        self._folder = folder / format.ROWS
        self._database = database

    def batches(self, table: Table, size: int) -> Iterator[list[dict[str, Any]]]:
        """Yields the table's rows, `size` at once. Raises `DamagedExport`."""
        batch: list[dict[str, Any]] = []
        for row in self.of(table):
            batch.append(row)
            if len(batch) == size:
                yield batch
                batch = []
        if batch:
            yield batch

    def of(self, table: Table) -> Iterator[dict[str, Any]]:
        """Yields the table's rows one by one. Raises `DamagedExport`."""
        if self._database is not None:
            for found in self._database.execute(select(table)).mappings():
                yield dict(found)
            return
        columns = {column.name: column for column in table.columns}
        for place, row in format.lines(self._folder / f"{table.name}.jsonl"):
            if row.keys() != columns.keys():
                raise DamagedExport(place, "its fields are not the columns of the table")
            for name, value in row.items():
                if not _fits(value, columns[name]):
                    raise DamagedExport(place, f"{name!r} is of another type, or missing")
            yield row


def _fits(value: Any, column: Any) -> bool:
    if value is None:
        # Passwords that stayed behind are null, and so is whatever may be.
        return bool(column.nullable)
    if isinstance(column.type, Boolean):
        return isinstance(value, bool)
    if isinstance(column.type, LargeBinary):
        return isinstance(value, bytes)
    expected = column.type.python_type
    if expected is float:
        return isinstance(value, int | float) and not isinstance(value, bool)
    return isinstance(value, expected) and not isinstance(value, bool)


@contextlib.contextmanager
def rows_of(folder: Path, summary: Summary) -> Iterator[Rows]:
    """Yields the export's rows in the newest schema."""
    if summary.revision == migrations.newest():
        yield Rows(folder, None)
        return
    with tempfile.TemporaryDirectory(prefix="greenroom-") as place:
        engine = create_engine(f"sqlite:///{place}/older.db")
        try:
            migrations.upgrade(engine, summary.revision)
            with engine.begin() as database:
                _fill(database, folder, summary)
            migrations.upgrade(engine)
            with engine.connect() as database:
                database.execute(select(1))  # begins here, and not in a transaction of somebody else's
                yield Rows(folder, database)
        finally:
            engine.dispose()


def _fill(database: Connection, folder: Path, summary: Summary) -> None:
    """Puts the export's lines into a database of its own schema, in place of what that has from the start."""
    tables = older_tables(database)
    for table in reversed(tables):
        if table.name not in contents.LEFT_OUT:
            database.execute(table.delete())
    for table in tables:
        if table.name in summary.rows:
            _fill_table(database, table, folder / format.ROWS / f"{table.name}.jsonl")


def _fill_table(database: Connection, table: Table, file: Path) -> None:
    names = {column.name for column in table.columns}
    batch = []
    for place, row in format.lines(file):
        if row.keys() != names:
            raise DamagedExport(place, "its fields are not the columns of the table")
        batch.append(row)
    try:
        for start in range(0, len(batch), AT_ONCE):
            database.execute(insert(table), batch[start : start + AT_ONCE])
    except DBAPIError as error:
        raise DamagedExport(file.name, "its rows do not fit the table") from error


def older_tables(database: Connection) -> list[Table]:
    """Returns the tables that the database has, each after those that it refers to, with nothing but their columns."""
    looking = inspect(database)
    names = [name for name, _references in looking.get_sorted_table_and_fkc_names() if name]
    return [
        Table(name, MetaData(), *(Column(one["name"], one["type"]) for one in looking.get_columns(name)))
        for name in names
        if name != "alembic_version"
    ]
