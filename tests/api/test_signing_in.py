"""Signing in at the API: tokens and passwords, what is refused, and how soon a refusal counts."""

import base64

import pytest

from app.accounts import credentials, tokens
from app.authz.actors import LOCAL_USER
from app.authz.permissions import Scope
from app.core import clock
from app.db.transactions import db, transaction
from app.sharing import token_models
from tests.factories.accounts import make_account, require_sign_in, sign_in

GET = "/api/2.0/mlflow/registered-models/search"
CREATE = "/api/2.0/mlflow/registered-models/create"
PASSWORD = "correct horse battery staple"


def bearer(secret: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {secret}"}


def basic(name: str, password: str) -> dict[str, str]:
    return {"Authorization": "Basic " + base64.b64encode(f"{name}:{password}".encode()).decode()}


@pytest.fixture
def anna(app):
    """A person with a password, who makes the server one for a team."""
    with app.app_context(), transaction():
        found = make_account("anna", password=PASSWORD, is_admin=True)
    require_sign_in(app)
    return found


@pytest.fixture
def token(app, anna):
    """Make a token of hers."""

    def make(**values):
        with app.app_context(), transaction():
            return token_models.create(anna.id, "ci", actor=LOCAL_USER, **values)

    return make


def test_without_accounts_nobody_signs_in(client):
    assert client.get(GET).status_code == 200
    assert client.get(GET, headers=bearer("whatever")).status_code == 200


def test_with_an_account_one_must(client, anna):
    answer = client.get(GET)

    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"].startswith('Basic realm="Greenroom"')
    assert answer.json["error_code"] == "UNAUTHENTICATED"


def test_a_token_signs_in_as_bearer_and_as_a_basic_password(client, token):
    _, secret = token()

    assert client.get(GET, headers=bearer(secret)).status_code == 200
    assert client.get(GET, headers=basic("anything", secret)).status_code == 200


def test_a_password_signs_in_and_names_the_author(client, anna):
    made = client.post(CREATE, json={"name": "churn"}, headers=basic("Anna", PASSWORD))

    assert made.status_code == 200
    assert made.json["registered_model"]["user_id"] == "anna"


@pytest.mark.parametrize(
    "header",
    [
        bearer("grn_wrong"),
        basic("anna", "wrong"),
        basic("nobody", "x"),
        {"Authorization": "Digest x"},
        {"Authorization": "Bearer"},
    ],
)
def test_what_is_not_good_is_refused(client, anna, header):
    assert client.get(GET, headers=header).status_code == 401


def test_a_revoked_token_is_worthless_at_once(app, client, token):
    row, secret = token()
    assert client.get(GET, headers=bearer(secret)).status_code == 200

    with app.app_context(), transaction():
        tokens.revoke(row.id, actor=LOCAL_USER)

    assert client.get(GET, headers=bearer(secret)).status_code == 401


def test_an_expired_token_is_worthless(client, token, monkeypatch):
    now = clock.now_ms()
    _, secret = token(expires_at=now + 60_000)
    assert client.get(GET, headers=bearer(secret)).status_code == 200

    monkeypatch.setattr(clock, "now_ms", lambda: now + 60_000)

    assert client.get(GET, headers=bearer(secret)).status_code == 401


def test_a_token_is_good_for_its_scopes_only(client, token):
    _, reading = token(scopes={Scope.READ})
    _, writing = token(scopes={Scope.WRITE})

    assert client.get(GET, headers=bearer(reading)).status_code == 200
    assert client.get(GET, headers=bearer(writing)).status_code == 200
    refused = client.post(CREATE, json={"name": "churn"}, headers=bearer(reading))
    assert (refused.status_code, refused.json["error_code"]) == (403, "PERMISSION_DENIED")
    assert client.post(CREATE, json={"name": "churn"}, headers=bearer(writing)).status_code == 200


def test_a_token_for_some_models_reaches_those_and_makes_none(client, token, anna):
    for name in ("churn", "fraud"):
        client.post(CREATE, json={"name": name}, headers=basic("anna", PASSWORD))
    _, secret = token(models=["churn"])

    found = client.get(GET, headers=bearer(secret)).json["registered_models"]
    assert [one["name"] for one in found] == ["churn"]
    hidden = client.get("/api/2.0/mlflow/registered-models/get?name=fraud", headers=bearer(secret))
    assert hidden.status_code == 404
    assert client.post(CREATE, json={"name": "new"}, headers=bearer(secret)).status_code == 403


def test_a_session_is_no_way_into_the_api(app, client, anna):
    sign_in(app, client, anna.id)

    assert client.get("/models").status_code == 200
    assert client.get(GET).status_code == 401


def test_a_page_sends_whoever_is_not_signed_in_to_sign_in(client, anna):
    answer = client.get("/models?q=churn")

    assert answer.status_code == 303
    assert answer.location == "/sign-in?next=/models?q%3Dchurn"


def test_a_form_of_nobody_is_refused_with_401(client, anna):
    assert client.post("/models/churn/tags", data={"key": "a"}).status_code in (400, 401)


def test_the_use_of_a_token_is_noted_now_and_then(app, client, token, monkeypatch):
    row, secret = token()
    client.get(GET, headers=bearer(secret))
    with app.app_context(), transaction(read_only=True):
        first = tokens.get(row.id).last_used_at
    assert first is not None

    monkeypatch.setattr(clock, "now_ms", lambda: first + credentials.USE_RECORDED_EVERY + 1)
    client.get(GET, headers=bearer(secret))

    with app.app_context(), transaction(read_only=True):
        assert tokens.get(row.id).last_used_at == first + credentials.USE_RECORDED_EVERY + 1


def test_no_secret_is_kept(app, token):
    row, secret = token()
    with app.app_context(), transaction(read_only=True):
        kept = db.session.execute(db.text("SELECT * FROM access_token")).all()
        told = db.session.execute(db.text("SELECT * FROM event")).all()
    assert row.hint in secret
    assert secret not in repr(kept) + repr(told)
