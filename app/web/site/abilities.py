"""What the viewer may do, for the templates: pages offer nobody what they may not do."""

from typing import NamedTuple

from flask import current_app, request

from app.authz.actors import Actor
from app.authz.levels import Level
from app.authz.permissions import PERMISSION_SPECS, Area, Permission, allowed, may_move
from app.core.errors import PermissionDenied, SignInNeeded
from app.http import authentication
from app.http.application import current_actor, current_greenroom
from app.sharing.grants import LEVELS
from app.stages import definitions
from app.web.errors import NoAccounts


def may(permission: str, level: Level = Level.NONE) -> bool:
    """Returns whether the viewer may use what needs `permission` ("models:edit"), with that level on its object.

    The level is that of `access.level_on`, and NONE where there is no object yet. Raises `ValueError` for an unknown
    permission.
    """
    required = Permission(permission)
    try:
        authentication.admit(required, current_actor())
    except (SignInNeeded, PermissionDenied):
        return False
    return allowed(required, level)


def person() -> Actor | None:
    """Returns the account behind the present request; None in personal mode, and where nobody is signed in."""
    actor = current_actor()
    return actor if actor.account_id else None


def is_personal() -> bool:
    """Returns whether the present request is the local user's, as there are no accounts."""
    return current_actor().account_id is None


def takes_passwords() -> bool:
    """Returns whether people may sign in with a password."""
    return current_greenroom().settings.passwords


def declared_permission() -> Permission:
    """Returns the permission that the present route declares, for pages that check it before they show a form."""
    view = current_app.view_functions[request.endpoint or ""]
    return getattr(view, "permission", Permission.ACCOUNT)


def require_team() -> None:
    """Raises `NoAccounts` in personal mode, where pages about people have nobody to show."""
    if is_personal():
        raise NoAccounts


def level_name(level: int) -> str:
    """Returns a level as pages show it in a choice or a table."""
    label = Level(level).label
    return label[0].upper() + label[1:]


class Ability(NamedTuple):
    """A row of the table of levels: what is done, and with which exception each level may do it."""

    description: str
    levels: dict[Level, str]


def levels_table(area: Area) -> list[Ability]:
    """Returns what each level of an area allows, from the table of permissions and the levels of stages."""
    rules = {
        key: rule for key, rule in PERMISSION_SPECS.items() if rule.area is area and rule.level > Level.NONE
    }
    return [
        Ability(
            rule.description, {level: _exception(key, level) for level in LEVELS[area] if allowed(key, level)}
        )
        for key, rule in rules.items()
    ]


def _exception(permission: Permission, level: Level) -> str:
    """Returns the stages out of reach for somebody with that level who may otherwise transition versions."""
    if permission is not Permission.MODELS_TRANSITION:
        return ""
    return ", ".join(stage.name for stage in definitions.all_stages() if not may_move(level, stage.level))
