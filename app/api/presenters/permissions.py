"""Rights on registered models as Databricks' permissions API writes them."""

from collections.abc import Sequence
from typing import Any

from app.authz.levels import Level
from app.sharing.grants import GrantRow, Principal

LEVELS = {
    Level.READ: "CAN_READ",
    Level.EDIT: "CAN_EDIT",
    Level.MANAGE_STAGING: "CAN_MANAGE_STAGING_VERSIONS",
    Level.MANAGE_PRODUCTION: "CAN_MANAGE_PRODUCTION_VERSIONS",
    Level.MANAGE: "CAN_MANAGE",
}
DESCRIPTIONS = {
    Level.READ: "See the model, its versions, requests and files, ask for a stage, comment.",
    Level.EDIT: "Can read; also add versions, edit descriptions, tags and aliases. No change of stages.",
    Level.MANAGE_STAGING: "Can edit; also move versions and decide requests among all stages but Production.",
    Level.MANAGE_PRODUCTION: "Can edit; also move versions and decide requests among all stages.",
    Level.MANAGE: "Can do everything: also rename and delete, and change these permissions.",
}
ROOT = "root"  # stands for all models, in the place of a model's id
INHERITED_FROM = "/registered-models/"
# Databricks' names for those who have no name of their own here.
ADMINS = "admins"
USERS = "users"


def model_id(key: int) -> str:
    """Returns the id of a registered model, as other calls of Databricks' show and take it."""
    return format(key, "032x")


def present_permissions(object_id: str, given: Sequence[GrantRow], inherited: Sequence[GrantRow]) -> dict:
    """Returns a `RegisteredModelPermissions`: each principal's grants on this model and on all models."""
    entries: dict[tuple[str, str], dict[str, Any]] = {}
    is_root = object_id == ROOT
    _entry(entries, ("group_name", ADMINS), ADMINS)["all_permissions"].append(
        _permission(Level.MANAGE, inherited=not is_root)
    )
    for rows, is_inherited in ((given, False), (inherited, True)):
        for row in rows:
            entry = _entry(entries, _key(row.principal), row.full_name or row.principal.name)
            entry["all_permissions"].append(_permission(row.level, inherited=is_inherited))
    return {
        "object_id": f"/registered-models/{object_id}",
        "object_type": "registered-model",
        "access_control_list": list(entries.values()),
    }


def _key(principal: Principal) -> tuple[str, str]:
    if principal.kind == "everyone":
        return "group_name", USERS
    field = {"user": "user_name", "service": "service_principal_name", "group": "group_name"}[principal.kind]
    return field, principal.name


def _entry(
    entries: dict[tuple[str, str], dict[str, Any]], key: tuple[str, str], shown: str
) -> dict[str, Any]:
    return entries.setdefault(key, {key[0]: key[1], "display_name": shown, "all_permissions": []})


def _permission(level: Level, *, inherited: bool) -> dict[str, Any]:
    shown: dict[str, Any] = {"permission_level": LEVELS[level], "inherited": inherited}
    if inherited:
        shown["inherited_from_object"] = [INHERITED_FROM]
    return shown


def present_levels() -> dict[str, Any]:
    """Returns all levels in rising order, with what each allows."""
    levels = [
        {"permission_level": name, "description": DESCRIPTIONS[level]} for level, name in LEVELS.items()
    ]
    return {"permission_levels": levels}
