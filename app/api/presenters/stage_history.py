"""Presents the periods that versions spent in stages, and those of aliases."""

from typing import Any

from app.api.presenters.activity_ids import REQUEST, activity_id
from app.api.presenters.omit_empty import omit_empty
from app.stages.alias_history import AliasPeriod
from app.stages.history import StagePeriod


def present_stage_period(row: StagePeriod) -> dict[str, Any]:
    """Returns the period that a version spent in a stage."""
    return omit_empty(
        {
            "stage": row.stage,
            "version": str(row.number),
            "digest": row.digest,
            "from": row.from_at,
            "to": row.to_at,
            "user_id": row.actor,
            "request_id": None if row.request_id is None else activity_id(REQUEST, row.request_id),
        }
    )


def present_alias_period(row: AliasPeriod) -> dict[str, Any]:
    """Returns the period that an alias pointed at a version."""
    return omit_empty(
        {
            "alias": row.alias,
            "version": str(row.number),
            "from": row.from_at,
            "to": row.to_at,
            "user_id": row.actor,
            "request_id": None if row.request_id is None else activity_id(REQUEST, row.request_id),
        }
    )
