"""The kinds of errors about registered models and their versions."""

from dataclasses import dataclass

from app.core.errors import NotFound


@dataclass(eq=False)
class ModelNotFound(NotFound):
    """There is no living model of that name, or the viewer may not read it: the two look alike."""

    name: str


@dataclass(eq=False)
class VersionNotFound(NotFound):
    """The model has no living version of that number, or the viewer may not read the model."""

    name: str
    number: int
