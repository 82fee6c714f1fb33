"""`greenroom db`: the schema of the database."""

import click

from app.cli import environment, schema
from app.cli.schema import SchemaState


@click.group()
def db() -> None:
    """Check and upgrade the database's schema."""


@db.command()
def upgrade() -> None:
    """Upgrade the schema to the newest migration.

    Does nothing if the schema is up to date. Safe to run from several machines at once. An upgrade is one
    transaction: if it fails, it changes nothing. Make a backup first all the same.
    """
    settings = environment.read_settings()
    with environment.database_engine(settings) as engine:
        before = schema.upgrade_schema(engine)
        _, revision = schema.schema_state(engine)
    outcome = "was already" if before is SchemaState.CURRENT else "is now"
    click.echo(
        f"{environment.without_password(settings.database_url)} {outcome} at migration {revision}, the newest."
    )


@db.command()
def current() -> None:
    """Print the migration that the schema is at."""
    settings = environment.read_settings()
    with environment.database_engine(settings) as engine:
        state, revision = schema.schema_state(engine)
    click.echo(f"{revision or '-'} ({state.value})")


@db.command()
def check() -> None:
    """Check the schema version (also by exit code).

    Exits with 0 if the schema is the one that this Greenroom needs. Otherwise exits with 1 and says what to do.

    For a deployment that upgrades in a step of its own: greenroom db check && greenroom serve
    """
    settings = environment.read_settings()
    with environment.database_engine(settings) as engine:
        schema.require_current(engine)
