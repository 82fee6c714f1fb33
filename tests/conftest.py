"""What every test may use: an application on a fresh instance, and a client to talk to it.

With --database postgresql, or both, the same tests run on PostgreSQL, each on a database of its own.
"""

import functools
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from werkzeug.routing import Rule

from app import create_app
from app.config import Settings
from app.database import db, transaction
from app.edge import Greenroom
from app.migrations import upgrade
from tests.support.postgres import TEMPLATE, Postgres, server
from tests.support.team import team  # noqa: F401  (a fixture)


def pytest_addoption(parser):
    parser.addoption(
        "--database",
        choices=("sqlite", "postgresql", "both"),
        default="sqlite",
        help="what tests that use a database run on (default: sqlite)",
    )


def pytest_generate_tests(metafunc):
    if "database" in metafunc.fixturenames:
        chosen = metafunc.config.getoption("database")
        names = ("sqlite", "postgresql") if chosen == "both" else (chosen,)
        metafunc.parametrize("database", names, scope="session")


def _compile_when_asked(rule: Rule, append_unknown: bool = True):
    """Compile the function that builds a route's address when an address is first built.

    Werkzeug compiles two for each of 400 routes at the start, which takes three quarters of it: nothing
    to an operator, and minutes to thousands of tests with an application each.
    """
    built = functools.cache(lambda: _COMPILE(rule, append_unknown))
    return lambda self, **values: built()(self, **values)


_COMPILE = Rule._compile_builder
Rule._compile_builder = _compile_when_asked  # type: ignore[method-assign]


def start_app(instance: Path, database_url: str = "") -> Greenroom:
    """An application on `instance`; its settings are read as in a start from the shell."""
    environ = {"GREENROOM_INSTANCE": str(instance), "GREENROOM_DATABASE_URL": database_url}
    return create_app(Settings.from_environ(environ), threads=4)


def migrate(instance: Path, database_url: str = "") -> None:
    """Bring the database of `instance`, or the one at `database_url`, to the newest step."""
    with start_app(instance, database_url).app_context():
        upgrade(db.engine)
        db.engine.dispose()


@pytest.fixture(scope="session")
def migrated_instance(tmp_path_factory) -> Path:
    """An instance whose database is migrated and empty; tests start from a copy, which costs a millisecond."""
    instance = tmp_path_factory.mktemp("migrated")
    migrate(instance)
    return instance


@pytest.fixture(scope="session")
def postgres(tmp_path_factory) -> Iterator[Postgres]:
    """A PostgreSQL with a migrated, empty database to copy; started when the first test asks for it."""
    with server() as running:
        migrate(tmp_path_factory.mktemp("postgres"), running.make_template())
        yield running


@pytest.fixture
def database_url(request, database) -> Iterator[str]:
    """The address of a migrated, empty database of the kind the test runs on; "" is SQLite's own place."""
    if database == "sqlite":
        yield ""
        return
    with request.getfixturevalue("postgres").database(TEMPLATE) as url:
        yield url


@pytest.fixture
def app(database_url, migrated_instance, tmp_path) -> Iterator[Greenroom]:
    instance = tmp_path / "instance"
    shutil.copytree(migrated_instance, instance)
    app = start_app(instance, database_url)
    yield app
    with app.app_context():
        db.engine.dispose()


@pytest.fixture
def client(app):
    return app.test_client()


@pytest.fixture
def work(app):
    """An application context with one transaction, for tests that call verbs without HTTP."""
    with app.app_context(), transaction():
        yield app
