"""The database's schema: which migration it is at, and upgrading it to the newest."""

import enum

import click
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine

from app.db import migrations


class SchemaState(enum.Enum):
    """How a database's schema compares with the one that this Greenroom was written for."""

    EMPTY = "empty"
    BEHIND = "behind"
    CURRENT = "current"
    AHEAD = "from a newer Greenroom"


def schema_state(engine: Engine) -> tuple[SchemaState, str | None]:
    """Returns the state of the schema, and its migration (None for an empty database)."""
    script = ScriptDirectory(str(migrations.HERE))
    with engine.connect() as connection:
        revision = MigrationContext.configure(connection).get_current_revision()
    if revision is None:
        return SchemaState.EMPTY, None
    if revision == script.get_current_head():
        return SchemaState.CURRENT, revision
    known = {migration.revision for migration in script.walk_revisions()}
    return (SchemaState.BEHIND if revision in known else SchemaState.AHEAD), revision


def upgrade_schema(engine: Engine) -> SchemaState:
    """Upgrades the schema; returns its state before.

    Raises `click.ClickException` for a schema newer than this Greenroom, which is left as it is.
    """
    before, revision = schema_state(engine)
    if before is SchemaState.AHEAD:
        raise click.ClickException(
            f"The database is at migration {revision}, which this Greenroom does not know. "
            "A newer Greenroom has upgraded it, so run that one."
        )
    if before is not SchemaState.CURRENT:
        migrations.upgrade(engine)
    return before


def prepare_database(engine: Engine, *, upgrade: bool) -> None:
    """Upgrades an embedded database; a shared one only when asked, since others may be using it.

    Raises `click.ClickException` with one sentence when the database cannot be used as it is.
    """
    if upgrade or engine.dialect.name == "sqlite":
        upgrade_schema(engine)
    else:
        require_current(engine)


def require_current(engine: Engine) -> None:
    """Raises `click.ClickException`, which says what to do, unless the schema is at the newest migration."""
    state, _ = schema_state(engine)
    if state is SchemaState.AHEAD:
        upgrade_schema(engine)  # raises, and says so
    if state is not SchemaState.CURRENT:
        raise click.ClickException(
            f"The database's schema is {state.value}. Run 'greenroom db upgrade' first "
            "(or 'greenroom serve --upgrade')."
        )
