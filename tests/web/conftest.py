"""What tests of pages use: a client that inspects them, and a registry with something in it."""

from collections.abc import Callable

import pytest

from app.authz.actors import Actor
from app.db.transactions import transaction
from app.web.rendering import markdown
from tests.support.pages import Pages

ADA = Actor("Ada")


@pytest.fixture(autouse=True)
def patient_pages(monkeypatch) -> None:
    """Pages wait for their texts however busy the machine is."""
    monkeypatch.setattr(markdown, "PAGE_SECONDS", 60)


@pytest.fixture
def pages(client) -> Pages:
    return Pages(client)


@pytest.fixture
def do(app) -> Callable:
    """Run a verb in a transaction of its own, as Ada unless another actor is given."""

    def run(verb, *args, **kwargs):
        with app.app_context(), transaction():
            return verb(*args, **{"actor": ADA, **kwargs})

    return run


@pytest.fixture
def ask(app) -> Callable:
    """Read something in a transaction of its own."""

    def run(read, *args, **kwargs):
        with app.app_context(), transaction(read_only=True):
            return read(*args, **kwargs)

    return run
