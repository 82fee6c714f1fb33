"""Greenroom's call for what people did about the stages of a model's versions."""

from types import SimpleNamespace

from app.activity import stage_activity
from app.api.errors import PageTokenUnknown
from app.api.fields import Text, Whole, at_most
from app.api.presenters.activities import present_activity
from app.api.routing import call, page
from app.approvals import comments
from app.audit.recorder import Kind
from app.authz.permissions import Permission, allowed
from app.registry import access, queries


@call(
    "GET",
    "/greenroom/activities",
    Permission.MODELS_READ,
    Text(name="name", required=True),
    Text(name="version"),
    Whole(name="max_results", default=100, check=at_most(1_000)),
    Text(name="page_token"),
)
def list_activities(args: SimpleNamespace) -> dict:
    """Returns the activities, newest first; whoever manages the model sees by which token each was done.

    Deleted comments are left out, so that a page may have fewer than were asked for.
    """
    limit = max(1, args.max_results)
    before = _before(args.page_token)
    moments = stage_activity.of(args.name, args.version, before_id=before, limit=limit + 1)
    on_page = moments[:limit]
    comment_ids = {
        moment.id: int(moment.subject or 0)
        for moment in on_page
        if moment.kind == Kind.COMMENT_WRITTEN.value and (moment.subject or "").isdigit()
    }
    living = comments.of_ids(list(comment_ids.values()))
    manages = allowed(Permission.MODELS_MANAGE, access.level_on(queries.model_id(args.name)))
    items = [
        present_activity(moment, living, tells_token=manages)
        for moment in on_page
        if moment.kind != Kind.COMMENT_WRITTEN.value or comment_ids.get(moment.id) in living
    ]
    return page("activities", items, str(on_page[-1].id) if len(moments) > limit else None)


def _before(token: str | None) -> int | None:
    if not token:
        return None
    if not token.isascii() or not token.isdigit() or len(token) > 18:
        raise PageTokenUnknown
    return int(token)
