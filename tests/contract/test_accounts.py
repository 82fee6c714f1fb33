"""Accounts kept with MLflow's client for them, and rights with Databricks', against a live Greenroom."""

import pytest

from app.accounts import accounts, groups
from app.authz.actors import LOCAL_USER
from app.db.transactions import db, transaction
from app.sharing import token_models
from tests.contract.conftest import DATABRICKS_CLIENTS
from tests.factories.registry import make_model
from tests.support.applications import start_app
from tests.support.servers import live_greenroom

pytestmark = pytest.mark.contract

PASSWORD = "correct horse battery"


@pytest.fixture
def team(tmp_path):
    """A live server of a team, and a token for each of its people."""
    instance = tmp_path / "team"
    with live_greenroom(instance, "--workers", "2") as server:
        app = start_app(instance)
        with app.app_context(), transaction():
            accounts.create("root", password=PASSWORD, is_admin=True, actor=LOCAL_USER)
            accounts.create("anna", actor=LOCAL_USER)
            accounts.create("bot", kind="service", actor=LOCAL_USER)
            groups.create("team", actor=LOCAL_USER)
            make_model("churn", actor=LOCAL_USER)
            secrets = {
                name: token_models.create(accounts.find(name).id, "test", actor=LOCAL_USER)[1]
                for name in ("root", "anna")
            }
        with app.app_context():
            db.engine.dispose()
        yield server, secrets


@pytest.mark.parametrize("client", DATABRICKS_CLIENTS)
def test_rights_are_given_and_taken_with_the_databricks_sdk(client, run_client, team):
    server, secrets = team
    run_client(client, "rights.py", server.url, secrets["root"], secrets["anna"])


def test_accounts_are_kept_with_mlflows_client_for_them(run_client, team):
    """MLflow 3's: MLflow 2's reads the same answers, but does not load with the SQLAlchemy beside it."""
    server, _ = team
    signed_in = {"MLFLOW_TRACKING_USERNAME": "root", "MLFLOW_TRACKING_PASSWORD": PASSWORD}
    run_client("mlflow 3", "users.py", server.url, PASSWORD, **signed_in)
