"""Greenroom's own calls, for what neither MLflow nor Databricks has one: checks, activities, the history."""

from types import SimpleNamespace

from app.activity import stage_activity
from app.api.fields import Moment, Text, Whole, at_most
from app.api.presenters.approvals import present_activity, present_check, present_interval
from app.api.routing import call, page
from app.approvals import comments
from app.audit.recorder import Kind
from app.authz.permissions import Permission, allowed
from app.core import clock
from app.core.errors import InvalidParameter
from app.http.application import current_actor
from app.registry import access, queries
from app.stages import checks, history

NAME = Text(name="name", required=True)
VERSION = Text(name="version", required=True)
READ = Permission.MODELS_READ
LAST_MOMENT = 253_402_300_799_999  # the end of the year 9999


@call(
    "POST",
    "/greenroom/checks",
    Permission.MODELS_CHECK,
    NAME,
    VERSION,
    Text(name="check", required=True),
    Text(name="state", required=True),
    Text(name="link"),
    Text(name="summary"),
)
def report_check(args: SimpleNamespace) -> dict:
    """Report a check of a version, in place of what was reported under its name before."""
    row = checks.post(
        args.name,
        args.version,
        args.check,
        args.state,
        link=args.link,
        summary=args.summary,
        actor=current_actor(),
    )
    return {"check": present_check(row)}


@call("GET", "/greenroom/checks", READ, NAME, VERSION)
def list_checks(args: SimpleNamespace) -> dict:
    """What was last reported of a version under each name."""
    row = queries.find_version(args.name, args.version)
    return {"checks": [present_check(one) for one in checks.of_version(row.id)]}


@call(
    "GET",
    "/greenroom/activities",
    READ,
    NAME,
    Text(name="version"),
    Whole(name="max_results", default=100, check=at_most(1_000)),
    Text(name="page_token"),
)
def list_activities(args: SimpleNamespace) -> dict:
    """What people did about the stages of a model's versions, newest first; to who manages it, by which token."""
    limit = max(1, args.max_results)
    before = _before(args.page_token)
    found = stage_activity.of(args.name, args.version, before_id=before, limit=limit + 1)
    shown = found[:limit]
    written = [
        int(one.subject)
        for one in shown
        if one.kind == Kind.COMMENT_WRITTEN.value and (one.subject or "").isdigit()
    ]
    there = comments.of_ids(written)
    manages = allowed(Permission.MODELS_MANAGE, access.level_on(queries.find_model(args.name).id))
    items = [
        present_activity(one, there, tells_token=manages)
        for one in shown
        if one.kind != Kind.COMMENT_WRITTEN.value or int(one.subject or 0) in there
    ]
    return page("activities", items, str(shown[-1].id) if len(found) > limit else None)


def _before(token: str | None) -> int | None:
    if not token:
        return None
    if not token.isascii() or not token.isdigit() or len(token) > 18:
        raise InvalidParameter("This page_token was never given out here.", field="page_token")
    return int(token)


@call("GET", "/greenroom/stage-history", READ, NAME, Moment(name="at", check=at_most(LAST_MOMENT)))
def stage_history(args: SimpleNamespace) -> dict:
    """What held each stage but None at a moment; now where none is given, or one that is still to come."""
    now = clock.now_ms()
    at = now if args.at is None else min(args.at, now)
    return {"at": at, "stages": [present_interval(row) for row in history.held_at(args.name, at)]}
