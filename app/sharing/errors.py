"""The kinds of errors about granting access and setting up a team."""

from dataclasses import dataclass

from app.core.errors import InvalidParameter, InvalidState, NotFound


@dataclass(eq=False)
class ModelIdNotFound(NotFound):
    """There is no living model with that id that the viewer may read."""

    model_id: int


@dataclass(eq=False)
class LevelNotGrantable(InvalidParameter):
    """The objects of the area do not have this level."""

    field = "level"
    level: str
    area: str


@dataclass(eq=False)
class AccountsAlreadyExist(InvalidState):
    """The registry was set up for a team before."""
