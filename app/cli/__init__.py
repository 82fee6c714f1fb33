"""The operator's door: `greenroom serve`, `greenroom db` and the other commands for a shell."""

import os

import click

from app.cli.check import check as check_command
from app.cli.db import db as db_commands
from app.cli.digests import digests as digests_command
from app.cli.digests import verify as verify_command
from app.cli.exports import export as export_command
from app.cli.groups import groups as groups_commands
from app.cli.imports import imports as import_commands
from app.cli.serve import serve as serve_command
from app.cli.tokens import tokens as tokens_commands
from app.cli.users import users as users_commands
from app.core.version import VERSION


@click.group(
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Each command has its own help, such as: greenroom serve --help",
)
@click.version_option(VERSION, prog_name="greenroom", message="%(prog)s %(version)s")
def main() -> None:
    """Greenroom, a model registry for teams.

    MLflow clients log, register and load models; people review them and move them from stage to stage in a
    browser. Start a server with "greenroom serve".

    \b
    Settings come from the environment:
      GREENROOM_INSTANCE       folder for database, artifacts and secret key (default: instance/)
      GREENROOM_DATABASE_URL   address of the database (default: SQLite in the instance folder)
      GREENROOM_ARTIFACTS_URL  where files are stored (default: a folder in the instance folder)
      GREENROOM_ALLOWED_HOSTS  host names of this server, comma-separated (IP addresses always work)
    """
    # Only the owner may read database, artifacts and key, whichever command creates them.
    os.umask(0o077)


main.add_command(serve_command)
main.add_command(check_command)
main.add_command(db_commands)
main.add_command(digests_command)
main.add_command(verify_command)
main.add_command(export_command)
main.add_command(import_commands)
main.add_command(users_commands)
main.add_command(groups_commands)
main.add_command(tokens_commands)
