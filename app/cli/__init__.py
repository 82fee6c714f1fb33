"""The operator's door: `greenroom serve`, `greenroom db` and what else is done from a shell."""

import os

import click

from app.cli.database import db as db_commands
from app.cli.groups import groups as groups_commands
from app.cli.serve import serve as serve_command
from app.cli.tokens import tokens as tokens_commands
from app.cli.users import users as users_commands
from app.core.version import VERSION


@click.group(
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Every command explains itself: greenroom serve --help.",
)
@click.version_option(VERSION, prog_name="greenroom", message="%(prog)s %(version)s")
def main() -> None:
    """Greenroom, a model registry for teams.

    MLflow clients log, register and load models here; people look, decide and move them from stage to
    stage in a browser. Start one with "greenroom serve".

    \b
    Settings come from the environment:
      GREENROOM_INSTANCE       folder for database, artifacts and secret key (instance/)
      GREENROOM_DATABASE_URL   where the data is (SQLite in the instance folder)
      GREENROOM_ARTIFACTS_URL  where files are (a folder in the instance folder)
      GREENROOM_ALLOWED_HOSTS  names this server goes by, with commas (addresses always work)
    """
    # Database, artifacts and key are the owner's alone, whatever made them.
    os.umask(0o077)


main.add_command(serve_command)
main.add_command(db_commands)
main.add_command(users_commands)
main.add_command(groups_commands)
main.add_command(tokens_commands)
