"""Who approved a version, and who manages its model, is told that its files changed."""

import pytest

from app import manifests
from app.approvals import notices, requests
from app.db.transactions import transaction
from tests.manifests.conftest import folder, put, register, run_alone


@pytest.fixture
def version(app, team):
    """A version that bea approved for Production, whose files changed since."""
    with app.app_context(), transaction():
        run = run_alone()
        put(run, {"MLmodel": b"flavors: {}\n"})
        row = register(run)
    team.rule("Production", must_request=True, approvals=2)
    team.do("anna", requests.open_request, "churn", row.number, "Production")
    team.do("bea", requests.approve, "churn", row.number, "Production")
    (app.settings.artifacts / folder(run) / "model" / "MLmodel").write_bytes(b"flavors: []\n")
    with app.app_context():
        manifests.verify(row.id)
    return row


def told(team, name: str) -> list[tuple]:
    with team.acting(name) as actor:
        rows, _ = notices.of(actor)
        return [(row.kind, row.actor, row.number, row.text) for row in rows]


@pytest.mark.parametrize("name", ["bea", "meg", "ada"])
def test_approvers_managers_and_administrators_are_told(team, version, name):
    assert told(team, name) == [("mismatch", "the server", version.number, "MLmodel changed")]


@pytest.mark.parametrize("name", ["anna", "ben", "rita"])
def test_nobody_else_is(team, version, name):
    assert told(team, name) == []


def test_they_are_told_once(app, team, version):
    with app.app_context():
        manifests.verify(version.id)
    assert len(told(team, "bea")) == 1
