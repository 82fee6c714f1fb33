"""Writes an export: the rows as of one moment, then the artifacts that they name or that there are."""

import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Table, select, text, tuple_

from app.artifacts import ArtifactPath, StoredFile, parse, store
from app.artifacts.local_store import LocalStore
from app.artifacts.paths import PRIVATE_FOLDER, SERVERS_OWN
from app.core import clock
from app.core.errors import GreenroomError
from app.core.version import VERSION
from app.db import migrations
from app.db.transactions import connection, db
from app.exporting import contents, format, of_models
from app.exporting.errors import FolderNotEmpty
from app.exporting.format import FileLine, Summary

AT_ONCE = 5_000  # rows
PIECE = 1024 * 1024  # bytes
ALL = 1_000_000_000

Progress = Callable[[str, int], None]


class Exported(NamedTuple):
    """What was written: rows by table, artifacts, their bytes, and what could not be read."""

    rows: dict[str, int]
    files: int
    bytes: int
    problems: list[dict[str, str]]


def export_everything(
    folder: Path, *, with_secrets: bool = False, progress: Progress | None = None
) -> Exported:
    """Writes everything that the installation holds into a new or empty folder, in the running transaction.

    Passwords and tokens stay behind unless `with_secrets`. What cannot be read is listed and does not end the export.
    `progress` is told the part and how much of it is done. Raises `FolderNotEmpty`.
    """
    return _Export(folder, None, with_secrets, progress).write()


def export_models(folder: Path, names: list[str], *, progress: Progress | None = None) -> Exported:
    """Writes the living models of these names with their history, the runs that they come from, and their files.

    Rules, rights, accounts and open requests stay behind. Raises `ModelNotFound`, `FolderNotEmpty`.
    """
    return _Export(folder, names, False, progress).write()


class _Export:
    def __init__(self, folder: Path, models: list[str] | None, with_secrets: bool, progress: Progress | None):
        self._folder = folder
        self._models = models
        self._with_secrets = with_secrets
        self._progress = progress or (lambda _part, _count: None)
        self._problems: list[dict[str, str]] = []

    def write(self) -> Exported:
        _read_one_moment()
        conditions = None if self._models is None else of_models.conditions(self._models)
        _make(self._folder)
        rows = {}
        (self._folder / format.ROWS).mkdir()
        for table in contents.tables():
            if conditions is not None and table.name not in conditions:
                continue
            if not self._with_secrets and table.name in contents.SECRET_TABLES:
                continue
            rows[table.name] = self._write_rows(
                table, conditions[table.name] if conditions is not None else None
            )
        files, size = self._write_files()
        format.write_summary(
            self._folder,
            Summary(
                format.FORMAT,
                str(uuid.uuid4()),
                VERSION,
                migrations.newest(),
                clock.now_ms(),
                self._models,
                self._with_secrets,
                rows,
                files,
                size,
                self._problems,
            ),
        )
        return Exported(rows, files, size, self._problems)

    def _write_rows(self, table: Table, condition: ColumnElement[bool] | None) -> int:
        count = 0
        hidden = (
            [] if self._with_secrets else [name for of, name in contents.SECRET_COLUMNS if of == table.name]
        )
        with (self._folder / format.ROWS / f"{table.name}.jsonl").open("xb") as target:
            for rows in pages(table, condition):
                for row in rows:
                    target.write(format.encode(row | dict.fromkeys(hidden)))
                count += len(rows)
                self._progress(table.name, count)
        return count

    def _write_files(self) -> tuple[int, int]:
        root = self._folder / format.ARTIFACTS
        root.mkdir()
        target = LocalStore(root)
        count = size = 0
        with (self._folder / format.FILES).open("xb") as index:
            for path in self._paths():
                line = self._copy(path, target)
                if line is not None:
                    index.write(format.encode(line._asdict()))
                    count, size = count + 1, size + line.size
                    self._progress("artifacts", count)
        (root / PRIVATE_FOLDER).rmdir()
        return count, size

    def _paths(self) -> Iterator[str]:
        if self._models is None:
            yield from sorted(file.path for file in _files_below(ArtifactPath(())))
            return
        for folder in of_models.folders(self._folder / format.ROWS):
            for file in _files_below(folder):
                yield str(folder) if file.path == "." else f"{folder}/{file.path}"

    def _copy(self, path: str, target: LocalStore) -> FileLine | None:
        try:
            parsed = parse(path)
            opened = store().download(parsed)
            with opened.file:
                written = target.write(parsed, iter(lambda: opened.file.read(PIECE), b""), None)
        except (GreenroomError, OSError) as error:
            self._problems.append({"path": path, "problem": str(error)})
            return None
        return FileLine(path, written.size, written.digest)


def _read_one_moment() -> None:
    """Lets all that the transaction reads be as of its first statement, which SQLite does anyway."""
    if db.engine.dialect.name == "postgresql":
        connection().execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ"))


def _make(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    if any(folder.iterdir()):
        raise FolderNotEmpty(str(folder))


def _files_below(folder: ArtifactPath) -> list[StoredFile]:
    found = store().all_files(folder, ALL)
    return [file for file in found if folder.parts or file.path.partition("/")[0] not in SERVERS_OWN]


def pages(table: Table, condition: ColumnElement[bool] | None = None) -> Iterator[list[dict[str, Any]]]:
    """Yields the rows of a table, those that fit the condition, in the order of their key, some thousand at once."""
    key = list(table.primary_key.columns)
    query = select(table).order_by(*key).limit(AT_ONCE)
    if condition is not None:
        query = query.where(condition)
    page = query
    names = [
        str(column.name) for column in table.columns
    ]  # plain texts, which those that need quotes are not
    while rows := [dict(zip(names, row, strict=True)) for row in connection().execute(page)]:
        yield rows
        if len(rows) < AT_ONCE:
            return
        last = [rows[-1][column.name] for column in key]
        after = key[0] > last[0] if len(key) == 1 else tuple_(*key) > tuple_(*last)
        page = query.where(after)
