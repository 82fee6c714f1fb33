"""What `greenroom check` looks at, one function for each thing."""

import os
import secrets
import shutil
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import click
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError

from app.artifacts.paths import PRIVATE_FOLDER, ROOT_MARKER
from app.cli import environment, installation
from app.cli.schema import SchemaState, schema_state
from app.core import clock
from app.db import damage
from app.http import proxies
from app.settings import keys
from app.settings.settings import Settings

OK, WARNING, FAULT = "ok", "warning", "fault"

LITTLE_ROOM = 5 * 1024**3
NO_ROOM = 256 * 1024**2

# Signatures are given a minute; a quarter of that is a clock that nobody sets.
MAX_SKEW_MS = 15_000
NOTED_SKEW_MS = 2_000


class Finding(NamedTuple):
    """What was looked at, how it is, and what to do."""

    what: str
    state: str
    sentence: str


def all_findings(settings: Settings, *, deep: bool) -> Iterator[Finding]:
    """Yields what there is to say, in the order in which a server needs it."""
    yield _key(settings)
    try:
        with environment.database_engine(settings) as engine:
            yield from _database(engine, settings, deep=deep)
    except click.ClickException as error:
        yield Finding("database", FAULT, error.message)
    yield _artifacts(settings.artifacts)
    yield _uploads(settings.artifacts)
    yield _room("artifacts", settings.artifacts)
    if settings.database_url.startswith("sqlite"):
        yield _room("instance", settings.instance)
    yield _proxy(settings)


def accept(settings: Settings) -> None:
    """Makes this server's key and folder of artifacts those of the database."""
    with environment.database_engine(settings) as engine:
        if schema_state(engine)[0] is not SchemaState.CURRENT:
            raise click.ClickException("Upgrade the database first: greenroom db upgrade.")
        installation.accept(engine, settings)


def _key(settings: Settings) -> Finding:
    path = keys.key_path(os.environ, settings.instance)
    if path is None:
        return Finding("secret key", OK, f"It is in {keys.KEY}.")
    state = path.stat()
    if stat.S_IMODE(state.st_mode) & 0o077:
        return Finding("secret key", FAULT, f"Others on this machine can read {path}. Run: chmod 600 {path}")
    return Finding("secret key", OK, f"It is in {path}, which its owner alone can read.")


def _database(engine: Engine, settings: Settings, *, deep: bool) -> Iterator[Finding]:
    state, revision = schema_state(engine)
    yield Finding("database", OK, f"{environment.without_password(settings.database_url)} answers.")
    if state is not SchemaState.CURRENT:
        todo = (
            "Run the newer Greenroom."
            if state is SchemaState.AHEAD
            else "Start the server, or run: greenroom db upgrade"
        )
        # An empty file of SQLite, or an older one, is what each start upgrades.
        level = WARNING if engine.dialect.name == "sqlite" and state is not SchemaState.AHEAD else FAULT
        yield Finding("schema", level, f"It is {state.value}. {todo}")
    else:
        yield Finding("schema", OK, f"It is at migration {revision}, the newest.")
        yield _compared("shared key", installation.key_fault(engine, settings))
        yield _compared("artifacts of this database", installation.root_fault(engine, settings))
    yield _integrity(engine, deep=deep)
    if engine.dialect.name == "postgresql":
        yield _clock(engine)


def _compared(what: str, fault: str | None) -> Finding:
    return Finding(what, FAULT, fault) if fault else Finding(what, OK, "It is the one of this database.")


def _integrity(engine: Engine, *, deep: bool) -> Finding:
    """Reads the database as far as it should; what was found damaged before counts until a deep look finds nothing."""
    is_sqlite = engine.dialect.name == "sqlite"
    if not deep:
        if damage.is_noted(engine.url):
            return Finding("database content", FAULT, damage.WHAT_TO_DO)
        return Finding("database content", OK, "No damage is known. --deep reads all of it.")
    try:
        faults = _sqlite_faults(engine) if is_sqlite else _postgresql_faults(engine)
    except DBAPIError as error:
        faults = [str(error.orig).strip().splitlines()[0]]
    if faults:
        if is_sqlite:
            damage.note(engine.url)
            return Finding("database content", FAULT, f"{faults[0]}. {damage.WHAT_TO_DO}")
        return Finding("database content", FAULT, f"{faults[0]}. Restore a backup, or correct these rows.")
    damage.forget(engine.url)
    return Finding("database content", OK, "All of it was read, and nothing is damaged.")


