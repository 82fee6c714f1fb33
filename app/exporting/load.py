"""Loads an export: the artifacts first, each compared with its SHA-256, then all rows in one transaction.

What breaks off in between leaves files that no row names, and running it again finds them there.
"""

import os
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

from sqlalchemy import Table, delete, func, insert, select, text
from sqlalchemy.exc import DataError, IntegrityError

from app.artifacts import ArtifactPath, parse, store
from app.artifacts.local_tree import open_below
from app.audit.recorder import Kind, record
from app.audit.tables import Event
from app.authz.actors import Actor
from app.core.errors import GreenroomError
from app.db import migrations
from app.db.transactions import Base, connection, db, transaction
from app.exporting import contents, format, mapped, upgraded
from app.exporting.errors import DamagedExport, InstallationInUse, UnknownExport
from app.exporting.export import PIECE, Progress
from app.exporting.format import FileLine, Summary
from app.registry.errors import FileIsAnother
from app.registry.files import changes

AT_ONCE = 1_000  # rows

# What a whole export must not be mixed with; other tables have rows from the start.
_IN_USE = ("registered_model", "run", "account", "account_group", "event")


class Loaded(NamedTuple):
    """What was added: rows by table, artifacts and their bytes; `is_repeated` where the export was loaded before."""

    rows: dict[str, int]
    files: int
    bytes: int
    is_repeated: bool


def load(folder: Path, *, actor: Actor, progress: Progress | None = None) -> Loaded:
    """Loads the export: a whole one into an installation that nobody has used, a few models into any.

    Loading an export that was loaded before adds nothing. Nothing is loaded in part: raises `NoExport`,
    `UnknownExport`, `DamagedExport`, `InstallationInUse`, `ModelNameTaken`, `StageMissing` before the first row.
    """
    summary = format.read_summary(folder)
    if not migrations.is_known(summary.revision):
        raise UnknownExport(f"its schema is {summary.revision!r}, which a newer Greenroom has made")
    progress = progress or (lambda _part, _count: None)
    with upgraded.rows_of(folder, summary) as rows:
        with transaction(read_only=True):
            if _was_loaded(summary):
                return Loaded({}, 0, 0, is_repeated=True)
            if summary.models is None:
                _check_unused()
            plan = None if summary.models is None else mapped.plan(rows, summary.id)
        _check_rows(folder, summary)
        files = _load_files(folder, summary, plan, progress)
        try:
            with transaction():
                if plan is None:
                    _check_unused()
                    counts = _load_everything(rows, progress)
                else:
                    counts = mapped.load(rows, mapped.plan(rows, summary.id), progress)
                record(Kind.IMPORT_FINISHED, actor=actor, subject=summary.id, after=_described(summary))
        except (IntegrityError, DataError) as error:
            raise DamagedExport(format.ROWS, "some do not fit the tables, or each other") from error
    return Loaded(counts, files, summary.bytes, is_repeated=False)


def _load_files(folder: Path, summary: Summary, plan: mapped.Plan | None, progress: Progress) -> int:
    files = [_file_line(place, content) for place, content in format.lines(folder / format.FILES)]
    if len(files) != summary.files or sum(file.size for file in files) != summary.bytes:
        raise DamagedExport(format.FILES, "there are not as many files, or bytes, as the summary says")
    for count, file in enumerate(files, 1):
        _load_file(folder, file, plan)
        progress("artifacts", count)
    return len(files)


def _described(summary: Summary) -> str:
    return "everything" if summary.models is None else ", ".join(summary.models)


def _was_loaded(summary: Summary) -> bool:
    event = Event.__table__.c
    query = (
        select(event.id).where(event.kind == Kind.IMPORT_FINISHED.value, event.subject == summary.id).limit(1)
    )
    return connection().execute(query).first() is not None


def _check_unused() -> None:
    for name in _IN_USE:
        count = (
            connection().execute(select(func.count()).select_from(Base.metadata.tables[name])).scalar_one()
        )
        if count:
            raise InstallationInUse(f"{count:,} rows in the table {name}")


def _check_rows(folder: Path, summary: Summary) -> None:
    """Raises `DamagedExport` unless there are as many lines of each table as the summary says, all objects."""
    for name, expected in summary.rows.items():
        count = sum(1 for _line in format.lines(folder / format.ROWS / f"{name}.jsonl"))
        if count != expected:
            raise DamagedExport(f"{name}.jsonl", f"it has {count:,} lines, and the summary says {expected:,}")


def _file_line(place: str, content: dict[str, Any]) -> FileLine:
    try:
        line = FileLine(**content)
        parse(line.path)
    except (TypeError, AttributeError, GreenroomError):
        raise DamagedExport(place, "it names no artifact") from None
    if not isinstance(line.size, int) or not isinstance(line.sha256, str):
        raise DamagedExport(place, "it names no artifact")
    return line


def _load_file(folder: Path, file: FileLine, plan: mapped.Plan | None) -> None:
    path = parse(file.path if plan is None else plan.new_path(file.path))
    if _is_there(path, file):
        return
    if plan is not None and plan.is_kept(file.path):
        raise InstallationInUse(f"a run or logged model of the export, without its file {path}")
    try:
        source = _open(folder / format.ARTIFACTS, file.path)
    except OSError as error:
        raise DamagedExport(file.path, error.strerror or "it cannot be read") from error
    with source:
        try:
            changes.add(path, iter(lambda: source.read(PIECE), b""), size=file.size, sha256=file.sha256)
        except FileIsAnother:
            raise DamagedExport(file.path, "its bytes are not those that were exported") from None


def _open(root: Path, path: str) -> BinaryIO:
    """Returns the file, open for reading; no part of its path may be a link."""
    handle = os.open(root, os.O_RDONLY | os.O_DIRECTORY)
    try:
        first, _, rest = path.partition("/")
        return open_below(handle, first.encode(), rest or ".")
    finally:
        os.close(handle)


def _is_there(path: ArtifactPath, file: FileLine) -> bool:
    """Returns whether the file was copied before. Raises `InstallationInUse` where another one has its path."""
    if not store().exists(path):
        return False
    if store().is_file(path) and store().digest(path, ".", lambda _count: None)[1] == file.sha256:
        return True
    raise InstallationInUse(f"another file at {path}")


def _load_everything(rows: upgraded.Rows, progress: Progress) -> dict[str, int]:
    tables = contents.tables()
    for table in reversed(tables):
        connection().execute(delete(table))
    counts = {}
    for table in tables:
        counts[table.name] = 0
        for batch in rows.batches(table, AT_ONCE):
            connection().execute(insert(table), batch)
            counts[table.name] += len(batch)
            progress(table.name, counts[table.name])
        advance_key(table)
    return counts


def advance_key(table: Table) -> None:
    """Lets keys that PostgreSQL gives out from now on be larger than all that there are, as SQLite's are."""
    key = list(table.primary_key.columns)
    if db.engine.dialect.name != "postgresql" or len(key) != 1 or key[0].type.python_type is not int:
        return
    sequence = connection().execute(
        text("SELECT pg_get_serial_sequence(:table, :column)"), {"table": table.name, "column": key[0].name}
    )
    if (name := sequence.scalar()) is not None:
        newest = connection().execute(select(func.max(key[0]))).scalar()
        if newest is not None:
            connection().execute(
                text("SELECT setval(:name, :value)"), {"name": name, "value": max(newest, 1)}
            )
