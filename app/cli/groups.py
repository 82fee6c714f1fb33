"""`greenroom groups`: groups of accounts, which are granted access together."""

import functools

import click

from app.cli.operator import OPERATOR, all_pages, operator_transaction
from app.cli.output import print_table


@click.group()
def groups() -> None:
    """Manage groups of accounts, which are granted access together."""


@groups.command()
@click.argument("name")
@click.option("--admin", is_flag=True, help="Make its members administrators.")
@click.option("--description", metavar="TEXT", help="What the group is for.")
def create(name: str, admin: bool, description: str | None) -> None:
    """Create the empty group NAME."""
    from app.accounts import groups as verbs

    with operator_transaction():
        row = verbs.create(name, description=description, is_admin=admin, actor=OPERATOR)
    click.echo(f"Created group {row.name}{', whose members are administrators' if row.is_admin else ''}.")


@groups.command()
@click.argument("name")
def delete(name: str) -> None:
    """Delete group NAME and the access it gives. Its members' accounts stay."""
    from app.accounts import groups as verbs

    with operator_transaction():
        verbs.delete(name, actor=OPERATOR)
    click.echo(f"Deleted group {name}.")


@groups.command("list")
@click.argument("name", required=False)
def list_(name: str | None) -> None:
    """List all groups, or the members of group NAME."""
    from app.accounts import groups as verbs

    with operator_transaction(read_only=True):
        if name is None:
            rows = list(all_pages(verbs.search))
            print_table(
                ("NAME", "MEMBERS", "ADMIN", "DESCRIPTION"),
                [
                    (row.name, str(row.members), "yes" if row.is_admin else "no", row.description or "")
                    for row in rows
                ],
            )
            return
        members = list(all_pages(functools.partial(verbs.members, name)))
    print_table(
        ("NAME", "STATE", "SOURCE", "FULL NAME"),
        [
            (
                row.name,
                "disabled" if row.disabled_at else "active",
                "single sign-on" if row.is_external else "local",
                row.full_name or "",
            )
            for row in members
        ],
    )


@groups.command()
@click.argument("group")
@click.argument("names", nargs=-1, required=True, metavar="NAME...")
def add(group: str, names: tuple[str, ...]) -> None:
    """Add the accounts NAME... to GROUP. If one is unknown, none is added."""
    from app.accounts import groups as verbs

    with operator_transaction():
        for name in names:
            verbs.add(group, name, actor=OPERATOR)
    click.echo(f"Added to group {group}: {', '.join(names)}.")


@groups.command()
@click.argument("group")
@click.argument("names", nargs=-1, required=True, metavar="NAME...")
def remove(group: str, names: tuple[str, ...]) -> None:
    """Remove the accounts NAME... from GROUP. If one is unknown, none is removed."""
    from app.accounts import groups as verbs

    with operator_transaction():
        for name in names:
            verbs.remove(group, name, actor=OPERATOR)
    click.echo(f"Removed from group {group}: {', '.join(names)}.")
