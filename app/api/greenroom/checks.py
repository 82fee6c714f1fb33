"""Greenroom's calls on the checks of a version, which a stage's rule may require."""

from types import SimpleNamespace

from app.api.fields import Text
from app.api.presenters.checks import present_check
from app.api.routing import call
from app.authz.permissions import Permission
from app.http.application import current_actor
from app.registry import queries
from app.stages import checks

NAME = Text(name="name", required=True)
VERSION = Text(name="version", required=True)


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
    Text(name="digest"),
)
def report_check(args: SimpleNamespace) -> dict:
    """Records the report of a check of a version; it replaces the last report under its name."""
    row = checks.post(
        args.name,
        args.version,
        args.check,
        args.state,
        link=args.link,
        summary=args.summary,
        digest=args.digest,
        actor=current_actor(),
    )
    return {"check": present_check(row)}


@call("GET", "/greenroom/checks", Permission.MODELS_READ, NAME, VERSION)
def list_checks(args: SimpleNamespace) -> dict:
    """Returns the last report of each check of a version."""
    row = queries.version_keys(args.name, args.version)
    return {"checks": [present_check(check) for check in checks.of_version(row.id)]}
