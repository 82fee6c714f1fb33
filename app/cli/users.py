"""`greenroom users`: the accounts of people and services."""

from typing import TYPE_CHECKING

import click

from app.cli.operator import OPERATOR, all_pages, operator_transaction, read_password
from app.cli.output import format_time, print_table

if TYPE_CHECKING:  # slow to load, so --help does not
    from app.accounts.queries import AccountRow

PASSWORD = click.option("--password-stdin", is_flag=True, help="Read the password from standard input.")


@click.group()
def users() -> None:
    """Manage accounts of people and services.

    The first account turns on sign-in, for pages and the API, and must be an administrator.
    """


@users.command(
    epilog="""\b
Examples:
  greenroom users create anna --admin --password-stdin < password.txt
  greenroom users create nightly-build --service
"""
)
@click.argument("name")
@click.option("--admin", is_flag=True, help="Make the account an administrator.")
@click.option("--service", is_flag=True, help="For a program: it has tokens and no password.")
@click.option("--full-name", metavar="TEXT", help="The person's full name.")
@PASSWORD
def create(name: str, admin: bool, service: bool, full_name: str | None, password_stdin: bool) -> None:
    """Create the account NAME.

    Without a password, it can sign in with a token, or by single sign-on if that is set up.
    """
    from app.sharing import team_setup

    password = read_password() if password_stdin else None
    kind = "service" if service else "user"
    with operator_transaction():
        row = team_setup.create_account(
            name, kind=kind, password=password, is_admin=admin, full_name=full_name, actor=OPERATOR
        )
    click.echo(f"Created {row.name}, {_role(row)}.")
    if service or password is None:
        click.echo(
            f"It has no password. To create a token: greenroom tokens create --user {row.name}", err=True
        )


def _role(row: "AccountRow") -> str:
    if row.is_service:
        return "a service" + (" with administrator rights" if row.administers else "")
    return "an administrator" if row.administers else "a user"


@users.command("list")
def list_() -> None:
    """List all accounts: role, state, when last seen."""
    from app.accounts import accounts

    with operator_transaction(read_only=True):
        rows = list(all_pages(accounts.search))
    print_table(
        ("NAME", "ROLE", "STATE", "LAST SEEN", "FULL NAME"),
        [
            (
                row.name,
                _role(row).split(" ", 1)[1],
                "disabled" if row.disabled_at else "active",
                format_time(row.last_seen_at),
                row.full_name or "",
            )
            for row in rows
        ],
    )


@users.command()
@click.argument("name")
def disable(name: str) -> None:
    """Disable NAME and end its sessions.

    Its password and tokens are refused at once, until it is enabled again.
    """
    from app.accounts import accounts

    with operator_transaction():
        row = accounts.disable(name, actor=OPERATOR)
    click.echo(f"Disabled {row.name}.")


@users.command()
@click.argument("name")
def enable(name: str) -> None:
    """Re-enable NAME, with the same password and tokens."""
    from app.accounts import accounts

    with operator_transaction():
        row = accounts.enable(name, actor=OPERATOR)
    click.echo(f"Enabled {row.name}.")


@users.command()
@click.argument("name")
def delete(name: str) -> None:
    """Delete the account NAME.

    Its sessions, tokens, memberships and access are deleted with it. The history stays.
    """
    from app.accounts import accounts

    with operator_transaction():
        accounts.delete(name, actor=OPERATOR)
    click.echo(f"Deleted {name}.")


@users.command("set-password")
@click.argument("name")
@PASSWORD
def set_password(name: str, password_stdin: bool) -> None:
    """Set a new password for NAME and end its sessions."""
    from app.accounts import accounts

    if not password_stdin:
        raise click.UsageError("Give the password on standard input, with --password-stdin.")
    password = read_password()
    with operator_transaction():
        accounts.set_password(name, password, actor=OPERATOR)
    click.echo(f"Set the password of {name}.")


@users.command()
@click.argument("name")
def prepare(name: str) -> None:
    """Hand NAME over to its owner's single sign-on.

    The next person who signs in with single sign-on under that name takes the account over. Its password,
    its sessions and its old identity at a provider are removed; its access, groups and tokens stay.
    """
    from app.accounts import sso_accounts

    with operator_transaction():
        sso_accounts.prepare(name, actor=OPERATOR)
    click.echo(f"Prepared {name}: the next single sign-on under that name takes the account over.")


@users.command("set-admin")
@click.argument("name")
@click.option("--on/--off", "is_admin", default=True, show_default=True, help="Grant or remove.")
def set_admin(name: str, is_admin: bool) -> None:
    """Grant or remove administrator rights."""
    from app.accounts import accounts

    with operator_transaction():
        row = accounts.set_admin(name, is_admin, actor=OPERATOR)
    click.echo(f"{row.name} is now {_role(row)}.")
