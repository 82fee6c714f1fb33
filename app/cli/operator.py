"""Runs verbs for a command: on a database that is up to date, in one transaction, as the operator."""

import contextlib
import sys
from collections.abc import Callable, Iterator
from typing import Any

import click

from app.authz.actors import Actor
from app.cli import environment, installation
from app.cli.schema import prepare_database
from app.core.errors import GreenroomError, InvalidParameter
from app.http.error_sentences import sentence

# Anyone with a shell and the database's address may do everything. No account can have this name.
OPERATOR = Actor(name="operator's shell")


@contextlib.contextmanager
def operator_transaction(*, read_only: bool = False) -> Iterator[None]:
    """Opens an application context and a transaction, which is committed at the end.

    An error of a verb ends the command with its sentence: exit code 2 for an invalid value, 1 for what does
    not exist, exists already, or is in another state.
    """
    from app import create_app  # slow to load, so --help does not
    from app.artifacts import ROOT_IS_MARKED
    from app.db.transactions import db, transaction

    settings = environment.read_settings()
    with environment.database_engine(settings) as engine:
        prepare_database(engine, upgrade=False)
        application = create_app(settings, threads=1)
        # A disk that is not mounted must not pass for files that are gone, and nothing is written in its place.
        application.config[ROOT_IS_MARKED] = installation.is_root_known(engine)
        with application.app_context():
            try:
                with transaction(read_only=read_only):
                    yield
            except InvalidParameter as error:
                raise environment.InvalidUse(sentence(error)) from error
            except GreenroomError as error:
                raise click.ClickException(sentence(error)) from error
            finally:
                db.engine.dispose()


def read_password() -> str:
    """Returns the first line of standard input; at a terminal, asks for it twice without showing it."""
    if sys.stdin.isatty():
        return click.prompt("Password", hide_input=True, confirmation_prompt=True)
    try:
        return sys.stdin.buffer.readline().decode().rstrip("\r\n")
    except UnicodeDecodeError as error:
        raise environment.InvalidUse("The password on standard input is not UTF-8.") from error


def all_pages(list_page: Callable[..., tuple[list[Any], str | None]]) -> Iterator[Any]:
    """Yields the rows of all pages of a list."""
    rows, token = list_page(max_results=1000)
    yield from rows
    while token:
        rows, token = list_page(max_results=1000, page_token=token)
        yield from rows
