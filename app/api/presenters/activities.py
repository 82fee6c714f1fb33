"""Presents what happened to the versions of a model as activities, as Databricks' registry does."""

from collections.abc import Mapping
from typing import Any

from app.activity.timeline import Moment
from app.api.presenters.activity_ids import COMMENT, EVENT, REQUEST, activity_id
from app.api.presenters.omit_empty import omit_empty
from app.approvals.comments import CommentRow
from app.audit.recorder import Kind

ACTIVITY_TYPES = {
    Kind.VERSION_TRANSITIONED: "APPLIED_TRANSITION",
    Kind.VERSION_RETURNED: "APPLIED_TRANSITION",
    Kind.VERSION_RETURNED_IN_EMERGENCY: "APPLIED_TRANSITION",
    Kind.VERSION_ARCHIVED_BY_SUCCESSOR: "SYSTEM_TRANSITION",
    Kind.VERSION_MOVED_WITH_STAGE: "SYSTEM_TRANSITION",
    Kind.REQUEST_OPENED: "REQUESTED_TRANSITION",
    Kind.REQUEST_APPROVED: "APPROVED_REQUEST",
    Kind.REQUEST_REJECTED: "REJECTED_REQUEST",
    Kind.REQUEST_WITHDRAWN: "CANCELLED_REQUEST",
    Kind.COMMENT_WRITTEN: "NEW_COMMENT",
}
_TYPES = {kind.value: name for kind, name in ACTIVITY_TYPES.items()}
_SYSTEM_COMMENTS = {
    Kind.VERSION_ARCHIVED_BY_SUCCESSOR.value: "Archived, since version {subject} took its place.",
    Kind.VERSION_MOVED_WITH_STAGE.value: "Moved, since the stage {before} was removed.",
    Kind.VERSION_RETURNED_IN_EMERGENCY.value: "Returned by the emergency clause of the stage's rule.",
}


def present_activity(
    moment: Moment, comments: Mapping[int, CommentRow] | None = None, *, tells_token: bool = False
) -> dict[str, Any]:
    """Returns an `Activity`.

    Beyond Databricks it names the version, since a list is about a whole model, and the token.
    """
    shown = {
        "id": activity_id(EVENT, moment.id),
        "activity_type": _TYPES[moment.kind],
        "user_id": moment.actor,
        "creation_timestamp": moment.at,
        "last_updated_timestamp": moment.at,
        "comment": moment.comment,
        "version": None if moment.version is None else str(moment.version),
    }
    if tells_token and moment.via:
        shown |= {"token": moment.via.name, "token_prefix": moment.via.hint}
    number = int(moment.subject or 0) if (moment.subject or "").isdigit() else 0
    if moment.kind == Kind.COMMENT_WRITTEN.value:
        comment = (comments or {}).get(number)
        shown |= {"id": activity_id(COMMENT, number), "comment": comment and comment.text}
    else:
        shown |= {"from_stage": moment.before, "to_stage": moment.after}
    if moment.kind == Kind.REQUEST_OPENED.value:
        shown["id"] = activity_id(REQUEST, number)
    if moment.kind in _SYSTEM_COMMENTS:
        shown["system_comment"] = _SYSTEM_COMMENTS[moment.kind].format(
            subject=moment.subject, before=moment.before
        )
    return omit_empty(shown)
