"""MLflow's calls on accounts: shapes, statuses, and who may call them."""

import pytest
from sqlalchemy import select

from app.accounts import accounts
from app.audit.tables import Event
from app.authz.actors import LOCAL_USER
from app.authz.permissions import Scope
from app.db.transactions import db, transaction
from app.sharing import token_models
from tests.factories.accounts import require_sign_in

PASSWORD = "correct horse battery"
OTHER = "another fine long one"
USERS = "/api/2.0/mlflow/users"


@pytest.fixture
def team(app):
    """root, who administers, and anna, who does not."""
    with app.app_context(), transaction():
        accounts.create("root", password=PASSWORD, is_admin=True, actor=LOCAL_USER)
        accounts.create("anna", password=PASSWORD, actor=LOCAL_USER)
    require_sign_in(app)


@pytest.fixture
def ask(client, team):
    """Call as somebody: `ask("root", "POST", "create", {"username": ...})`; the answer."""

    def call(who, method, name, fields=None, *, password=PASSWORD, prefix=USERS):
        place = {"query_string": fields} if method == "GET" else {"json": fields}
        return client.open(f"{prefix}/{name}", method=method, auth=(who, password), **place)

    return call


def is_refused(answer, status: int, code: str) -> bool:
    return (answer.status_code, answer.json["error_code"]) == (status, code)


def test_an_administrator_makes_an_account(ask):
    made = ask("root", "POST", "create", {"username": "Ben", "password": OTHER})

    assert made.status_code == 200
    user = made.json["user"]
    assert (user["username"], user["is_admin"]) == ("Ben", False)
    assert ask("ben", "GET", "get", {"username": "ben"}, password=OTHER).json == {"user": user}
    assert ask("root", "GET", "get", {"username": "BEN"}).json == {"user": user}
    assert (
        ask("root", "GET", "get", {"username": "BEN"}, prefix="/ajax-api/2.0/mlflow/users").json["user"]
        == user
    )


@pytest.mark.parametrize(
    "fields",
    [
        {"username": "anna", "password": OTHER},
        {"username": "a b", "password": OTHER},
        {"username": "ben", "password": "s3cret"},
        {"username": "ben", "password": "password1234"},
        {"username": "ben", "password": ""},
        {"username": "ben"},
        {"password": OTHER},
        {"username": "ben", "password": None},
    ],
)
def test_what_is_no_account_is_refused_without_repeating_the_password(ask, fields):
    refused = ask("root", "POST", "create", fields)

    assert refused.status_code == 400
    assert "argon2" not in refused.text
    assert not fields.get("password") or fields["password"] not in refused.text
    assert len(ask("root", "GET", "list").json["users"]) == 2


def test_a_name_that_is_taken_is_one_in_any_case(ask):
    refused = ask("root", "POST", "create", {"username": "ANNA", "password": OTHER})

    assert is_refused(refused, 400, "RESOURCE_ALREADY_EXISTS")
    assert refused.json["message"] == "There is an account named ANNA already."


def test_the_list_shows_everybody_and_no_secret(ask):
    answer = ask("root", "GET", "list")

    assert [(user["username"], user["is_admin"], user["roles"]) for user in answer.json["users"]] == [
        ("anna", False, []),
        ("root", True, []),
    ]
    assert "argon2" not in answer.text


def test_everybody_may_ask_who_they_are(ask, client, app):
    mine = ask("anna", "GET", "current")
    with app.app_context(), transaction():
        _, secret = token_models.create(mine.json["user"]["id"], "ci", actor=LOCAL_USER)
    with_token = client.get(f"{USERS}/current", headers={"Authorization": f"Bearer {secret}"})

    assert mine.json["is_basic_auth"] is True
    assert (mine.json["user"]["username"], mine.json["user"]["is_admin"]) == ("anna", False)
    assert with_token.json == {"user": mine.json["user"], "is_basic_auth": False}


def test_where_there_are_no_accounts_the_local_user_is_asking(client):
    assert client.get(f"{USERS}/current").json["user"] == {
        "id": 0,
        "username": "local user",
        "is_admin": True,
    }
    assert client.get(f"{USERS}/list").json == {"users": []}
    first = client.post(f"{USERS}/create", json={"username": "root", "password": PASSWORD})
    assert is_refused(first, 400, "INVALID_STATE")
    assert "first account" in first.json["message"]


@pytest.mark.parametrize("other", ["root", "nobody"])
def test_of_others_one_learns_nothing_not_even_whether_there_are_any(ask, other):
    answers = [
        ask("anna", method, name, fields)
        for method, name, fields in (
            ("GET", "list", {}),
            ("GET", "get", {"username": other}),
            ("POST", "create", {"username": other, "password": OTHER}),
            ("PATCH", "update-password", {"username": other, "password": OTHER}),
            (
                "PATCH",
                "update-password",
                {"username": other, "password": OTHER, "current_password": PASSWORD},
            ),
            ("PATCH", "update-admin", {"username": other, "is_admin": True}),
            ("DELETE", "delete", {"username": other}),
        )
    ]

    assert all(is_refused(answer, 403, "PERMISSION_DENIED") for answer in answers)
    assert not any(other in answer.text for answer in answers)


