"""The real databricks-sdk, current and of the time before 0.58, against a live Greenroom, with accounts and without."""

import pytest
import requests

from app.db.transactions import db
from app.sharing import token_models
from tests.contract.conftest import DATABRICKS_CLIENTS
from tests.support.applications import start_app
from tests.support.servers import live_greenroom
from tests.support.team import make_team

pytestmark = pytest.mark.contract


def token(team, name: str) -> str:
    with team.acting(name) as actor:
        return token_models.create(team.ids[name], "test", actor=actor)[1]


@pytest.mark.parametrize("client", DATABRICKS_CLIENTS)
def test_one_person_asks_and_decides_without_accounts(client, run_client, greenroom):
    base = f"{greenroom.url}/api/2.0/mlflow"
    for path, body in (
        ("registered-models/create", {}),
        *[("model-versions/create", {"source": "s3://b/m"})] * 2,
    ):
        requests.post(f"{base}/{path}", json={"name": client} | body, timeout=30).raise_for_status()
    run_client(client, "approvals.py", greenroom.url, client)


@pytest.mark.parametrize("client", DATABRICKS_CLIENTS)
def test_one_asks_and_another_decides_in_a_team(client, run_client, tmp_path):
    instance = tmp_path / "team"
    with live_greenroom(instance) as server:
        app = start_app(instance)
        team = make_team(app, versions=2)
        asker, approver = token(team, "anna"), token(team, "ben")
        with app.app_context():
            db.engine.dispose()
        run_client(client, "approvals.py", server.url, "churn", asker, approver)
