"""`greenroom serve`: check everything that can be checked first, then serve."""

import click
from sqlalchemy import inspect, select

from app.authz.tables import Account
from app.cli import environment
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
    help="Port to listen on; 0 takes a free one.",
)
@click.option(
    "--workers", type=click.IntRange(1, 64), help="Processes.  [default: one for each core, at most 4]"
)
@click.option(
    "--threads",
    type=click.IntRange(1, 256),
    default=8,
    show_default=True,
    help="Requests of one process that database and disk work for at a time.",
)
@click.option(
    "--upgrade", is_flag=True, help="Bring a PostgreSQL database up to date first; SQLite's always is."
)
@click.option("--access-log", is_flag=True, help="Write a line for every request to standard output.")
@click.option(
    "--without-accounts",
    is_flag=True,
    help="Listen where other machines can reach it, although anybody who does may do everything.",
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

    Needs no other program: data go to SQLite and files to a folder, both below GREENROOM_INSTANCE, unless
    GREENROOM_DATABASE_URL and GREENROOM_ARTIFACTS_URL say otherwise.

    Stop it with Ctrl-C. SIGTERM lets running requests finish first; SIGHUP replaces the processes one by one.
    """
    from app.server import gunicorn_app  # gunicorn takes its time to load, which --help need not

    settings = environment.read_settings()
    is_team = has_accounts(settings)
    try:
        addresses = sockets.resolve(host, port)
        is_open = not is_team and not sockets.is_loopback(addresses)
        if is_open and not without_accounts:
            raise environment.InvalidUse(
                f"Without accounts, whoever reaches {host} may do everything. Make one (greenroom users create "
                "--help), listen on 127.0.0.1, or add --without-accounts if that is meant."
            )
        sock = sockets.listen(*addresses[0])
    except sockets.AddressRefused as error:
        raise environment.InvalidUse(str(error)) from error
    with environment.database_engine(settings) as engine:
        prepare_database(engine, upgrade=upgrade)
    gunicorn_app.become_server(
        gunicorn_app.ServerOptions(
            descriptor=sock.fileno(),
            host=host,
            workers=workers or gunicorn_app.default_workers(),
            threads=threads,
            access_log=access_log,
            greeting=greeting(sockets.url(sock, host), settings, whose(is_team=is_team, is_open=is_open)),
        )
    )


def has_accounts(settings: Settings) -> bool:
    """Whether there are accounts, so that whoever comes must sign in; asked before any upgrade."""
    with environment.database_engine(settings) as engine:
        if not inspect(engine).has_table(Account.__tablename__):
            return False
        with engine.connect() as connection:
            return connection.execute(select(Account.id).limit(1)).first() is not None


def whose(*, is_team: bool, is_open: bool) -> str:
    """Who may do what, in a sentence for the start."""
    if is_team:
        return "Whoever comes signs in with an account; see greenroom users --help."
    if is_open:
        return "There are no accounts: whoever reaches this address may do everything."
    return "There are no accounts: everything is done by the local user of this machine."


def greeting(address: str, settings: Settings, whose: str) -> str:
    """What is printed once the server answers: where to go, and the two lines a client needs."""
    return f"""Greenroom {VERSION} is ready at {address}

A client needs two lines:

    pip install mlflow
    export MLFLOW_TRACKING_URI={address}

{whose}
Data: {settings.instance}. Stop with Ctrl-C."""
