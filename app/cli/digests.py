"""`greenroom digests` and `greenroom verify`: making the digests that are missing, and checking those there are."""

from typing import TYPE_CHECKING

import click

from app.cli.operator import OPERATOR, operator_transaction
from app.cli.output import print_table

if TYPE_CHECKING:
    from app.manifests import Verification

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


@click.command()
@click.argument("name")
@click.argument("version")
@click.pass_context
def verify(context: click.Context, name: str, version: str) -> None:
    """Read the files of VERSION of the model NAME again and compare them with its digest.

    Servers do so for every version each night. Exits with 1 if a file changed, is missing or was added, or if there is
    nothing to compare. What it finds is shown on the version's page; who approved or manages the version is notified.
    """
    from app import manifests
    from app.registry import queries

    with operator_transaction(read_only=True):
        version_id = queries.version_keys(name, version).id
        outcome = manifests.verify(version_id, actor=OPERATOR)
        manifest = manifests.of_version(version_id)
    if outcome.matches:
        click.echo(f"{manifest.file_count} files are as they were registered.")
        click.echo(f"Digest: {manifest.digest or '-'}")
        return
    if outcome.differences:
        print_table(("FILE", "WHAT"), [(one.path, one.what) for one in outcome.differences])
    click.echo(_why_not(outcome), err=True)
    context.exit(1)


def _why_not(outcome: "Verification") -> str:
    from app.manifests.tables import ELSEWHERE

    if outcome.differences:
        return "The files are not those that were registered."
    if outcome.problem:
        return f"The files cannot be read: {outcome.problem}."
    if outcome.state == ELSEWHERE:
        return "The files are not held here, so there is nothing to compare."
    return "The version has no digest yet. Run 'greenroom digests' first."
