"""Greenroom's calls on groups: a file that declares them can be sent again and again."""

from types import SimpleNamespace

from app.accounts import groups
from app.accounts.names import key_of
from app.api.fields import Flag, Text, Whole, at_most
from app.api.routing import call, page
from app.authz.permissions import Permission
from app.core.errors import NotFound
from app.http.application import current_actor

PATH = "/greenroom/groups"
MAX_LISTED = 1_000


@call(
    "GET",
    PATH,
    Permission.SETTINGS,
    Text(name="group"),
    Whole(name="max_results", default=100, check=at_most(MAX_LISTED)),
    Text(name="page_token"),
)
def get_groups(args: SimpleNamespace) -> dict:
    """Returns the group of that name, or a page of all of them."""
    if args.group is not None:
        return {"group": present_group(args.group)}
    rows, token = groups.search(max_results=max(1, args.max_results), page_token=args.page_token)
    return page("groups", [present_group(row.name) for row in rows], token)


@call(
    "PUT",
    PATH,
    Permission.SETTINGS,
    Text(name="group", required=True),
    Text(name="members", many=True),
    Flag(name="is_admin"),
    Text(name="seen"),
)
def put_group(args: SimpleNamespace) -> dict:
    """Creates the group or changes the one of that name, which then has exactly these members."""
    row = groups.put(
        args.group, members=args.members, is_admin=args.is_admin, seen=args.seen, actor=current_actor()
    )
    return {"group": present_group(row.name)}


@call("DELETE", PATH, Permission.SETTINGS, Text(name="group", required=True))
def delete_group(args: SimpleNamespace) -> dict:
    """Deletes the group; one that does not exist is no error."""
    if key_of(args.group):
        try:
            groups.find(args.group)
        except NotFound:
            return {}
        groups.delete(args.group, actor=current_actor())
    return {}


def present_group(name: str) -> dict:
    """Returns a group as its calls take and answer it. Raises `GroupNotFound`."""
    row = groups.find(name)
    return {
        "group": row.name,
        "members": groups.member_names(name),
        "is_admin": row.is_admin,
        "etag": groups.token(name),
    }
