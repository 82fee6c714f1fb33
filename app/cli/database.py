"""`greenroom db`: which step the schema stands at, and the way to the newest one."""

import enum

import click
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine

from app.cli import start
from app.db import migrations


class Standing(enum.Enum):
    """How a database's schema compares with the one this Greenroom was written for."""

    EMPTY = "empty"
    BEHIND = "behind"
    CURRENT = "current"
    AHEAD = "made by a newer Greenroom"


def standing(engine: Engine) -> tuple[Standing, str | None]:
    """Where the database stands, and the step it names (None while it is empty)."""
    script = ScriptDirectory(str(migrations.HERE))
    with engine.connect() as connection:
        revision = MigrationContext.configure(connection).get_current_revision()
    if revision is None:
        return Standing.EMPTY, None
    if revision == script.get_current_head():
        return Standing.CURRENT, revision
    known = {step.revision for step in script.walk_revisions()}
    return (Standing.BEHIND if revision in known else Standing.AHEAD), revision


def bring_up_to_date(engine: Engine) -> Standing:
    """Upgrade the schema; returns where it stood before.

    Raises `click.ClickException` for a schema newer than this Greenroom, which is left as it is.
    """
    before, revision = standing(engine)
    if before is Standing.AHEAD:
        raise click.ClickException(
            f"The database stands at step {revision}, which this Greenroom does not know: "
            "a newer one has used it, so run that one."
        )
    if before is not Standing.CURRENT:
        migrations.upgrade(engine)
    return before


def prepare_database(engine: Engine, *, upgrade: bool) -> None:
    """Bring an embedded database up to date; a shared one only when asked, since others may be using it.

    Raises `click.ClickException` with one sentence when the database cannot be used as it is.
    """
    if upgrade or engine.dialect.name == "sqlite":
        bring_up_to_date(engine)
    else:
        require_current(engine)


@click.group()
def db() -> None:
    """Look after the database's schema."""


@db.command()
def upgrade() -> None:
    """Bring the schema to the newest step.

    Harmless when it is there already, and safe to run from several machines at once. All of it happens
    in one transaction: an upgrade that fails changes nothing. Make a backup first all the same.
    """
    settings = start.read_settings()
    with start.database(settings) as engine:
        before = bring_up_to_date(engine)
        _, revision = standing(engine)
    done = "already stood" if before is Standing.CURRENT else "now stands"
    click.echo(f"{start.shown(settings.database_url)} {done} at step {revision}, the newest.")


@db.command()
def current() -> None:
    """Print the step the schema stands at."""
    settings = start.read_settings()
    with start.database(settings) as engine:
        where, revision = standing(engine)
    click.echo(f"{revision or '-'} ({where.value})")


@db.command()
def check() -> None:
    """Exit with 0 when the schema is the one this Greenroom needs, with 1 and a sentence otherwise.

    For a deployment that upgrades in a step of its own: greenroom db check && greenroom serve
    """
    settings = start.read_settings()
    with start.database(settings) as engine:
        require_current(engine)


def require_current(engine: Engine) -> None:
    """Raise `click.ClickException` with what to do unless the schema stands at the newest step."""
    where, _ = standing(engine)
    if where is Standing.AHEAD:
        bring_up_to_date(engine)  # says so
    if where is not Standing.CURRENT:
        raise click.ClickException(
            f"The database's schema is {where.value}: run 'greenroom db upgrade' first "
            "(or 'greenroom serve --upgrade')."
        )
