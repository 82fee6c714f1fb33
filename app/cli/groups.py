"""`greenroom groups`: accounts that have rights together."""

import functools

import click

from app.cli.working import OPERATOR, all_pages, at_work, print_table


@click.group()
def groups() -> None:
    """Keep groups of accounts, which have rights together."""


@groups.command()
@click.argument("name")
@click.option("--admin", is_flag=True, help="Make its members administrators.")
@click.option("--description", metavar="TEXT", help="What it is for.")
def create(name: str, admin: bool, description: str | None) -> None:
    """Make an empty group called NAME."""
    from app.accounts import groups as verbs

    with at_work():
        row = verbs.create(name, description=description, is_admin=admin, actor=OPERATOR)
    click.echo(f"Created group {row.name}{', whose members administer' if row.is_admin else ''}.")


@groups.command()
@click.argument("name")
def delete(name: str) -> None:
    """Delete group NAME with the rights that it gives. The accounts in it stay."""
    from app.accounts import groups as verbs

    with at_work():
        verbs.delete(name, actor=OPERATOR)
    click.echo(f"Deleted group {name}.")


@groups.command("list")
@click.argument("name", required=False)
def list_(name: str | None) -> None:
    """List the groups, or the accounts in group NAME."""
    from app.accounts import groups as verbs

    with at_work(read_only=True):
        if name is None:
            rows = list(all_pages(verbs.every))
            print_table(
                ("NAME", "MEMBERS", "ADMINISTERS", "DESCRIPTION"),
                [
                    (row.name, str(row.members), "yes" if row.is_admin else "no", row.description or "")
                    for row in rows
                ],
            )
            return
        members = list(all_pages(functools.partial(verbs.members, name)))
    print_table(
        ("NAME", "STATE", "FROM", "FULL NAME"),
        [
            (
                row.name,
                "disabled" if row.disabled_at else "active",
                "single sign-on" if row.is_external else "here",
                row.full_name or "",
            )
            for row in members
        ],
    )


@groups.command()
@click.argument("group")
@click.argument("names", nargs=-1, required=True, metavar="NAME...")
def add(group: str, names: tuple[str, ...]) -> None:
    """Put the accounts NAME... into GROUP: all of them, or none where one is unknown."""
    from app.accounts import groups as verbs

    with at_work():
        for name in names:
            verbs.add(group, name, actor=OPERATOR)
    click.echo(f"In group {group}: {', '.join(names)}.")


@groups.command()
@click.argument("group")
@click.argument("names", nargs=-1, required=True, metavar="NAME...")
def remove(group: str, names: tuple[str, ...]) -> None:
    """Take the accounts NAME... out of GROUP: all of them, or none where one is unknown."""
    from app.accounts import groups as verbs

    with at_work():
        for name in names:
            verbs.remove(group, name, actor=OPERATOR)
    click.echo(f"No longer in group {group}: {', '.join(names)}.")
