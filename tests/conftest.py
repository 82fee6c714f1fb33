"""What every test may use: an application on a fresh instance, and a client to talk to it.

With --database postgresql, or both, the same tests run on PostgreSQL. Tests share an application and its
database, which each finds as new: see tests/support/applications.py.
"""

import contextlib
import functools
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from werkzeug.routing import Rule

from app.db.transactions import transaction
from app.http.application import Greenroom
from tests.support.applications import Shared, migrate, start_app, stop_app
from tests.support.postgres import TEMPLATE, Postgres, server
from tests.support.team import team_at_the_doors  # noqa: F401  (a fixture)

# No busy machine fails a test, and a run that fails fails again: other examples are looked for with
# --hypothesis-profile default, by somebody who has the time for what they find.
settings.register_profile(
    "steady", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("steady")


def pytest_addoption(parser):
    parser.addoption(
        "--database",
        choices=("sqlite", "postgresql", "both"),
        default="sqlite",
        help="what tests that use a database run on (default: sqlite)",
    )
    parser.addoption(
        "--own-apps",
        action="store_true",
        help="make an application for each test: slower, and should make no other difference",
    )


def pytest_generate_tests(metafunc):
    if "database" in metafunc.fixturenames:
        chosen = metafunc.config.getoption("database")
        names = ("sqlite", "postgresql") if chosen == "both" else (chosen,)
        metafunc.parametrize("database", names, scope="session")


@pytest.hookimpl(trylast=True)  # after pytest has put together what shares a database
def pytest_collection_modifyitems(items):
    """Begin with what takes long, so that in the end no process waits for another's last file."""
    items.sort(key=lambda item: not any(map(item.get_closest_marker, ("contract", "browser"))))


def _compile_when_asked(rule: Rule, append_unknown: bool = True):
    """Compile the function that builds a route's address when an address is first built.

    Werkzeug compiles two for each of 400 routes at the start, which takes three quarters of it: nothing
    to an operator, and minutes to thousands of tests with an application each.
    """
    built = functools.cache(lambda: _COMPILE(rule, append_unknown))
    return lambda self, **values: built()(self, **values)


_COMPILE = Rule._compile_builder
Rule._compile_builder = _compile_when_asked  # type: ignore[method-assign]


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


@pytest.fixture(scope="session")
def shared_on_sqlite(tmp_path_factory, migrated_instance) -> Iterator[Shared]:
    """The application that this process's tests on SQLite share."""
    shared = Shared(tmp_path_factory.mktemp("shared") / "instance", migrated_instance)
    yield shared
    shared.stop()


@pytest.fixture(scope="session")
def shared_on_postgresql(tmp_path_factory, migrated_instance, postgres) -> Iterator[Shared]:
    """The application that this process's tests on PostgreSQL share."""
    with postgres.restorable(TEMPLATE) as copy:
        instance = tmp_path_factory.mktemp("shared") / "instance"
        shared = Shared(instance, migrated_instance, copy.url, copy.put_back)
        yield shared
        shared.stop()


@contextlib.contextmanager
def own_app(request: pytest.FixtureRequest, database: str) -> Iterator[Greenroom]:
    """An application on a folder and a database that nobody else has."""
    instance = request.getfixturevalue("tmp_path") / "instance"
    shutil.copytree(request.getfixturevalue("migrated_instance"), instance)
    with contextlib.ExitStack() as stack:
        url = ""
        if database == "postgresql":
            url = stack.enter_context(request.getfixturevalue("postgres").database(TEMPLATE))
        app = start_app(instance, url)
        stack.callback(stop_app, app)
        yield app


@pytest.fixture
def app(request, database) -> Iterator[Greenroom]:
    """An application on a migrated, empty database; of the test's own where it is marked `own_app`."""
    if request.node.get_closest_marker("own_app") or request.config.getoption("own_apps"):
        with own_app(request, database) as made:
            yield made
    else:
        yield request.getfixturevalue(f"shared_on_{database}").as_new()


@pytest.fixture
def client(app):
    return app.test_client()


@pytest.fixture
def work(app):
    """An application context with one transaction, for tests that call verbs without HTTP."""
    with app.app_context(), transaction():
        yield app
