"""Presents the checks of a version."""

from typing import Any

from app.api.presenters.omit_empty import omit_empty
from app.stages.checks import CheckRow


def present_check(row: CheckRow) -> dict[str, Any]:
    """Returns a check as Greenroom's own calls show it."""
    return omit_empty(
        {
            "check": row.name,
            "state": row.state,
            "reported_state": None if row.is_of_present_files else row.reported_state,
            "link": row.link,
            "summary": row.summary,
            "last_updated_timestamp": row.at,
            "user_id": row.actor,
        }
    )
