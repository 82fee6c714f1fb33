"""What every test may use: an application on a fresh instance, and a client to talk to it."""

import shutil
from pathlib import Path

import pytest

from app import create_app
from app.config import Settings
from app.database import db, transaction
from app.edge import Greenroom
from app.migrations import upgrade


def make_app(instance: Path) -> Greenroom:
    """An application on `instance`, migrated; its settings are read as in a start from the shell."""
    app = create_app(Settings.from_environ({"GREENROOM_INSTANCE": str(instance)}), threads=4)
    app.testing = True
    with app.app_context():
        upgrade(db.engine)
    return app


@pytest.fixture(scope="session")
def migrated_instance(tmp_path_factory) -> Path:
    """An instance whose database is migrated and empty; tests start from a copy, which costs a millisecond."""
    instance = tmp_path_factory.mktemp("migrated")
    app = make_app(instance)
    with app.app_context():
        db.engine.dispose()
    return instance


@pytest.fixture
def app(migrated_instance, tmp_path):
    instance = tmp_path / "instance"
    shutil.copytree(migrated_instance, instance)
    app = create_app(Settings.from_environ({"GREENROOM_INSTANCE": str(instance)}), threads=4)
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
