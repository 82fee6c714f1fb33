"""The actor on whose behalf a verb runs. Every verb that changes something takes an `Actor` as an argument."""

from dataclasses import dataclass

from app.authz.levels import Level
from app.authz.permissions import Scope


@dataclass(frozen=True, slots=True)
class Actor:
    """The person or program on whose behalf a verb runs; `name` is what the history will show.

    Without an `account_id` it is the person at the machine, who may do everything: in personal mode, and in
    the commands of the operator's shell. `models_level` and `experiments_level` are the account's levels on
    every model and experiment. `token_id` is the token it came with, `scopes` what that may be used for
    (None: everything that the account may do), `is_limited` whether the token is limited to some models.
    """

    name: str
    account_id: int | None = None
    is_admin: bool = False
    models_level: Level = Level.NONE
    experiments_level: Level = Level.NONE
    token_id: int | None = None
    scopes: frozenset[Scope] | None = None
    is_limited: bool = False

    @property
    def may_all(self) -> bool:
        """Whether the actor may do everything, so that no level on any object needs to be looked up."""
        return not self.is_limited and (self.account_id is None or self.is_admin)


# Without accounts, on a loopback address, everything is done by the person at the machine.
LOCAL_USER = Actor(name="local user")
