"""What the viewer may do, asked by the templates: what somebody may not do is not offered to them."""

from typing import NamedTuple

from flask import current_app, request

from app.authz.actors import Actor
from app.authz.levels import Level
from app.authz.permissions import RULES, Area, Permission, allowed, may_move
from app.core.errors import PermissionDenied, SignInNeeded
from app.http import authentication
from app.http.application import current_actor, current_greenroom
from app.sharing.grants import LEVELS
from app.stages import definitions
from app.web.errors import NoAccounts


def may(permission: str, level: Level = Level.NONE) -> bool:
    """Whether the viewer may use what needs `permission` ("models:edit"), with that level on its object.

    The level is what `access.level_on` says, and NONE where there is no object yet. Raises `ValueError`
    for a permission that there is not.
    """
    wanted = Permission(permission)
    try:
        authentication.admit(wanted, current_actor())
    except (SignInNeeded, PermissionDenied):
        return False
    return allowed(wanted, level)


def person() -> Actor | None:
    """The account behind the present request; None in personal mode, and where nobody is signed in."""
    actor = current_actor()
    return actor if actor.account_id else None


def is_personal() -> bool:
    """Whether the present request is the local user's, since there are no accounts."""
    return current_actor().account_id is None


def takes_passwords() -> bool:
    """Whether people may sign in with a password."""
    return current_greenroom().settings.passwords


def declared() -> Permission:
    """The permission that the present route declares, for pages that ask for it before they show a form."""
    view = current_app.view_functions[request.endpoint or ""]
    return getattr(view, "permission", Permission.ACCOUNT)


def require_team() -> None:
    """Raise `NotFound` in personal mode, which has nobody whom a page about people could show."""
    if is_personal():
        raise NoAccounts


def level_name(level: int) -> str:
    """A level as it is chosen and shown in a table."""
    words = Level(level).words
    return words[0].upper() + words[1:]


class Ability(NamedTuple):
    """A row of the table of levels: what is done, and for each level that may do it with which exception."""

    words: str
    levels: dict[Level, str]


def table(area: Area) -> list[Ability]:
    """What each level of an area allows, made of the one table of permissions and of the stages' levels."""
    rules = {key: rule for key, rule in RULES.items() if rule.area is area and rule.level > Level.NONE}
    return [
        Ability(rule.words, {level: _exception(key, level) for level in LEVELS[area] if allowed(key, level)})
        for key, rule in rules.items()
    ]


def _exception(permission: Permission, level: Level) -> str:
    """The stages that are out of reach of somebody with that level, who may otherwise transition."""
    if permission is not Permission.MODELS_TRANSITION:
        return ""
    return ", ".join(stage.name for stage in definitions.all_stages() if not may_move(level, stage.level))
