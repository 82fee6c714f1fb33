"""A team for tests: people with rights on a model, groups, and acting as one of them."""

import contextlib
from collections.abc import Callable, Iterator
from typing import Any

from sqlalchemy import delete, insert

from app.accounts import credentials
from app.authz.actors import Actor
from app.authz.levels import Level
from app.authz.tables import Grant, Group, Membership
from app.authz.viewer import acting_as
from app.core import clock
from app.db.transactions import db, transaction
from app.http.application import Greenroom
from app.registry import queries
from app.stages import rule_settings
from tests.factories.accounts import make_account
from tests.factories.registry import make_model, make_versions

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


class Team:
    """The people by name, in the application's database; groups are made as they are named."""

    def __init__(self, app: Greenroom):
        self.app = app
        self.ids: dict[str, int] = {}
        self.groups: dict[str, int] = {}

    def __getitem__(self, name: str) -> Actor:
        """The actor of that name with the rights of this moment; needs a running transaction."""
        actor = credentials.actor_of(self.ids[name])
        assert actor is not None
        return actor

    def do(self, name: str, verb: Callable, /, *arguments: Any, **values: Any) -> Any:
        """Call a verb as that person in a transaction of its own."""
        with self.acting(name) as actor:
            return verb(*arguments, **values, actor=actor)

    def see(self, name: str, read: Callable, *arguments: Any, **values: Any) -> Any:
        """Read something as that person."""
        with self.acting(name):
            return read(*arguments, **values)

    @contextlib.contextmanager
    def acting(self, name: str) -> Iterator[Actor]:
        with self.app.app_context(), transaction(), acting_as(self[name]) as actor:
            yield actor

    def add(
        self, name: str, level: Level | None = None, *, model: str = "churn", is_admin: bool = False
    ) -> None:
        """A person, with a right on the model."""
        with self.app.app_context(), transaction():
            self.ids[name] = make_account(name, is_admin=is_admin).id
            if level is not None:
                self._grant(model, level, account_id=self.ids[name])

    def grant(self, model: str, level: Level, *, name: str) -> None:
        """Give somebody a right on another model."""
        with self.app.app_context(), transaction():
            self._grant(model, level, account_id=self.ids[name])

    def _grant(self, model: str, level: Level, **principal: int) -> None:
        model_id = queries.model_id(model)
        db.session.execute(
            insert(Grant.__table__).values(area="models", model_id=model_id, level=int(level), **principal)
        )

    def group(self, name: str, *members: str) -> int:
        """The id of a group with these members."""
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
        """Let these people be in the group, whoever is in it already."""
        self.leave(group, *names)
        self.group(group, *names)

    def leave(self, group: str, *names: str) -> None:
        """Take these people out of the group."""
        with self.app.app_context(), transaction():
            db.session.execute(
                delete(Membership.__table__).where(
                    Membership.group_id == self.groups[group],
                    Membership.account_id.in_([self.ids[name] for name in names]),
                )
            )

    def rule(self, stage: str, model: str | None = None, **fields: Any) -> Any:
        """Set a rule, as the administrator; groups by their names."""
        for field in ("approver_groups", "direct_groups", "emergency_groups"):
            if field in fields:
                fields[field] = [self.groups[name] for name in fields[field]]
        return self.do("ada", rule_settings.set_rule, stage, model, **fields)


def make_team(app: Greenroom, versions: int = 3) -> Team:
    """The people of `LEVELS` and carl on the model `churn` with some versions; ada administers."""
    team = Team(app)
    with app.app_context(), transaction():
        make_model()
        make_versions(versions)
    for name, level in LEVELS.items():
        team.add(name, level)
    team.add("carl")
    team.add("ada", is_admin=True)
    return team
