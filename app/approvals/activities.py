"""What people did about the stages of a model's versions, newest first: the events that speak of it."""

from app.audit import events
from app.audit.events import Kind, Moment
from app.registry import reads

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
    """The activities on a model, or on one version, those older than `before_id`. Raises `NotFound`."""
    if number is None:
        return events.timeline(
            model_id=reads.find_model(name).id, kinds=KINDS, before_id=before_id, limit=limit
        )
    found = reads.find_version(name, number)
    return events.timeline(version_id=found.id, kinds=KINDS, before_id=before_id, limit=limit)


def newest(version_id: int, kind: Kind) -> Moment | None:
    """The last activity of that kind on a version that the viewer was shown."""
    return next(iter(events.timeline(version_id=version_id, kinds=(kind,), limit=1)), None)
