"""`greenroom serve`: check everything that can be checked first, then serve."""

import dataclasses

import click

from app import __version__
from app.cli import listening, start
from app.cli.database import bring_up_to_date, require_current
from app.config import Settings


@click.command(
    epilog="""\b
Examples:
  greenroom serve
  greenroom serve --port 8080 --workers 4
  GREENROOM_INSTANCE=/srv/greenroom greenroom serve
"""
)
@click.option("--host", default="127.0.0.1", show_default=True, metavar="ADDRESS",
              help="Address to listen on.")  # fmt: skip
@click.option("--port", type=click.IntRange(0, 65535), default=5000, show_default=True,
              help="Port to listen on; 0 takes a free one.")  # fmt: skip
@click.option("--workers", type=click.IntRange(1, 64),
              help="Processes.  [default: one for each core, at most 4]")  # fmt: skip
@click.option("--threads", type=click.IntRange(1, 256), default=8, show_default=True,
              help="Requests that one process answers at a time.")  # fmt: skip
@click.option("--upgrade", is_flag=True,
              help="Bring a PostgreSQL database up to date first; SQLite's always is.")  # fmt: skip
@click.option("--access-log", is_flag=True, help="Write a line for every request to standard output.")
@click.option("--without-accounts", is_flag=True,
              help="Listen where other machines can reach it, although anybody who does may do "
                   "everything.")  # fmt: skip
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
    from app.cli import serving  # gunicorn takes its time to load, which --help need not

    addresses = listening.resolve(host, port)
    if not listening.is_loopback(addresses) and not without_accounts:
        raise start.Refused(
            f"Without accounts, whoever reaches {host} may do everything; "
            "add --without-accounts if that is meant, or listen on 127.0.0.1."
        )
    settings = known_as(host, start.read_settings())
    sock = listening.listen(*addresses[0])
    prepare_database(settings, upgrade=upgrade)
    address = listening.url(sock, host)
    options = serving.options(
        sock,
        workers=workers or serving.default_workers(),
        threads=threads,
        access_log=access_log,
        announce=lambda: click.echo(greeting(address, settings, open_to_all=without_accounts)),
    )
    serving.Server(settings, options).run()


def known_as(host: str, settings: Settings) -> Settings:
    """The settings with the name that the operator gave among those that browsers may call us by."""
    return dataclasses.replace(settings, allowed_hosts=settings.allowed_hosts | {host.lower()})


def prepare_database(settings: Settings, *, upgrade: bool) -> None:
    """Bring an embedded database up to date; a shared one only when asked, since others may be using it.

    Raises `click.ClickException` with one sentence when the database cannot be used as it is.
    """
    with start.database(settings) as engine:
        if upgrade or engine.dialect.name == "sqlite":
            bring_up_to_date(engine)
        else:
            require_current(engine)


def greeting(address: str, settings: Settings, *, open_to_all: bool) -> str:
    """What is printed once the server answers: where to go, and the two lines a client needs."""
    whose = (
        "There are no accounts: whoever reaches this address may do everything."
        if open_to_all
        else "There are no accounts: everything is done by the local user of this machine."
    )
    return f"""Greenroom {__version__} is ready at {address}

A client needs two lines:

    pip install mlflow
    export MLFLOW_TRACKING_URI={address}

{whose}
Data: {settings.instance}. Stop with Ctrl-C."""