@pytest.mark.parametrize("method", ["GET", "PATCH", "POST", "DELETE"])
@pytest.mark.parametrize(
    "name", ["create", "get", "list", "current", "update-password", "update-admin", "delete"]
)
def test_a_stranger_is_asked_to_sign_in(client, team, method, name):
    answer = client.open(f"{USERS}/{name}", method=method, json={"username": "root"})

    assert answer.status_code in (401, 404, 405)
    assert answer.status_code == 401 or method not in answer.headers.get("Allow", "")


@pytest.mark.parametrize("values", [{"scopes": frozenset(Scope)}, {"models": ["churn"]}])
def test_a_narrow_token_keeps_no_account(ask, client, app, values):
    client.post("/api/2.0/mlflow/registered-models/create", json={"name": "churn"}, auth=("root", PASSWORD))
    with app.app_context(), transaction():
        _, secret = token_models.create(accounts.find("root").id, "ci", actor=LOCAL_USER, **values)
    answers = [
        client.open(
            f"{USERS}/{name}",
            method=method,
            json={"username": "anna", "password": OTHER, "is_admin": True},
            headers={"Authorization": f"Bearer {secret}"},
        )
        for method, name in (
            ("GET", "list"),
            ("POST", "create"),
            ("PATCH", "update-password"),
            ("PATCH", "update-admin"),
            ("DELETE", "delete"),
        )
    ]

    assert all(is_refused(answer, 403, "PERMISSION_DENIED") for answer in answers)
    who = client.get(f"{USERS}/current", headers={"Authorization": f"Bearer {secret}"})
    assert who.json["user"]["username"] == "root"


def change_own(ask, **fields):
    return ask("anna", "PATCH", "update-password", {"username": "anna", "password": OTHER, **fields})


def test_one_changes_ones_own_password_with_the_present_one(ask):
    for fields in ({}, {"current_password": ""}, {"current_password": "wrong"}):
        assert is_refused(change_own(ask, **fields), 400, "INVALID_PARAMETER_VALUE")

    done = change_own(ask, current_password=PASSWORD)

    assert (done.status_code, done.json) == (200, {})
    assert ask("anna", "GET", "current").status_code == 401
    assert ask("anna", "GET", "current", password=OTHER).status_code == 200


def test_guessing_the_present_password_is_slowed_down_and_recorded(ask, app):
    refused = [change_own(ask, current_password=f"guess {number}") for number in range(10)]
    assert {answer.status_code for answer in refused} == {400}

    last = change_own(ask, current_password=PASSWORD)

    assert last.status_code == 429
    assert int(last.headers["Retry-After"]) > 0
    with app.app_context(), transaction(read_only=True):
        query = select(Event.actor, Event.subject).where(Event.kind == "account.sign_in_refused")
        assert [tuple(row) for row in db.session.execute(query)] == [("anna", "anna")] * 10


def test_an_administrator_sets_anothers_password_and_rank(ask):
    assert ask("root", "PATCH", "update-password", {"username": "anna", "password": OTHER}).json == {}
    assert ask("root", "PATCH", "update-admin", {"username": "anna", "is_admin": True}).json == {}
    assert ask("anna", "GET", "current", password=OTHER).json["user"]["is_admin"] is True
    assert ask("root", "PATCH", "update-admin", {"username": "anna", "is_admin": "yes"}).status_code == 400
    assert ask("root", "PATCH", "update-admin", {"username": "anna"}).status_code == 400
    assert ask("root", "PATCH", "update-admin", {"username": "anna", "is_admin": False}).json == {}
    last = ask("root", "PATCH", "update-admin", {"username": "root", "is_admin": False})
    assert is_refused(last, 400, "INVALID_STATE")


@pytest.mark.parametrize("password", ["", "short", "password1234"])
def test_a_weak_password_is_refused_on_a_change_too(ask, password):
    refused = ask("root", "PATCH", "update-password", {"username": "anna", "password": password})

    assert is_refused(refused, 400, "INVALID_PARAMETER_VALUE")
    assert ask("anna", "GET", "current").status_code == 200


def test_who_is_deleted_is_gone_at_once_and_nobody_deletes_themselves(ask, client):
    assert ask("anna", "GET", "current").status_code == 200
    assert ask("root", "DELETE", "delete", {"username": "Anna"}).json == {}

    assert ask("anna", "GET", "current").status_code == 401
    assert is_refused(ask("root", "GET", "get", {"username": "anna"}), 404, "RESOURCE_DOES_NOT_EXIST")
    assert is_refused(ask("root", "DELETE", "delete", {"username": "anna"}), 404, "RESOURCE_DOES_NOT_EXIST")
    assert ask("root", "DELETE", "delete", {"username": "root"}).status_code == 400


def test_nobody_deletes_their_own_account_in_mlflows_words(ask):
    assert is_refused(ask("root", "DELETE", "delete", {"username": "root"}), 400, "BAD_REQUEST")
