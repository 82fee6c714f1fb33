"""Real clients on aliases and tags that have rules: what is refused, and that all the rest goes on."""

import pytest

from app.accounts import accounts
from app.authz.actors import LOCAL_USER
from app.authz.levels import Level
from app.db.transactions import db, transaction
from app.registry import aliases, versions
from app.sharing import grants, team_setup, token_models
from app.stages import rule_settings, transitions
from tests.contract.conftest import ENVIRONMENTS
from tests.factories.registry import make_model, make_versions
from tests.support.applications import start_app
from tests.support.servers import live_greenroom

pytestmark = pytest.mark.contract

LEVELS = {"anna": Level.EDIT, "meg": Level.MANAGE}


@pytest.fixture
def people(tmp_path):
    """A live server of a team with rules, and the tokens of anna and meg."""
    instance = tmp_path / "team"
    with live_greenroom(instance) as server:
        app = start_app(instance)
        with app.app_context(), transaction():
            team_setup.create_account(
                "root", password="correct horse battery", is_admin=True, actor=LOCAL_USER
            )
            make_model("churn", actor=LOCAL_USER)
            make_versions(2, actor=LOCAL_USER)
            for name, level in LEVELS.items():
                accounts.create(name, actor=LOCAL_USER)
                grants.set_on_model("churn", grants.principal_of_account(name), level, actor=LOCAL_USER)
            transitions.transition("churn", 1, "Production", actor=LOCAL_USER)
            aliases.set_alias("churn", "champion", 1, actor=LOCAL_USER)
            versions.set_tag("churn", 1, "approved", "yes", actor=LOCAL_USER)
            for target, fields in {
                "@champion": {"must_request": True},
                "@prod-*": {"bound_to": "Production"},
                "@live": {"follows": "Production"},
                "#approved": {"must_request": True},
            }.items():
                rule_settings.set_rule(target, **fields, actor=LOCAL_USER)
            tokens = [
                token_models.create(accounts.find(name).id, "test", actor=LOCAL_USER)[1] for name in LEVELS
            ]
        with app.app_context():
            db.engine.dispose()
        yield server, *tokens


@pytest.mark.parametrize("client", ENVIRONMENTS)
def test_clients_are_told_the_rule_and_go_on(client, run_client, people):
    server, anna, meg = people
    run_client(client, "governed.py", server.url, anna, meg)
