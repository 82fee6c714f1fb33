"""Presents comments as Databricks' registry does."""

from typing import Any

from app.api.presenters.activity_ids import COMMENT, activity_id
from app.approvals.comments import Abilities, CommentRow


def present_comment(row: CommentRow, may: Abilities) -> dict[str, Any]:
    """Returns a `CommentObject`, with what the caller may do with it."""
    actions = [
        name for name, allowed in (("EDIT_COMMENT", may.edit), ("DELETE_COMMENT", may.delete)) if allowed
    ]
    return {
        "id": activity_id(COMMENT, row.id),
        "activity_type": "NEW_COMMENT",
        "user_id": row.author,
        "creation_timestamp": row.created_at,
        "last_updated_timestamp": row.updated_at,
        "comment": row.text,
        "available_actions": actions,
    }
