"""Turns a registry into a team's: creates the first administrator, and grants what everyone may see from the start."""

import contextlib
from collections.abc import Iterator
from typing import Any

from sqlalchemy import bindparam, select

from app.accounts import accounts, queries
from app.accounts.queries import AccountRow
from app.authz.actors import Actor
from app.authz.levels import Level
from app.authz.permissions import Area
from app.db.statements import Statement
from app.sharing import errors, grants
from app.tracking.tables import Experiment

# A row that every registry has: of two people who set up at once, the second waits and then finds the first's account.
_EXPERIMENT = Experiment.__table__.c
_LOCK = Statement(select(_EXPERIMENT.id).where(_EXPERIMENT.id == bindparam("by_id")).with_for_update())


@contextlib.contextmanager
def opening_default_experiment(actor: Actor) -> Iterator[None]:
    """Lets everyone log to the experiment Default where the block makes the very first account.

    Clients that name no experiment use it, and go on working when signing in begins.
    """
    is_first = queries.ANY_ACCOUNT.first() is None
    yield
    if is_first and queries.ANY_ACCOUNT.first() is not None:
        grants.open_default_experiment(actor)


def create_account(name: str, *, actor: Actor, **values: Any) -> AccountRow:
    """Creates an account, the very first one included. Takes and raises what `accounts.create` does."""
    with opening_default_experiment(actor):
        return accounts.create(name, actor=actor, **values)


def set_up_team(
    name: str, password: str, *, full_name: str | None = None, everyone_reads: bool = False, actor: Actor
) -> AccountRow:
    """Creates the first account, an administrator's, which turns signing in on.

    With `everyone_reads`, every account may read every model and experiment. Raises `AccountsAlreadyExist` once there
    has been any account, and what `accounts.create` raises.
    """
    _LOCK.first(by_id=grants.DEFAULT_EXPERIMENT)
    if queries.ANY_ACCOUNT.first() is not None:
        raise errors.AccountsAlreadyExist()
    made = create_account(name, password=password, is_admin=True, full_name=full_name, actor=actor)
    if everyone_reads:
        for area in (Area.MODELS, Area.EXPERIMENTS):
            grants.set_on_area(area, grants.EVERYONE, Level.READ, actor=actor)
    return made
