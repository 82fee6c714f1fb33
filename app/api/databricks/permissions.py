"""Databricks' calls for rights on registered models (`/permissions/registered-models/…`).

A model goes by its id, which `app.api.presenters.permissions.model_id` writes, and `root` is all of
them. Administrators are shown as the group `admins`, and manage everything; everyone with an account is
the group `users`.
"""

import re
from collections.abc import Callable
from types import SimpleNamespace

from app.accounts.names import key_of
from app.api.errors import (
    AdministratorsKeepManage,
    AdministratorsLeftOut,
    ModelIdNotFound,
    PermissionLevelUnknown,
    PrincipalNotNamed,
    PrincipalRepeated,
)
from app.api.fields import Item, Text
from app.api.presenters.permissions import ADMINS, LEVELS, ROOT, USERS, present_levels, present_permissions
from app.api.routing import call
from app.authz.administrators import check_configures
from app.authz.levels import Level
from app.authz.permissions import Area, Permission
from app.core.errors import NotFound
from app.http.application import current_actor
from app.registry import access
from app.sharing import grants
from app.sharing.grants import GrantRow, Principal

PATH = "/permissions/registered-models/<id>"
READ, MANAGE = Permission.MODELS_READ, Permission.MODELS_MANAGE
ENTRIES = Item(
    Text(name="user_name"),
    Text(name="group_name"),
    Text(name="service_principal_name"),
    Text(name="permission_level"),
    name="access_control_list",
    many=True,
    default=(),
)

_ID = re.compile(r"[0-9a-fA-F]{32}\Z")
_BY_NAME = {name: level for level, name in LEVELS.items()}
_PRINCIPALS: dict[str, Callable[[str], Principal]] = {
    "user_name": grants.principal_of_account,
    "group_name": grants.principal_of_group,
    "service_principal_name": grants.principal_of_account,
}


@call("GET", PATH, READ)
def get(args: SimpleNamespace) -> dict:
    """Returns the grants on the model, or on all models; the latter are shown to administrators."""
    if args.id == ROOT:
        check_configures(current_actor())
        return _answer(ROOT, grants.of_area(Area.MODELS))
    return _answer(args.id, grants.of_model(_name(args.id)))


@call("PUT", PATH, MANAGE, ENTRIES)
def replace(args: SimpleNamespace) -> dict:
    """Replaces all grants with these entries; a principal that is not among them loses its grant."""
    name = _managed(args.id)
    levels = _levels(args.access_control_list, keeps_admins=name is not None)
    if name is None:
        return _answer(ROOT, grants.replace_on_area(Area.MODELS, levels, actor=current_actor()))
    return _answer(args.id, grants.replace_on_model(name, levels, actor=current_actor()))


@call("PATCH", PATH, MANAGE, ENTRIES)
def change(args: SimpleNamespace) -> dict:
    """Gives what the entries say; a principal that is not among them keeps its grant."""
    name = _managed(args.id)
    levels = _levels(args.access_control_list, keeps_admins=True)
    if name is None:
        return _answer(ROOT, grants.change_on_area(Area.MODELS, levels, actor=current_actor()))
    return _answer(args.id, grants.change_on_model(name, levels, actor=current_actor()))


@call("GET", f"{PATH}/permissionLevels", READ)
def levels(args: SimpleNamespace) -> dict:
    """Returns the levels that can be granted."""
    if args.id != ROOT:
        _name(args.id)
    return present_levels()


def _managed(model_id: str) -> str | None:
    """Returns the model's name, None for all models, and makes sure that the actor may grant permissions there.

    The verbs ask that, too; here it comes before the names of others are looked up, which would tell
    whoever gives no rights which accounts there are.
    """
    actor = current_actor()
    if model_id == ROOT:
        check_configures(actor)
        return None
    name = _name(model_id)
    access.check(name, MANAGE, actor)
    return name


def _name(model_id: str) -> str:
    if not _ID.match(model_id):
        raise ModelIdNotFound(model_id)
    try:
        return grants.model_name(int(model_id, 16))
    except NotFound as error:
        raise ModelIdNotFound(model_id) from error


def _answer(model_id: str, given: list[GrantRow]) -> dict:
    if model_id == ROOT:
        return present_permissions(ROOT, given, ())
    return present_permissions(model_id.lower(), given, grants.of_area(Area.MODELS))


def _levels(entries: list[SimpleNamespace], *, keeps_admins: bool) -> dict[Principal, Level]:
    """Returns the entries as the verbs take them; with `keeps_admins`, administrators may be left out."""
    levels: dict[Principal, Level] = {}
    for entry in entries:
        level = _BY_NAME.get(entry.permission_level or "")
        if level is None:
            raise PermissionLevelUnknown(list(_BY_NAME))
        named = {field: value for field in _PRINCIPALS if (value := getattr(entry, field))}
        if len(named) != 1:
            raise PrincipalNotNamed(list(_PRINCIPALS))
        ((field, name),) = named.items()
        if (field, key_of(name)) == ("group_name", ADMINS):
            if level is not Level.MANAGE:
                raise AdministratorsKeepManage
            keeps_admins = True
            continue
        is_everyone = (field, key_of(name)) == ("group_name", USERS)
        principal = grants.EVERYONE if is_everyone else _PRINCIPALS[field](name)
        if principal in levels:
            raise PrincipalRepeated(principal.label)
        levels[principal] = level
    if not keeps_admins:
        raise AdministratorsLeftOut
    return levels
