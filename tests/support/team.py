"""A team at the doors: an administrator, an owner, two teammates, and a stranger who was given nothing."""

from dataclasses import dataclass
from typing import Any, NamedTuple

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from app.accounts import credentials
from app.authz.actors import LOCAL_USER, Actor
from app.authz.levels import Level
from app.db.transactions import transaction
from app.http.application import Greenroom
from app.sharing import grants, token_models
from tests.factories.accounts import make_account

API = "/api/2.0/mlflow/"
FILES = "/api/2.0/mlflow-artifacts/"

HIDDEN = (404, "RESOURCE_DOES_NOT_EXIST")
DENIED = (403, "PERMISSION_DENIED")


class Person(NamedTuple):
    """Somebody with an account, who comes with a token."""

    id: int
    name: str
    secret: str
    client: FlaskClient

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.secret}"}

    def send(self, method: str, path: str, **options: Any) -> TestResponse:
        """Any request; a path without a slash before it is one of MLflow's calls."""
        address = path if path.startswith("/") else API + path
        headers = {**self.headers, **options.pop("headers", {})}
        return self.client.open(address, method=method, headers=headers, **options)

    def get(self, path: str, /, **query: Any) -> TestResponse:
        return self.send("GET", path, query_string=query)

    def post(self, path: str, /, **fields: Any) -> TestResponse:
        return self.send("POST", path, json=fields)

    def ask(self, method: str, path: str, /, **fields: Any) -> TestResponse:
        """A call with these fields, in the query of a GET and in the body of anything else."""
        return self.get(path, **fields) if method == "GET" else self.send(method, path, json=fields)


@dataclass(frozen=True)
class Team:
    """Everybody, and a way to give them rights."""

    app: Greenroom
    root: Person
    owner: Person
    editor: Person
    reader: Person
    stranger: Person

    def give(self, level: Level | None, *people: Person, model: str = "", experiment: int | str = "") -> None:
        """Give each of them the level on the model or experiment."""
        with self.app.app_context(), transaction():
            for person in people:
                principal = grants.account(person.name)
                if model:
                    grants.set_on_model(model, principal, level, actor=LOCAL_USER)
                else:
                    grants.set_on_experiment(int(experiment), principal, level, actor=LOCAL_USER)

    def actor(self, person: Person) -> Actor:
        """The person as the one on whose behalf verbs run, in an application context."""
        found = credentials.actor_of(person.id)
        assert found is not None
        return found


@pytest.fixture
def team(app) -> Team:
    """The five, none of whom has any right but the administrator."""
    people = {}
    with app.app_context(), transaction():
        for name in ("root", "owner", "editor", "reader", "stranger"):
            made = make_account(name, is_admin=name == "root")
            _row, secret = token_models.create(made.id, "test", actor=LOCAL_USER)
            people[name] = Person(made.id, name, secret, app.test_client(use_cookies=False))
    app.sign_in.team.turn_on()
    return Team(app, **people)


def said(answer: TestResponse) -> tuple[int, str]:
    """The status and MLflow's code of an answer that refuses something."""
    return answer.status_code, (answer.json or {}).get("error_code", "")


def done(answer: TestResponse) -> Any:
    """What an answer that refuses nothing holds."""
    assert answer.status_code == 200, answer.text
    return answer.json
