"""`greenroom users`: the accounts of people and services."""

import click

from app.cli.working import OPERATOR, all_pages, at_work, moment, print_table, read_password

PASSWORD = click.option("--password-stdin", is_flag=True, help="Read the password from standard input.")


@click.group()
def users() -> None:
    """Keep the accounts of people and services.

    The first account turns signing in on, for pages and API alike; it is an administrator's.
    """


@users.command(
    epilog="""\b
Examples:
  greenroom users create anna --admin --password-stdin < password.txt
  greenroom users create nightly-build --service
"""
)
@click.argument("name")
@click.option("--admin", is_flag=True, help="Make it an administrator.")
@click.option("--service", is_flag=True, help="Make it a program's: it has tokens and no password.")
@click.option("--full-name", metavar="TEXT", help="What the person is called.")
@PASSWORD
def create(name: str, admin: bool, service: bool, full_name: str | None, password_stdin: bool) -> None:
    """Make an account called NAME.

    Without a password it can sign in with a token, or by single sign-on where that is set up.
    """
    from app.sharing import team_setup

    password = read_password() if password_stdin else None
    kind = "service" if service else "user"
    with at_work():
        row = team_setup.create_account(
            name, kind=kind, password=password, is_admin=admin, full_name=full_name, actor=OPERATOR
        )
    click.echo(f"Created {row.name}, {_role(row)}.")
    if service or password is None:
        click.echo(
            f"It has no password. Make it a token: greenroom tokens create --user {row.name}", err=True
        )


def _role(row) -> str:
    if row.is_service:
        return "a service" + (" that administers" if row.administers else "")
    return "an administrator" if row.administers else "a user"


@users.command("list")
def list_() -> None:
    """List the accounts: role, state, when last seen."""
    from app.accounts import accounts

    with at_work(read_only=True):
        rows = list(all_pages(accounts.every))
    print_table(
        ("NAME", "ROLE", "STATE", "LAST SEEN", "FULL NAME"),
        [
            (
                row.name,
                _role(row).split(" ", 1)[1],
                "disabled" if row.disabled_at else "active",
                moment(row.last_seen_at),
                row.full_name or "",
            )
            for row in rows
        ],
    )


@users.command()
@click.argument("name")
def disable(name: str) -> None:
    """Let NAME in no longer, neither by password nor by token, and end its sessions."""
    from app.accounts import accounts

    with at_work():
        row = accounts.disable(name, actor=OPERATOR)
    click.echo(f"Disabled {row.name}.")


@users.command()
@click.argument("name")
def enable(name: str) -> None:
    """Let NAME in again, with its password and its tokens."""
    from app.accounts import accounts

    with at_work():
        row = accounts.enable(name, actor=OPERATOR)
    click.echo(f"Enabled {row.name}.")


@users.command()
@click.argument("name")
def delete(name: str) -> None:
    """Delete NAME with its sessions, tokens and rights. What it did stays in the history."""
    from app.accounts import accounts

    with at_work():
        accounts.delete(name, actor=OPERATOR)
    click.echo(f"Deleted {name}.")


@users.command("set-password")
@click.argument("name")
@PASSWORD
def set_password(name: str, password_stdin: bool) -> None:
    """Give NAME another password and end its sessions."""
    from app.accounts import accounts

    if not password_stdin:
        raise click.UsageError("Give the password on standard input, with --password-stdin.")
    password = read_password()
    with at_work():
        accounts.set_password(name, password, actor=OPERATOR)
    click.echo(f"Set the password of {name}.")


@users.command()
@click.argument("name")
def prepare(name: str) -> None:
    """Let NAME be taken over by whom single sign-on calls so, once.

    Its password, its sessions and whatever identity it had at a provider are gone; its rights, groups
    and tokens stay.
    """
    from app.accounts import sso_accounts

    with at_work():
        sso_accounts.prepare(name, actor=OPERATOR)
    click.echo(f"Prepared {name}: whoever comes with single sign-on under that name takes the account over.")


@users.command("set-admin")
@click.argument("name")
@click.option("--on/--off", "is_admin", default=True, show_default=True, help="Whether it administers.")
def set_admin(name: str, is_admin: bool) -> None:
    """Make NAME an administrator, or one no longer."""
    from app.accounts import accounts

    with at_work():
        row = accounts.set_admin(name, is_admin, actor=OPERATOR)
    click.echo(f"{row.name} is {_role(row)}.")
