"""What the viewer may do, asked by the templates: what somebody may not do is not offered to them."""

from flask import current_app, request

from app import signing
from app.accounts.actors import Actor
from app.accounts.levels import Level
from app.accounts.permissions import Permission, allowed
from app.edge import current_actor
from app.errors import PermissionDenied, SignInNeeded


def may(permission: str, level: Level = Level.NONE) -> bool:
    """Whether the viewer may use what needs `permission` ("models:edit"), with that level on its object.

    The level is what `access.level_on` says, and NONE where there is no object yet. Raises `ValueError`
    for a permission that there is not.
    """
    wanted = Permission(permission)
    try:
        signing.admit(wanted, current_actor())
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
    return current_app.settings.passwords  # type: ignore[attr-defined]


def declared() -> Permission:
    """The permission that the present route declares, for pages that ask for it before they show a form."""
    view = current_app.view_functions[request.endpoint or ""]
    return view.permission  # type: ignore[attr-defined]
