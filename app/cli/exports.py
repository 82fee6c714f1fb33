"""`greenroom export`: everything, or a few models with their history, out to a folder."""

from collections.abc import Callable
from pathlib import Path

import click

from app.cli.operator import operator_transaction
from app.cli.output import print_table

SHOWN = 20  # files that could not be read


@click.command()
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
@click.option(
    "--model", "models", multiple=True, metavar="NAME", help="Only this model. Can be given several times."
)
@click.option("--with-secrets", is_flag=True, help="Include password hashes and the hashes of tokens.")
@click.pass_context
def export(context: click.Context, folder: Path, models: tuple[str, ...], with_secrets: bool) -> None:
    """Write everything that this installation holds to FOLDER, which must be empty or new.

    That is: experiments, runs, models, versions, files, stages, rules, requests, approvals, comments and the audit log.
    Accounts come without their passwords, and no tokens come along, unless you add --with-secrets.

    With --model, only models of that name are written, with their history, the runs that their versions come from, and
    their files. Rules, access and open requests stay behind.

    Servers can go on working meanwhile. Exits with 1 if a file could not be read. Import the folder with
    "greenroom import greenroom FOLDER".
    """
    from app.exporting import export_everything, export_models

    if models and with_secrets:
        raise click.UsageError("--with-secrets is for a whole export, not for --model.")
    with operator_transaction(read_only=True):
        if models:
            written = export_models(folder, list(dict.fromkeys(models)), progress=progress())
        else:
            written = export_everything(folder, with_secrets=with_secrets, progress=progress())
    click.echo(
        f"Wrote {sum(written.rows.values()):,} rows and {written.files:,} files ({written.bytes:,} bytes)."
    )
    if written.problems:
        print_table(("FILE", "PROBLEM"), [(one["path"], one["problem"]) for one in written.problems[:SHOWN]])
        click.echo(f"{len(written.problems):,} files could not be read.", err=True)
        context.exit(1)


def progress() -> Callable[[str, int], None]:
    """Returns what prints a line now and then about how far a long command is."""
    last: dict[str, int] = {}

    def tell(part: str, count: int) -> None:
        if count >= 10 * last.get(part, 1000):
            last[part] = count
            click.echo(f"{part}: {count:,}", err=True)

    return tell
