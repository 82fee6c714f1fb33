"""`greenroom digests`: the digests of versions that have none yet."""

import click

from app.cli.operator import operator_transaction
from app.cli.output import print_table

AT_ONCE = 20  # versions between two lines of progress
MAX_SHOWN = 100


@click.command()
@click.pass_context
def digests(context: click.Context) -> None:
    """Make the digests of versions that have none yet.

    Servers do so by themselves, slowly, so that they answer as quickly as ever. This command takes all the time that
    the machine has. It can run beside servers, and be stopped and started again at any moment.

    Versions whose files could not be read are tried again. Exits with 1 if there are still some.
    """
    from app import manifests
    from app.registry import version_files

    # Reading alone: each part of the work has a transaction of its own.
    with operator_transaction(read_only=True):
        total = manifests.count_pending()
        made, again = 0, True
        while count := manifests.make_pending(AT_ONCE, again=again):
            made, again = made + count, False
            click.echo(f"{made} of {max(made, total)} versions", err=True)
        left = manifests.count_pending()
        problems = version_files.unreadable(MAX_SHOWN)
    if not left:
        click.echo("Every version has its digest.")
        return
    if problems:
        print_table(
            ("MODEL", "VERSION", "PROBLEM"), [(row.name, str(row.number), row.problem) for row in problems]
        )
        click.echo(f"{left} versions have no digest: files could not be read.", err=True)
    else:
        click.echo(f"{left} versions have no digest yet: a server is making it.", err=True)
    context.exit(1)
