"""What every command needs first: the settings and a database that answers. If one is missing, it says why."""

import contextlib
from collections.abc import Iterator

import click
from sqlalchemy import Engine, create_engine
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError

from app.db.engine import engine_options
from app.settings.env import ConfigError
from app.settings.settings import Settings


class InvalidUse(click.ClickException):
    """A value or a use of a command that is not accepted; exit code 2, as for a wrong option."""

    exit_code = 2


def read_settings() -> Settings:
    """Returns the settings from the environment. Raises `click.ClickException` with the sentence to show."""
    try:
        return Settings.from_environ()
    except ConfigError as error:
        raise click.ClickException(str(error)) from error


def without_password(database_url: str) -> str:
    """Returns the database's address as it may be printed: without its password."""
    return make_url(database_url).render_as_string(hide_password=True)


@contextlib.contextmanager
def database_engine(settings: Settings) -> Iterator[Engine]:
    """Opens an engine for the length of a command; nothing of it is left for processes started afterwards.

    A database that cannot be used ends the command with a sentence that names the variable.
    """
    try:
        engine = create_engine(settings.database_url, **engine_options(settings.database_url, threads=1))
    except ModuleNotFoundError as error:
        raise click.ClickException(
            "GREENROOM_DATABASE_URL is a PostgreSQL address, but the driver is not installed. "
            "Install greenroom[postgresql]."
        ) from error
    try:
        yield engine
    except DBAPIError as error:
        reason = str(error.orig).strip().splitlines()[0].rstrip(".")
        raise click.ClickException(
            f"GREENROOM_DATABASE_URL: {without_password(settings.database_url)} cannot be used: {reason}."
        ) from error
    finally:
        engine.dispose()
