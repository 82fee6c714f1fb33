"""Presents transition requests as Databricks' registry does."""

from typing import Any

from app.api.presenters.activity_ids import REQUEST, activity_id
from app.api.presenters.omit_empty import omit_empty
from app.approvals.queries import RequestRow


def present_request(row: RequestRow, *, may_decide: bool, may_withdraw: bool) -> dict[str, Any]:
    """Returns a `TransitionRequest`, with what the caller may do about it."""
    actions = ["APPROVE_TRANSITION_REQUEST", "REJECT_TRANSITION_REQUEST"] if may_decide else []
    if may_withdraw:
        actions.append("CANCEL_TRANSITION_REQUEST")
    return omit_empty(
        {
            "id": activity_id(REQUEST, row.id),
            "activity_type": "REQUESTED_TRANSITION",
            "user_id": row.requester,
            "creation_timestamp": row.requested_at,
            "last_updated_timestamp": row.decided_at or row.requested_at,
            "from_stage": row.from_stage,
            "to_stage": row.stage,
            "comment": row.comment,
        }
    ) | {"available_actions": actions}
