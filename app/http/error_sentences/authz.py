"""Sentences about what an actor may do."""

from collections.abc import Callable
from typing import Any

from app.authz.errors import (
    ActionNotPermitted,
    LastAdministrator,
    LimitedTokenCannotCreate,
    NotAnAdministrator,
    TokenCannotAdminister,
)
from app.authz.permissions import PERMISSION_SPECS
from app.core.errors import GreenroomError


def _action_not_permitted(error: ActionNotPermitted) -> str:
    required = PERMISSION_SPECS[error.permission].description
    return (
        f"{error.actor} does not have permission to do this to {error.target}. "
        f"Required permission: {required[0].lower()}{required[1:]}."
    )


SENTENCES: dict[type[GreenroomError], str | Callable[[Any], str]] = {
    ActionNotPermitted: _action_not_permitted,
    NotAnAdministrator: "{actor} is not an administrator.",
    TokenCannotAdminister: "A token with scopes, or one limited to certain models, cannot administer anything.",
    LimitedTokenCannotCreate: "This token is limited to certain models, so it cannot create anything.",
    LastAdministrator: "This is the last administrator. Make someone else an administrator first.",
}
