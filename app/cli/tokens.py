"""`greenroom tokens`: the secrets that programs sign in with."""

import datetime
import re
from typing import TYPE_CHECKING

import click

from app.authz.permissions import Scope
from app.cli.environment import InvalidUse
from app.cli.operator import OPERATOR, operator_transaction
from app.cli.output import format_time, print_table
from app.core import clock

if TYPE_CHECKING:  # slow to load, so --help does not
    from app.accounts.tokens import TokenRow

_DURATION = re.compile(r"(\d{1,5})([hdw])\Z")
_HOURS = {"h": 1, "d": 24, "w": 7 * 24}
HOUR = 3600 * 1000  # milliseconds


@click.group()
def tokens() -> None:
    """Manage the tokens that programs sign in with."""


@tokens.command(
    epilog="""\b
Examples:
  export MLFLOW_TRACKING_TOKEN=$(greenroom tokens create --user anna)
  greenroom tokens create --user ci --name nightly --scope read --scope write --expires 90d --model churn
"""
)
@click.option("--user", required=True, metavar="NAME", help="The account that the token signs in.")
@click.option("--name", default="from the shell", show_default=True, help="What the token is for.")
@click.option(
    "--scope",
    "scopes",
    multiple=True,
    type=click.Choice([scope.value for scope in Scope]),
    help="Limit the token to this; can be repeated.  [default: everything the account may do]",
)
@click.option(
    "--expires",
    metavar="WHEN",
    help="When the token expires: after 12h, 90d or 4w, or at the start of 2030-01-31 (UTC).  "
    "[default: the greatest lifetime that GREENROOM_TOKEN_MAX_DAYS allows, or never]",
)
@click.option(
    "--model",
    "models",
    multiple=True,
    metavar="NAME",
    help="Limit the token to this model; can be repeated.  [default: all]",
)
def create(
    user: str, name: str, scopes: tuple[str, ...], expires: str | None, models: tuple[str, ...]
) -> None:
    """Create a token and print it. It is not shown again."""
    from app.accounts import accounts
    from app.sharing import token_models

    expires_at = None if expires is None else expiry_time(expires, clock.now_ms())
    with operator_transaction():
        _, secret = token_models.create(
            accounts.find(user).id,
            name,
            scopes=frozenset(map(Scope, scopes)) or None,
            expires_at=expires_at,
            models=models,
            actor=OPERATOR,
        )
    click.echo(secret)


def expiry_time(text: str, now: int) -> int:
    """Returns the time, in milliseconds, for a duration from now or a date. Raises `InvalidUse`."""
    if duration := _DURATION.match(text):
        return now + int(duration[1]) * _HOURS[duration[2]] * HOUR
    try:
        at = datetime.datetime.fromisoformat(text)
    except ValueError as error:
        raise InvalidUse(
            f"--expires {text}: enter a duration (12h, 90d, 4w) or a date (2030-01-31)."
        ) from error
    return int((at if at.tzinfo else at.replace(tzinfo=datetime.UTC)).timestamp() * 1000)


@tokens.command("list")
@click.option("--user", required=True, metavar="NAME", help="The account whose tokens to list.")
def list_(user: str) -> None:
    """List the tokens of an account, newest first, each by its prefix."""
    from app.accounts import accounts
    from app.accounts import tokens as verbs
    from app.sharing import token_models

    with operator_transaction(read_only=True):
        rows = verbs.of_account(accounts.find(user).id)
        names = token_models.names_by_token(rows)
    now = clock.now_ms()
    print_table(
        ("ID", "PREFIX", "STATE", "EXPIRES", "LAST USED", "SCOPES", "MODELS", "NAME"),
        [
            (
                str(row.id),
                row.hint,
                _state(row, now),
                format_time(row.expires_at),
                format_time(row.last_used_at),
                _scope_list(row.scopes),
                ",".join(names[row.id]) or "all",
                row.name,
            )
            for row in rows
        ],
    )


def _state(row: "TokenRow", now: int) -> str:
    if row.revoked_at is not None:
        return "revoked"
    return "active" if row.is_valid(now) else "expired"


def _scope_list(scopes: frozenset[Scope] | None) -> str:
    return "all" if scopes is None else ",".join(scope.value for scope in Scope if scope in scopes)


@tokens.command()
@click.argument("token_id", type=int, metavar="ID")
def revoke(token_id: int) -> None:
    """Revoke the token with this ID (see "tokens list").

    It stops working at once and cannot be restored.
    """
    from app.accounts import tokens as verbs

    with operator_transaction():
        verbs.revoke(token_id, actor=OPERATOR)
    click.echo(f"Revoked token {token_id}.")
