"""How a command does the verbs' work: on a database that is up to date, in one transaction, as the operator."""

import contextlib
import datetime
import sys
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import click

from app.authz.actors import Actor
from app.cli import start
from app.cli.database import prepare_database
from app.core.errors import GreenroomError, InvalidParameter
from app.http.error_sentences import sentence

# Whoever has a shell with the database's address may do everything. No account can have this name.
OPERATOR = Actor(name="operator's shell")


@contextlib.contextmanager
def at_work(*, read_only: bool = False) -> Iterator[None]:
    """Everything a verb needs, committed at the end.

    What a verb refuses ends the command with its sentence: exit code 2 for a value that cannot be used,
    1 for what is not there, there already, or in another state.
    """
    from app import create_app  # which takes its time to load, and --help need not
    from app.db.transactions import db, transaction

    settings = start.read_settings()
    with start.database(settings) as engine:
        prepare_database(engine, upgrade=False)
        with create_app(settings, threads=1).app_context():
            try:
                with transaction(read_only=read_only):
                    yield
            except InvalidParameter as error:
                raise start.Refused(sentence(error)) from error
            except GreenroomError as error:
                raise click.ClickException(sentence(error)) from error
            finally:
                db.engine.dispose()


def read_password() -> str:
    """The password on standard input: its first line, or what a person types there twice, unseen."""
    if sys.stdin.isatty():
        return click.prompt("Password", hide_input=True, confirmation_prompt=True)
    try:
        return sys.stdin.buffer.readline().decode().rstrip("\r\n")
    except UnicodeDecodeError as error:
        raise start.Refused("The password on standard input is not UTF-8.") from error


def all_pages(every: Callable[..., tuple[list[Any], str | None]]) -> Iterator[Any]:
    """The rows of all pages of a list."""
    rows, token = every(max_results=1000)
    yield from rows
    while token:
        rows, token = every(max_results=1000, page_token=token)
        yield from rows


def print_table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print rows in columns, each as wide as it must be."""
    table = [header, *rows]
    widths = [max(len(row[column]) for row in table) for column in range(len(header))]
    for row in table:
        click.echo("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())


def moment(ms: int | None) -> str:
    """A time to the minute, in UTC; "-" where there is none."""
    if ms is None:
        return "-"
    return datetime.datetime.fromtimestamp(ms / 1000, datetime.UTC).strftime("%Y-%m-%d %H:%MZ")
