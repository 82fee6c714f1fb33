"""`greenroom import`: what another installation has, into this one."""

from pathlib import Path

import click

from app.cli.exports import progress
from app.cli.operator import OPERATOR, operator_transaction
from app.cli.output import print_table


@click.group("import")
def imports() -> None:
    """Bring in experiments, runs, models and files from elsewhere."""


@imports.command("greenroom")
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
def from_greenroom(folder: Path) -> None:
    """Import what "greenroom export" wrote to FOLDER.

    A whole export goes into an installation that nobody has used yet. Models go into any installation that has the
    stages of their history and no models of their names. Each file is compared with its SHA-256. Importing a folder
    again adds nothing.
    """
    from app.exporting import load

    with operator_transaction(read_only=True):
        loaded = load(folder, actor=OPERATOR, progress=progress())
    if loaded.is_repeated:
        click.echo("This export was imported before. There is nothing to add.")
        return
    print_table(("TABLE", "ROWS"), [(name, f"{count:,}") for name, count in loaded.rows.items() if count])
    click.echo(
        f"Imported {sum(loaded.rows.values()):,} rows and {loaded.files:,} files ({loaded.bytes:,} bytes)."
    )
