"""Real clients on files that registered versions are made of: what is refused, and that all the rest goes on."""

import pytest

from app.accounts import accounts
from app.authz.actors import LOCAL_USER
from app.authz.levels import Level
from app.db.transactions import db, transaction
from app.sharing import grants, team_setup, token_models
from app.tracking import experiments
from tests.contract.conftest import ENVIRONMENTS
from tests.support.applications import start_app
from tests.support.servers import live_greenroom

pytestmark = pytest.mark.contract


@pytest.fixture
def people(tmp_path):
    """A live server of a team, and the tokens of anna, whose the experiment is, and of ben, who may read it."""
    instance = tmp_path / "team"
    with live_greenroom(instance) as server:
        app = start_app(instance)
        with app.app_context(), transaction():
            team_setup.create_account(
                "root", password="correct horse battery", is_admin=True, actor=LOCAL_USER
            )
            for name in ("anna", "ben"):
                accounts.create(name, actor=LOCAL_USER)
            experiment = experiments.create("annas", actor=LOCAL_USER)
            for name, level in (("anna", Level.EDIT), ("ben", Level.READ)):
                principal = grants.principal_of_account(name)
                grants.set_on_experiment(experiment, principal, level, actor=LOCAL_USER)
            tokens = [
                token_models.create(accounts.find(name).id, "test", actor=LOCAL_USER)[1]
                for name in ("anna", "ben")
            ]
        with app.app_context():
            db.engine.dispose()
        yield server, *tokens


@pytest.mark.parametrize("client", ENVIRONMENTS)
def test_clients_see_what_is_refused_and_go_on_logging(client, run_client, people):
    server, anna, ben = people
    run_client(client, "held.py", server.url, anna, ben)
