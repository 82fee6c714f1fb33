"""Requests, comments, activities, checks and stays, and models and versions as Databricks' registry writes them.

Activities, requests and comments are one record on the wire, an `Activity`. Its id is opaque: 32 hex
digits, the first of which tells what is counted, since the three are kept apart.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from app.activity.timeline import Moment
from app.api.presenters.permissions import LEVELS, model_id
from app.api.presenters.registry import present_tags, present_version
from app.approvals.comments import Abilities, CommentRow
from app.approvals.queries import RequestRow
from app.audit.recorder import Kind
from app.authz.levels import Level
from app.registry.queries import ModelRow, VersionRow
from app.stages.checks import CheckRow
from app.stages.history import StagePeriod

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
_SYSTEM = {
    Kind.VERSION_ARCHIVED_BY_SUCCESSOR.value: "Archived, since version {subject} took its place.",
    Kind.VERSION_MOVED_WITH_STAGE.value: "Moved, since the stage {before} was removed.",
    Kind.VERSION_RETURNED_IN_EMERGENCY.value: "Returned by the emergency clause of the stage's rule.",
}
_EVENT, _REQUEST, _COMMENT = 0, 1, 2
_SHIFT = 120


def activity_id(kind: int, number: int) -> str:
    """32 hex digits for the thing of that number."""
    return format((kind << _SHIFT) | number, "032x")


def comment_number(text: str) -> int | None:
    """The number of the comment with this id; None where it can be none's."""
    try:
        number = int(text, 16) if len(text) == 32 and text.isalnum() else 0
    except ValueError:
        return None
    found = number & ((1 << _SHIFT) - 1)
    return found if number >> _SHIFT == _COMMENT and 0 < found < 2**63 else None


def present_request(row: RequestRow, *, may_decide: bool, may_withdraw: bool) -> dict[str, Any]:
    """A `TransitionRequest`, with what the caller may do about it."""
    actions = ["APPROVE_TRANSITION_REQUEST", "REJECT_TRANSITION_REQUEST"] if may_decide else []
    if may_withdraw:
        actions.append("CANCEL_TRANSITION_REQUEST")
    return _filled(
        {
            "id": activity_id(_REQUEST, row.id),
            "activity_type": "REQUESTED_TRANSITION",
            "user_id": row.requester,
            "creation_timestamp": row.requested_at,
            "last_updated_timestamp": row.decided_at or row.requested_at,
            "from_stage": row.from_stage,
            "to_stage": row.stage,
            "comment": row.comment,
        }
    ) | {"available_actions": actions}


def present_comment(row: CommentRow, may: Abilities) -> dict[str, Any]:
    """A `CommentObject`, with what the caller may do with it."""
    actions = [
        name for name, allowed in (("EDIT_COMMENT", may.edit), ("DELETE_COMMENT", may.delete)) if allowed
    ]
    return {
        "id": activity_id(_COMMENT, row.id),
        "activity_type": "NEW_COMMENT",
        "user_id": row.author,
        "creation_timestamp": row.created_at,
        "last_updated_timestamp": row.updated_at,
        "comment": row.text,
        "available_actions": actions,
    }


def present_activity(
    moment: Moment, comments: Mapping[int, CommentRow] | None = None, *, tells_token: bool = False
) -> dict[str, Any]:
    """An `Activity`; beyond Databricks it names the version, since a list is of a whole model, and the token."""
    shown = {
        "id": activity_id(_EVENT, moment.id),
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
        shown |= {"id": activity_id(_COMMENT, number), "comment": comment and comment.text}
    else:
        shown |= {"from_stage": moment.before, "to_stage": moment.after}
    if moment.kind == Kind.REQUEST_OPENED.value:
        shown["id"] = activity_id(_REQUEST, number)
    if moment.kind in _SYSTEM:
        shown["system_comment"] = _SYSTEM[moment.kind].format(subject=moment.subject, before=moment.before)
    return _filled(shown)


def present_check(row: CheckRow) -> dict[str, Any]:
    """A check as Greenroom's own call answers it."""
    return _filled(
        {
            "check": row.name,
            "state": row.state,
            "link": row.link,
            "summary": row.summary,
            "last_updated_timestamp": row.at,
            "user_id": row.actor,
        }
    )


def present_interval(row: StagePeriod) -> dict[str, Any]:
    """A version's stay in a stage."""
    return _filled(
        {
            "stage": row.stage,
            "version": str(row.number),
            "from": row.from_at,
            "to": row.to_at,
            "user_id": row.actor,
            "request_id": None if row.request_id is None else activity_id(_REQUEST, row.request_id),
        }
    )


def present_version_databricks(
    row: VersionRow, level: Level, open_requests: Sequence[dict[str, Any]]
) -> dict[str, Any]:
    """A `ModelVersionDatabricks`, for a caller of that level on the model."""
    shown = {key: value for key, value in present_version(row).items() if key != "aliases"}
    shown["permission_level"] = LEVELS[level]
    if open_requests:
        shown["open_requests"] = list(open_requests)
    return shown


def present_model_databricks(row: ModelRow, level: Level) -> dict[str, Any]:
    """A `RegisteredModelDatabricks`; its id is the one that calls on rights take."""
    shown: dict[str, Any] = {
        "name": row.name,
        "id": model_id(row.id),
        "creation_timestamp": row.created_at,
        "last_updated_timestamp": row.updated_at,
        "user_id": row.created_by,
        "description": row.description,
        "permission_level": LEVELS[level],
    }
    if row.latest:
        shown["latest_versions"] = [present_version(version) for version in row.latest]
    if row.tags:
        shown["tags"] = present_tags(row.tags)
    return _filled(shown)


def _filled(shown: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in shown.items() if value is not None and value != ""}
