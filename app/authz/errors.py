"""The kinds of errors about what an actor may do."""

from dataclasses import dataclass

from app.authz.permissions import Permission
from app.core.errors import InvalidState, PermissionDenied


@dataclass(eq=False)
class ActionNotPermitted(PermissionDenied):
    """The actor's level on an object does not suffice; `target` says which object, as in "the model churn"."""

    actor: str
    permission: Permission
    target: str


@dataclass(eq=False)
class NotAnAdministrator(PermissionDenied):
    """The actor is no administrator, and only those may do this."""

    actor: str


@dataclass(eq=False)
class TokenCannotAdminister(PermissionDenied):
    """The actor came with a token that has scopes, or is limited to some models."""


@dataclass(eq=False)
class LimitedTokenCannotCreate(PermissionDenied):
    """The actor came with a token that is limited to some models, so they cannot create a model or experiment."""


@dataclass(eq=False)
class LastAdministrator(InvalidState):
    """Nobody would be left to administer the accounts."""
