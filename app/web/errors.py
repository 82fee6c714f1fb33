"""The kinds of errors that only the pages know. Their sentences are in `app.web.error_sentences`."""

from dataclasses import dataclass

from app.core.errors import GreenroomError, InvalidParameter, NotFound, StaleState


@dataclass(eq=False)
class NoAccounts(NotFound):
    """A page about people was opened in personal mode."""


@dataclass(eq=False)
class NoPasswordAllowed(NotFound):
    """The account is a service's, or people sign in without passwords here."""


@dataclass(eq=False)
class NoPasswordToChange(NotFound):
    """The account has no password, or people sign in without passwords here."""


@dataclass(eq=False)
class NoSingleSignOnForAccount(NotFound):
    """The account cannot be prepared for single sign-on."""


@dataclass(eq=False)
class SessionAlreadyEnded(NotFound):
    """The browser that the person wants to sign out is not signed in."""


@dataclass(eq=False)
class NoScopeChosen(InvalidParameter):
    """The token was to be limited, but no scope was chosen."""

    field = "scopes"


@dataclass(eq=False)
class AreaNotFound(NotFound):
    """Permissions cannot be granted on all of this."""

    area: str


@dataclass(eq=False)
class StageNotFound(NotFound):
    """No stage has the name in the address."""

    name: str


@dataclass(eq=False)
class UnusableGroup(InvalidParameter):
    """A group that was named in a form cannot be used; `cause` says why."""

    cause: GreenroomError
    field: str


@dataclass(eq=False)
class RequestOfOtherVersion(NotFound):
    """The request in the address concerns another version than the address."""

    name: str
    number: int
    request_id: int


@dataclass(eq=False)
class DecisionTooLate(StaleState):
    """The request was decided or withdrawn after the person opened the page; `reason` says how."""

    reason: str


@dataclass(eq=False)
class CommentOfOtherVersion(NotFound):
    """The comment in the address is on another version than the address."""

    name: str
    number: int
    comment_id: int


@dataclass(eq=False)
class NothingToRegister(NotFound):
    """The run has logged no model."""

    run: str


@dataclass(eq=False)
class NoModelChosen(InvalidParameter):
    """The form names no model that the run has logged."""

    field = "source"


@dataclass(eq=False)
class InvalidStep(InvalidParameter):
    """An end of a range of steps is not a whole number."""

    text: str
    field: str


@dataclass(eq=False)
class SingleSignOnOff(NotFound):
    """The server has no OpenID provider."""


@dataclass(eq=False)
class SignInNotBegun(InvalidParameter):
    """The browser did not begin this sign-in, or began it too long ago, or has finished it."""


@dataclass(eq=False)
class TeamAlreadySetUp(NotFound):
    """The page that sets up a team was opened where there is one."""


@dataclass(eq=False)
class SetUpRefused(NotFound):
    """The team could not be set up; `cause` says why."""

    cause: GreenroomError


@dataclass(eq=False)
class NoNameGiven(InvalidParameter):
    """The form does not say who gets the level."""

    field = "name"


@dataclass(eq=False)
class NoLevelChosen(InvalidParameter):
    """The form does not say which level."""

    field = "level"
