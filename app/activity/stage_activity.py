"""Reads what people did about the stages of a model's versions, newest first."""

from app.activity import timeline
from app.activity.timeline import Moment
from app.audit.recorder import Kind
from app.registry import queries

KINDS = (
    Kind.VERSION_TRANSITIONED,
    Kind.VERSION_RETURNED,
    Kind.VERSION_RETURNED_IN_EMERGENCY,
    Kind.VERSION_ARCHIVED_BY_SUCCESSOR,
    Kind.VERSION_MOVED_WITH_STAGE,
    Kind.REQUEST_OPENED,
    Kind.REQUEST_APPROVED,
    Kind.REQUEST_REJECTED,
    Kind.REQUEST_WITHDRAWN,
    Kind.COMMENT_WRITTEN,
)


def of(
    name: str, number: int | str | None = None, *, before_id: int | None = None, limit: int = 100
) -> list[Moment]:
    """Returns the activities on a model or on one version, older than `before_id`. Raises `NotFound`."""
    if number is None:
        return timeline.timeline(
            model_id=queries.model_id(name), kinds=KINDS, before_id=before_id, limit=limit
        )
    version = queries.version_keys(name, number)
    return timeline.timeline(version_id=version.id, kinds=KINDS, before_id=before_id, limit=limit)


def newest(version_id: int, kind: Kind) -> Moment | None:
    """Returns the last activity of that kind on a version that the viewer may see."""
    return next(iter(timeline.timeline(version_id=version_id, kinds=(kind,), limit=1)), None)
