"""People for tests, their rights, and acting as one of them.

Two casts: the five at the doors, who come with tokens and have no rights yet (`team` of every test), and the people
around the model `churn`, one or two of each level (`team` of the tests about stages and approvals).
"""

import contextlib
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import pytest
from flask.testing import FlaskClient
from sqlalchemy import delete, insert
from werkzeug.test import TestResponse

from app.accounts import accounts, credentials
from app.accounts.queries import AccountRow
from app.authz.actors import LOCAL_USER, Actor
from app.authz.levels import Level
from app.authz.tables import Grant, Group, Membership
from app.authz.viewer import acting_as
from app.core import clock
from app.db.transactions import db, transaction
from app.http.application import Greenroom
from app.registry import queries
from app.sharing import grants, team_setup, token_models
from app.stages import rule_settings
from tests.factories.accounts import PASSWORD, make_account, require_sign_in
from tests.factories.registry import make_model, make_versions
from tests.support.answers import API

# Who may do what on the model `churn`; carl has no right at all.
LEVELS = {
    "anna": Level.EDIT,
    "ben": Level.MANAGE_PRODUCTION,
    "bea": Level.MANAGE_PRODUCTION,
    "sven": Level.MANAGE_STAGING,
    "rita": Level.READ,
    "rolf": Level.READ,
    "meg": Level.MANAGE,
}


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
        """Sends any request; a path without a slash before it is one of MLflow's calls."""
        address = path if path.startswith("/") else API + path
        headers = {**self.headers, **options.pop("headers", {})}
        return self.client.open(address, method=method, headers=headers, **options)

    def get(self, path: str, /, **query: Any) -> TestResponse:
        return self.send("GET", path, query_string=query)

    def post(self, path: str, /, **fields: Any) -> TestResponse:
        return self.send("POST", path, json=fields)

    def ask(self, method: str, path: str, /, **fields: Any) -> TestResponse:
        """Makes a call with these fields, in the query of a GET and in the body of anything else."""
        return self.get(path, **fields) if method == "GET" else self.send(method, path, json=fields)


