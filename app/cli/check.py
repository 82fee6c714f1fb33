"""`greenroom check`: looks at everything a server needs, and says what to do."""

import json

import click

from app.cli import checks
from app.cli.environment import read_settings
from app.settings.env import ConfigError
from app.settings.settings import Settings

COLORS = {checks.OK: "green", checks.WARNING: "yellow", checks.FAULT: "red"}


@click.command(
    epilog="""\b
Examples:
  greenroom check
  greenroom check --deep --json
"""
)
@click.option("--deep", is_flag=True, help="Read the whole database, which takes its time.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.option(
    "--accept",
    is_flag=True,
    help="First make this key and this folder of artifacts those of the database, after they were changed on purpose.",
)
@click.pass_context
def check(context: click.Context, deep: bool, as_json: bool, accept: bool) -> None:
    """Check settings, keys, database, artifacts, clocks and proxy.

    Each line says ok, warning or fault, and what to do. Exits with 1 if there is a fault. On each of several servers,
    run it with the variables that the server has.
    """
    if accept:
        checks.accept(read_settings())
    try:
        findings = [
            checks.Finding("settings", checks.OK, "The variables can be used."),
            *checks.all_findings(Settings.from_environ(), deep=deep),
        ]
    except ConfigError as error:
        findings = [checks.Finding("settings", checks.FAULT, str(error))]
    if as_json:
        click.echo(json.dumps([finding._asdict() for finding in findings], indent=2))
    else:
        for finding in findings:
            state = click.style(finding.state.ljust(7), fg=COLORS[finding.state])
            click.echo(f"{state}  {finding.what}: {finding.sentence}")
    context.exit(int(any(finding.state == checks.FAULT for finding in findings)))
