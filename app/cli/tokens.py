"""`greenroom tokens`: the secrets with which programs sign in."""

import datetime
import re

import click

from app.authz.permissions import Scope
from app.cli.start import Refused
from app.cli.working import OPERATOR, at_work, moment, print_table
from app.core import clock

_DURATION = re.compile(r"(\d{1,5})([hdw])\Z")
_HOURS = {"h": 1, "d": 24, "w": 7 * 24}
HOUR = 3600 * 1000  # milliseconds


@click.group()
def tokens() -> None:
    """Keep the tokens with which programs sign in."""


@tokens.command(
    epilog="""\b
Examples:
  export MLFLOW_TRACKING_TOKEN=$(greenroom tokens create --user anna)
  greenroom tokens create --user ci --name nightly --scope read --scope write --expires 90d --model churn
"""
)
@click.option("--user", required=True, metavar="NAME", help="The account that the token stands for.")
@click.option("--name", default="from the shell", show_default=True, help="What it is for.")
@click.option(
    "--scope",
    "scopes",
    multiple=True,
    type=click.Choice([scope.value for scope in Scope]),
    help="What it may be used for at most, several times over.  [default: whatever the account may do]",
)
@click.option(
    "--expires",
    metavar="WHEN",
    help="After 12h, 90d or 4w, or when a day such as 2030-01-31 begins (UTC).  [default: never]",
)
@click.option(
    "--model",
    "models",
    multiple=True,
    metavar="NAME",
    help="A model that it is good for, several times over.  [default: all]",
)
def create(
    user: str, name: str, scopes: tuple[str, ...], expires: str | None, models: tuple[str, ...]
) -> None:
    """Make a token, and print it alone: it is never shown again."""
    from app.accounts import accounts
    from app.sharing import token_models

    expires_at = None if expires is None else when(expires, clock.now_ms())
    with at_work():
        _, secret = token_models.create(
            accounts.find(user).id,
            name,
            scopes=frozenset(map(Scope, scopes)) or None,
            expires_at=expires_at,
            models=models,
            actor=OPERATOR,
        )
    click.echo(secret)


def when(text: str, now: int) -> int:
    """The moment, in milliseconds, that an operator gave as a length of time or a date. Raises `Refused`."""
    if found := _DURATION.match(text):
        return now + int(found[1]) * _HOURS[found[2]] * HOUR
    try:
        given = datetime.datetime.fromisoformat(text)
    except ValueError as error:
        raise Refused(
            f"--expires {text}: give a length of time (12h, 90d, 4w) or a date (2030-01-31)."
        ) from error
    return int((given if given.tzinfo else given.replace(tzinfo=datetime.UTC)).timestamp() * 1000)


@tokens.command("list")
@click.option("--user", required=True, metavar="NAME", help="The account that the tokens stand for.")
def list_(user: str) -> None:
    """List the tokens of an account, newest first; of each, how it begins, never the whole."""
    from app.accounts import accounts
    from app.accounts import tokens as verbs
    from app.sharing import token_models

    with at_work(read_only=True):
        rows = verbs.of_account(accounts.find(user).id)
        names = token_models.names_by_token(rows)
    now = clock.now_ms()
    print_table(
        ("ID", "BEGINS", "STATE", "EXPIRES", "LAST USED", "SCOPES", "MODELS", "NAME"),
        [
            (
                str(row.id),
                row.hint,
                _state(row, now),
                moment(row.expires_at),
                moment(row.last_used_at),
                _words(row.scopes),
                ",".join(names[row.id]) or "all",
                row.name,
            )
            for row in rows
        ],
    )


def _state(row, now: int) -> str:
    if row.revoked_at is not None:
        return "revoked"
    return "good" if row.is_good(now) else "expired"


def _words(scopes: frozenset[Scope] | None) -> str:
    return "all" if scopes is None else ",".join(scope.value for scope in Scope if scope in scopes)


@tokens.command()
@click.argument("token_id", type=int, metavar="ID")
def revoke(token_id: int) -> None:
    """Make the token with the number ID (see "tokens list") worthless, at once and for good."""
    from app.accounts import tokens as verbs

    with at_work():
        verbs.revoke(token_id, actor=OPERATOR)
    click.echo(f"Revoked token {token_id}.")
