"""The families of errors that somebody's mistake, and not a defect, leads to.

An error has a kind and arguments, and no sentence. A kind is a dataclass below one of these families, in the
`errors` module of the package that raises it::

    @dataclass(eq=False)
    class ModelNotFound(NotFound):
        name: str

Each door has its sentence for each kind: `app.http.error_sentences` the common ones, `app.api.error_sentences`
MLflow's, and each translates the family into its status once.
"""

from collections.abc import Mapping
from typing import Any, TypeVar

ValueT = TypeVar("ValueT")


class GreenroomError(Exception):
    """Base of every error that is somebody's mistake and not a defect.

    `field` is the field of a form or a call that it stands beside, if any: a class attribute of a kind that
    always concerns the same field, or one of its arguments.
    """

    field: str | None = None

    @property
    def arguments(self) -> dict[str, Any]:
        """The arguments by name, for the sentence that a door has for the kind."""
        return {name: value for name, value in vars(self).items() if not name.startswith("_")}

    def __str__(self) -> str:
        """Returns the kind and its arguments, for logs and tests; people and clients get a door's sentence."""
        given = ", ".join(f"{name}={value!r}" for name, value in self.arguments.items())
        return f"{type(self).__name__}({given})"

    @classmethod
    def value_in(cls, table: Mapping[type["GreenroomError"], ValueT]) -> ValueT:
        """Returns what the table has for this kind, or for the nearest family above it."""
        return next(table[kind] for kind in cls.__mro__ if kind in table)


class InvalidParameter(GreenroomError):
    """A value that was given cannot be used."""


class UnknownField(InvalidParameter):
    """Something is to be sorted by a field that it does not have."""


class NotFound(GreenroomError):
    """What was named does not exist, or the asker may not know that it does."""


class AlreadyExists(GreenroomError):
    """What was to be made is there already."""


class PermissionDenied(GreenroomError):
    """The actor may know of the object but not do this to it."""


class ApprovalRequired(PermissionDenied):
    """The actor may not move this version to this stage directly, but may ask for it."""

    model: str
    number: int
    stage: str


class SignInNeeded(GreenroomError):
    """Nobody is known to be asking, or what they came with is not good (any more)."""


class TooMany(GreenroomError):
    """It was tried too often; `retry_after` is in how many seconds it may be tried again."""

    retry_after: int


class StaleState(GreenroomError):
    """The object changed since the actor looked: nothing was done."""


class InvalidState(GreenroomError):
    """The object is in a state in which this cannot be done (a deleted run, say)."""


class TooLarge(GreenroomError):
    """More was sent than is taken in one go."""


class NoRoom(GreenroomError):
    """The server's disk is full, or not to be written: to send the same again is no help until somebody sees to it."""


class OutcomeUnknown(GreenroomError):
    """The database stopped answering while it was told to keep a change, and may have kept it."""


class NotOffered(GreenroomError):
    """A call of the peer's that Greenroom leaves out on purpose."""


class Unavailable(GreenroomError):
    """A part Greenroom needs, such as the database, does not answer at the moment."""