def _sqlite_faults(engine: Engine) -> list[str]:
    with engine.connect() as connection:
        found = [row[0] for row in connection.execute(text("PRAGMA integrity_check(5)"))]
        faults = [" ".join(line.split()) for line in found if line != "ok"]
        orphans = connection.execute(text("PRAGMA foreign_key_check")).first()
    if not faults and orphans is not None:
        faults.append(f"A row of {orphans[0]} names a row of {orphans[2]} that is missing")
    return faults


def _postgresql_faults(engine: Engine) -> list[str]:
    """Returns constraints and indexes that PostgreSQL does not vouch for, and tables that cannot be read."""
    with engine.connect() as connection:
        faults = [
            f"The constraint {name} was never validated"
            for (name,) in connection.execute(
                text(
                    "SELECT conname FROM pg_constraint WHERE NOT convalidated "
                    "AND connamespace = current_schema()::regnamespace"
                )
            )
        ]
        faults += [
            f"The index {name} is invalid"
            for (name,) in connection.execute(
                text(
                    "SELECT indexrelid::regclass::text FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid "
                    "WHERE NOT indisvalid AND relnamespace = current_schema()::regnamespace"
                )
            )
        ]
        tables = connection.execute(
            text("SELECT quote_ident(tablename) FROM pg_tables WHERE schemaname = current_schema()")
        ).scalars()
        for table in tables.all():
            # Each row as text: a page or a value that is damaged is met on the way.
            connection.execute(text(f"SELECT sum(length(t::text)) FROM {table} t")).first()  # noqa: S608  (quoted)
    return faults


def _clock(engine: Engine) -> Finding:
    with engine.connect() as connection:
        before = clock.now_ms()
        there = connection.execute(
            text("SELECT (extract(epoch FROM clock_timestamp()) * 1000)::bigint")
        ).scalar_one()
        after = clock.now_ms()
    skew = max(before - there, there - after, 0)
    if skew >= NOTED_SKEW_MS:
        state = FAULT if skew >= MAX_SKEW_MS else WARNING
        return Finding(
            "clock",
            state,
            f"This machine's clock and the database's are {skew / 1000:.1f} s apart. Let both be set by NTP.",
        )
    return Finding("clock", OK, "This machine's clock agrees with the database's.")


def _artifacts(root: Path) -> Finding:
    return _writable("artifact folder", root)


def _uploads(root: Path) -> Finding:
    folder = root / PRIVATE_FOLDER
    if not folder.is_dir():
        sentence = "The folder for uploads is missing; the server makes it anew with the next upload."
        return Finding("upload folder", OK, sentence)
    if folder.stat().st_dev != root.stat().st_dev:
        sentence = f"{folder} is on another disk than {root}, so no upload can be published. Put both on one."
        return Finding("upload folder", FAULT, sentence)
    return _writable("upload folder", folder)


def _writable(what: str, folder: Path) -> Finding:
    name = folder / f"{ROOT_MARKER}.{secrets.token_hex(8)}"
    try:
        with name.open("xb") as file:
            file.write(b"check")
            file.flush()
            os.fsync(file.fileno())
        name.unlink()
    except OSError as error:
        sentence = f"{folder} cannot be written to: {error.strerror}. Mount its disk or change its owner."
        return Finding(what, FAULT, sentence)
    return Finding(what, OK, f"{folder} can be written to.")


def _room(what: str, folder: Path) -> Finding:
    free = shutil.disk_usage(folder).free
    state = FAULT if free < NO_ROOM else WARNING if free < LITTLE_ROOM else OK
    todo = "" if state == OK else " Make room."
    return Finding(f"room for {what}", state, f"{free / 1024**3:.1f} GB are free at {folder}.{todo}")


def _proxy(settings: Settings) -> Finding:
    if settings.trusted_proxies:
        return Finding("proxy", OK, f"{settings.trusted_proxies} in front of this server, trusted.")
    seen = proxies.seen(settings.instance)
    if seen is None:
        return Finding("proxy", OK, "No request came through one.")
    return Finding("proxy", WARNING, proxies.WARNING % seen)
