"""Sentences about requests, their decisions, rollbacks and comments."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from app.approvals import errors
from app.approvals.four_eyes import Part
from app.approvals.held_facts import Difference
from app.core import clock
from app.core.errors import GreenroomError
from app.http.approval_clauses import differences
from app.stages.tables import SUPERSEDED


def _request_closed(error: errors.RequestClosed) -> str:
    what = f"The request by {error.requester} to move version {error.number} of {error.name} to {error.stage}"
    decided = f"by {error.decided_by} on {clock.utc_text(error.at)}. Nothing was changed."
    if error.state == SUPERSEDED:
        return f"{what} was superseded: the version was moved there another way, {decided}"
    return f"{what} was {error.state} {decided}"


def _nothing_requested(error: errors.NothingRequested) -> str:
    what = f"that version {error.number} of {error.name} be moved to {error.stage}."
    return (
        f"{error.requester} has not requested {what}" if error.requester else f"Nobody has requested {what}"
    )


def _changed(changed: Sequence[Difference], *, is_first: bool = False) -> str:
    text = differences(changed)
    return text[0].upper() + text[1:] if is_first else text


def _holder_changed(error: errors.HolderChanged) -> str:
    holder = f"Version {error.holder} of {error.name}" if error.holder else f"No version of {error.name}"
    return f"{holder} is in {error.stage} now, instead of version {error.seen}."


def _too_many_comments(error: errors.TooManyComments) -> str:
    who = "You have" if error.is_of_account else "Everyone together has"
    return f"{who} written {error.limit:,} comments in the last hour, the most that are allowed. Try again later."


_OWN_PARTS = {
    Part.REQUESTER.value: "it is your own",
    Part.VERSION_AUTHOR.value: "you registered the version",
    Part.RUN_AUTHOR.value: "the version comes from your run",
    Part.TOKEN_MAKER.value: "you made the token that it came through",
    Part.SERVICE_CREATOR.value: "you created the service account that it came from",
    Part.OTHERS_TOKEN.value: "your token was made by someone with a part in it",
}

SENTENCES: Mapping[type[GreenroomError], str | Callable[[Any], str]] = {
    errors.TooManyComments: _too_many_comments,
    errors.RequestNotFound: "There is no request {request_id}.",
    errors.NothingRequested: _nothing_requested,
    errors.RequestClosed: _request_closed,
    errors.RequestStillOpen: lambda error: (
        f"You requested to move version {error.number} of {error.name} to {error.stage} on "
        f"{clock.utc_text(error.at)}, and that request is still open."
    ),
    errors.VersionChanged: (
        "Version {number} of {name} has changed since you looked at it. Review it again, then decide."
    ),
    errors.VersionAlreadyInStage: "Version {number} of {name} is already in {stage}.",
    errors.NotAnApprover: (
        "{actor} can't decide whether version {number} of {name} moves to {stage}. {rule}"
    ),
    errors.OwnRequest: lambda error: f"You can't decide this request: {_OWN_PARTS[error.part]}. {error.rule}",
    errors.ApprovalThroughOthersToken: (
        "Someone else made this token for {actor}, so it can't decide requests. Sign in, or use a token that {actor} "
        "has made."
    ),
    errors.NotYourRequest: "Only {requester} or a manager of {model} can withdraw this request.",
    errors.StageNotForRollback: "You can't roll back to {stage}. Move the version instead.",
    errors.NeverInStage: "Version {number} of {name} has never been in {stage}.",
    errors.HolderChanged: _holder_changed,
    errors.EmergencyReasonNeeded: (
        "Give the reason why {stage} can't wait for approvals. Everyone named in the rule is notified of it."
    ),
    errors.ChangedSinceInStage: lambda error: (
        f"Version {error.number} of {error.name} is not what it was in {error.stage}: "
        f"{_changed(error.changed)}. The rule refuses to roll back to it. Request the move instead."
    ),
    errors.ReasonForChangedNeeded: lambda error: (
        f"Give a reason: version {error.number} of {error.name} may not be what it was in {error.stage}. "
        f"{_changed(error.changed, is_first=True)}."
    ),
    errors.ReasonTooLong: "A reason can have at most {maximum} characters.",
    errors.CommentNotFound: "There is no comment {comment_id}.",
    errors.CommentEmpty: "Write some text.",
    errors.NotYourComment: "Only {author} can edit this comment.",
    errors.MayNotDeleteComment: "Only {author} or a manager of {model} can delete this comment.",
    errors.MayNotRestoreComment: "Only {author} or a manager of {model} can restore this comment.",
}