class Team:
    """People by name, in the application's database; those who have a token are attributes, too (`team.owner`)."""

    def __init__(self, app: Greenroom):
        self.app = app
        self.ids: dict[str, int] = {}
        self.groups: dict[str, int] = {}
        self.people: dict[str, Person] = {}

    # People

    def add(
        self, name: str, level: Level | None = None, *, model: str = "churn", is_admin: bool = False
    ) -> None:
        """Makes an account, with a right on the model."""
        with self.app.app_context(), transaction():
            self.ids[name] = make_account(name, is_admin=is_admin).id
        if level is not None:
            self.grant(model, level, name=name)

    def add_with_token(self, name: str, *, is_admin: bool = False) -> None:
        """Makes an account and a token for it."""
        with self.app.app_context(), transaction():
            self.ids[name] = make_account(name, is_admin=is_admin).id
            _row, secret = token_models.create(self.ids[name], "test", actor=LOCAL_USER)
        client = self.app.test_client(use_cookies=False)
        self.people[name] = Person(self.ids[name], name, secret, client)

    def __getattr__(self, name: str) -> Person:
        people = self.__dict__.get("people", {})
        if name not in people:
            raise AttributeError(f"nobody called {name} has a token")
        return people[name]

    # Acting as one of them

    def __getitem__(self, name: str) -> Actor:
        """The actor of that name with the rights of this moment; needs a running transaction."""
        actor = credentials.actor_of(self.ids[name])
        assert actor is not None
        return actor

    def actor(self, person: Person) -> Actor:
        """The person as an actor with the rights of this moment; needs a running transaction."""
        return self[person.name]

    @contextlib.contextmanager
    def acting(self, name: str) -> Iterator[Actor]:
        with self.app.app_context(), transaction(), acting_as(self[name]) as actor:
            yield actor

    def do(self, name: str, verb: Callable, /, *arguments: Any, **values: Any) -> Any:
        """Calls a verb as that person in a transaction of its own."""
        with self.acting(name) as actor:
            return verb(*arguments, **values, actor=actor)

    def see(self, name: str, read: Callable, *arguments: Any, **values: Any) -> Any:
        """Reads something as that person."""
        with self.acting(name):
            return read(*arguments, **values)

    # Rights

    def give(self, level: Level | None, *people: Person, model: str = "", experiment: int | str = "") -> None:
        """Gives each of them the level on the model or experiment, by the verb that records it."""
        with self.app.app_context(), transaction():
            for person in people:
                principal = grants.principal_of_account(person.name)
                if model:
                    grants.set_on_model(model, principal, level, actor=LOCAL_USER)
                else:
                    grants.set_on_experiment(int(experiment), principal, level, actor=LOCAL_USER)

    def grant(self, model: str, level: Level, *, name: str) -> None:
        """Writes a right on a model and no event, so that a test's history begins with what the test does."""
        with self.app.app_context(), transaction():
            model_id = queries.model_id(model)
            db.session.execute(
                insert(Grant.__table__).values(
                    area="models", model_id=model_id, level=int(level), account_id=self.ids[name]
                )
            )

    def group(self, name: str, *members: str) -> int:
        """Returns the id of a group, which is made if it is new and gets these members."""
        with self.app.app_context(), transaction():
            if name not in self.groups:
                values = {"name": name, "name_key": name, "created_at": clock.now_ms(), "created_by": "test"}
                made = db.session.execute(insert(Group.__table__).values(**values).returning(Group.id))
                self.groups[name] = made.scalar_one()
            for member in members:
                db.session.execute(
                    insert(Membership.__table__).values(
                        account_id=self.ids[member], group_id=self.groups[name]
                    )
                )
        return self.groups[name]

    def join(self, group: str, *names: str) -> None:
        """Puts these people into the group, whoever is in it already."""
        self.leave(group, *names)
        self.group(group, *names)

    def leave(self, group: str, *names: str) -> None:
        """Takes these people out of the group."""
        with self.app.app_context(), transaction():
            db.session.execute(
                delete(Membership.__table__).where(
                    Membership.group_id == self.groups[group],
                    Membership.account_id.in_([self.ids[name] for name in names]),
                )
            )

    def rule(self, stage: str, model: str | None = None, **fields: Any) -> Any:
        """Sets a rule, as the administrator; groups by their names."""
        for field in ("approver_groups", "direct_groups", "emergency_groups"):
            if field in fields:
                fields[field] = [self.groups[name] for name in fields[field]]
        return self.do("ada", rule_settings.set_rule, stage, model, **fields)


def make_team(app: Greenroom, versions: int = 3) -> Team:
    """Makes the people of `LEVELS` and carl, and the model `churn` with some versions; ada administers."""
    team = Team(app)
    with app.app_context(), transaction():
        make_model()
        make_versions(versions)
    for name, level in LEVELS.items():
        team.add(name, level)
    team.add("carl")
    team.add("ada", is_admin=True)
    return team


def make_team_at_the_doors(app: Greenroom) -> Team:
    """Makes an administrator, an owner, two teammates and a stranger, none of whom but the first has any right."""
    team = Team(app)
    for name in ("root", "owner", "editor", "reader", "stranger"):
        team.add_with_token(name, is_admin=name == "root")
    require_sign_in(app)
    return team


@pytest.fixture(name="team")
def team_at_the_doors(app) -> Team:
    """The five, who come with tokens."""
    return make_team_at_the_doors(app)


@pytest.fixture(name="team")
def team_around_a_model(app) -> Team:
    """The people around the model `churn`."""
    return make_team(app)


def acting(row: AccountRow, **rest: Any) -> Actor:
    """The account as somebody who acts."""
    return Actor(name=row.name, account_id=row.id, is_admin=row.administers, **rest)


@pytest.fixture
def root(work) -> Actor:
    """The first account: a person who administers, inside one transaction (`work`)."""
    return acting(team_setup.create_account("root", password=PASSWORD, is_admin=True, actor=LOCAL_USER))


@pytest.fixture
def anna(root) -> Actor:
    """Somebody without any right."""
    return acting(accounts.create("anna", password=PASSWORD, actor=root))
