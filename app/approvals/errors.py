"""The kinds of errors about requests, their decisions, rollbacks and comments."""

from collections.abc import Sequence
from dataclasses import dataclass

from app.approvals.held_facts import Difference
from app.core.errors import InvalidParameter, InvalidState, NotFound, PermissionDenied, StaleState, TooMany


@dataclass(eq=False)
class RequestNotFound(NotFound):
    """There is no request of that id, or the viewer may not see it."""

    request_id: int


@dataclass(eq=False)
class NothingRequested(NotFound):
    """Nobody ever requested that the version be moved there, or `requester` did not, where one is named."""

    name: str
    number: int
    stage: str
    requester: str | None


@dataclass(eq=False)
class RequestClosed(StaleState):
    """The request was decided, withdrawn or superseded before; `state` says which, `at` is in milliseconds."""

    name: str
    number: int
    stage: str
    requester: str
    state: str
    decided_by: str | None
    at: int


@dataclass(eq=False)
class RequestStillOpen(StaleState):
    """The actor's own request for this is open; `at` is when they made it, in milliseconds."""

    name: str
    number: int
    stage: str
    at: int


@dataclass(eq=False)
class VersionChanged(StaleState):
    """The version is not as the actor saw it when they decided."""

    name: str
    number: int


@dataclass(eq=False)
class VersionAlreadyInStage(InvalidState):
    """The version is in the stage already."""

    name: str
    number: int
    stage: str


@dataclass(eq=False)
class NotAnApprover(PermissionDenied):
    """The rule does not let the actor decide this; `rule` describes it."""

    actor: str
    name: str
    number: int
    stage: str
    rule: str


@dataclass(eq=False)
class OwnRequest(PermissionDenied):
    """The actor has a part in every open request (`app.approvals.four_eyes.Part`), and the rule wants somebody else.

    `part` is the value of that part, `rule` describes the rule.
    """

    rule: str
    part: str


@dataclass(eq=False)
class ApprovalThroughOthersToken(PermissionDenied):
    """Another account made the token through which the actor came: what it approves would not be their own word."""

    actor: str


@dataclass(eq=False)
class NotYourRequest(PermissionDenied):
    """The actor neither made the request nor manages the model."""

    requester: str
    model: str


@dataclass(eq=False)
class StageNotForRollback(InvalidParameter):
    """Versions are moved to None and Archived, not rolled back."""

    stage: str
    field = "stage"


@dataclass(eq=False)
class NeverInStage(InvalidParameter):
    """The version was never in the stage that it is to be rolled back to."""

    name: str
    number: int
    stage: str
    field = "version"


@dataclass(eq=False)
class HolderChanged(StaleState):
    """The stage no longer has the version that the actor saw in it, but `holder`, or none."""

    name: str
    stage: str
    seen: int
    holder: int | None


@dataclass(eq=False)
class EmergencyReasonNeeded(InvalidParameter):
    """An emergency rollback was attempted without a reason."""

    stage: str
    field = "reason"


@dataclass(eq=False)
class ChangedSinceInStage(InvalidState):
    """The version is not what it was when it held the stage, and the rule refuses to roll back to such a version."""

    name: str
    number: int
    stage: str
    changed: Sequence[Difference]


@dataclass(eq=False)
class ReasonForChangedNeeded(InvalidParameter):
    """The version is not what it was when it held the stage, or nobody knows, and no reason was given."""

    name: str
    number: int
    stage: str
    changed: Sequence[Difference]
    field = "reason"


@dataclass(eq=False)
class ReasonTooLong(InvalidParameter):
    """The reason of an emergency rollback is longer than can be kept."""

    maximum: int
    field = "reason"


@dataclass(eq=False)
class CommentNotFound(NotFound):
    """There is no comment of that id, or the viewer may not see it."""

    comment_id: int


@dataclass(eq=False)
class CommentEmpty(InvalidParameter):
    """A comment was written without text."""

    field = "comment"


@dataclass(eq=False)
class TooManyComments(TooMany):
    """The account, or everybody together, wrote as many comments in the last hour as may be."""

    limit: int
    is_of_account: bool
    retry_after: int


@dataclass(eq=False)
class NotYourComment(PermissionDenied):
    """Only its author may edit a comment."""

    author: str


@dataclass(eq=False)
class MayNotDeleteComment(PermissionDenied):
    """The actor neither wrote the comment nor manages the model."""

    author: str
    model: str


@dataclass(eq=False)
class MayNotRestoreComment(PermissionDenied):
    """The actor neither wrote the deleted comment nor manages the model."""

    author: str
    model: str
