"""`greenroom serve`: check everything that can be checked first, then serve."""

import os

import click
from sqlalchemy import Engine, inspect, select

from app.authz.tables import Account
from app.cli import environment, installation
from app.cli.schema import prepare_database
from app.core.version import VERSION
from app.server import sockets
from app.settings.settings import Settings


@click.command(
    epilog="""\b
Examples:
  greenroom serve
  greenroom serve --port 8080 --workers 4
  GREENROOM_INSTANCE=/srv/greenroom greenroom serve
"""
)
@click.option(
    "--host", default="127.0.0.1", show_default=True, metavar="ADDRESS", help="Address to listen on."
)
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=5000,
    show_default=True,
    help="Port to listen on; 0 picks a free one.",
)
@click.option(
    "--workers", type=click.IntRange(1, 64), help="Processes.  [default: one for each core, at most 4]"
)
@click.option(
    "--threads",
    type=click.IntRange(1, 256),
    default=8,
    show_default=True,
    help="Requests of one process that use the database or disk at the same time.",
)
@click.option(
    "--upgrade", is_flag=True, help="Upgrade a PostgreSQL database first. SQLite is always upgraded."
)
@click.option("--access-log", is_flag=True, help="Write a line for every request to standard output.")
@click.option(
    "--without-accounts",
    is_flag=True,
    help="Listen on an address that other machines can reach, although anyone there can do anything.",
)
def serve(
    host: str,
    port: int,
    workers: int | None,
    threads: int,
    upgrade: bool,
    access_log: bool,
    without_accounts: bool,
) -> None:
    """Serve the pages and MLflow's API.

    Needs no other program: data is stored in SQLite and files in a folder, both in GREENROOM_INSTANCE, unless
    GREENROOM_DATABASE_URL and GREENROOM_ARTIFACTS_URL say otherwise.

    Stop it with Ctrl-C. SIGTERM lets running requests finish first; SIGHUP replaces the processes without a gap.
    Where systemd listens (socket activation), --host and --port don't count.
    """
    from app.server import gunicorn_app  # gunicorn takes its time to load, which --help need not

    settings = environment.read_settings()
    is_team = has_accounts(settings)
    try:
        sock = sockets.inherited(os.environ)
        if sock is not None:
            host = sock.getsockname()[0]
        addresses = [(sock.family, sock.getsockname())] if sock else sockets.resolve(host, port)
        is_open = not is_team and not sockets.is_loopback(addresses)
        if is_open and not without_accounts:
            raise environment.InvalidUse(
                f"There are no accounts, so anyone who can reach {host} could do anything. Create one (greenroom "
                "users create --help), listen on 127.0.0.1, or add --without-accounts if you want that."
            )
        sock = sock or sockets.listen(*addresses[0])
    except sockets.AddressRefused as error:
        raise environment.InvalidUse(str(error)) from error
    with environment.database_engine(settings) as engine:
        prepare_database(engine, upgrade=upgrade)
        check_installation(engine, settings)
    gunicorn_app.become_server(
        gunicorn_app.ServerOptions(
            descriptor=sock.fileno(),
            host=host,
            workers=workers or gunicorn_app.default_workers(),
            threads=threads,
            access_log=access_log,
            greeting=greeting(
                sockets.url(sock, host) + settings.prefix,
                settings,
                access_sentence(is_team=is_team, is_open=is_open),
                with_code=not is_team and settings.passwords,
            ),
        )
    )


def check_installation(engine: Engine, settings: Settings) -> None:
    """Warns of a key that others don't share. Raises `click.ClickException` for a folder of other artifacts."""
    installation.write_down(engine, settings)
    if (fault := installation.root_fault(engine, settings)) is not None:
        raise click.ClickException(fault)
    if (fault := installation.key_fault(engine, settings)) is not None:
        click.echo(f"Warning: {fault}", err=True)


def has_accounts(settings: Settings) -> bool:
    """Returns whether there are accounts, so that people must sign in; asked before any upgrade."""
    with environment.database_engine(settings) as engine:
        if not inspect(engine).has_table(Account.__tablename__):
            return False
        with engine.connect() as connection:
            return connection.execute(select(Account.id).limit(1)).first() is not None


def access_sentence(*, is_team: bool, is_open: bool) -> str:
    """Returns who can do what, as a sentence for the start."""
    if is_team:
        return "Sign-in is required. Manage accounts with greenroom users --help."
    if is_open:
        return "There are no accounts: anyone who can reach this address can do anything."
    return "There are no accounts: everyone on this machine is the local user."


def greeting(address: str, settings: Settings, access: str, *, with_code: bool) -> str:
    """Returns what is printed once the server answers: where to go, and the two lines a client needs."""
    code = (
        f"\nTo set up a team at {address}/set-up, use the set-up code {settings.set_up_code}"
        if with_code
        else ""
    )
    return f"""Greenroom {VERSION} is ready at {address}

A client needs two lines:

    pip install mlflow
    export MLFLOW_TRACKING_URI={address}

{access}{code}
Data: {settings.instance}. Stop with Ctrl-C."""
