"""What can go wrong in the registry, in the registry's own words.

Nothing here knows HTTP: each door translates these once (`app/api/errors.py`, `app/web/site/error_pages.py`).
Every message is a sentence that the person or client who made the mistake may read.
"""


class GreenroomError(Exception):
    """Base of every error that is somebody's mistake and not a defect.

    `for_people` says it on pages where `message` has to be in the words that MLflow's clients know.
    """

    def __init__(self, message: str, *, for_people: str | None = None):
        super().__init__(message)
        self.message = message
        self.for_people = for_people or message


class InvalidParameter(GreenroomError):
    """A value that was given cannot be used; `field` names it where there is one to stand beside."""

    def __init__(self, message: str, *, field: str | None = None):
        super().__init__(message)
        self.field = field


class UnknownField(InvalidParameter):
    """Something is to be sorted by a field that it does not have."""


class NotFound(GreenroomError):
    """What was named does not exist, or the asker may not know that it does."""


class AlreadyExists(GreenroomError):
    """What was to be made is there already."""

    def __init__(self, message: str, *, field: str | None = None, for_people: str | None = None):
        super().__init__(message, for_people=for_people)
        self.field = field


class PermissionDenied(GreenroomError):
    """The actor may know of the object but not do this to it."""


class AskFirst(PermissionDenied):
    """The actor may not move this version to this stage directly, but may ask for it."""

    def __init__(self, message: str, *, model: str, number: int, stage: str):
        super().__init__(message)
        self.model = model
        self.number = number
        self.stage = stage


class SignInNeeded(GreenroomError):
    """Nobody is known to be asking, or what they came with is not good (any more)."""


class TooMany(GreenroomError):
    """It was tried too often; `retry_after` is in how many seconds it may be tried again."""

    def __init__(self, message: str, *, retry_after: int):
        super().__init__(message)
        self.retry_after = retry_after


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
