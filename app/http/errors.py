"""The kinds of errors that the HTTP doors share: signing in, permissions of routes, senders, files out of reach."""

from dataclasses import dataclass

from app.core.errors import NotFound, PermissionDenied, SignInNeeded


@dataclass(eq=False)
class CredentialsMissing(SignInNeeded):
    """The request names nobody, and the route is not for everybody."""


@dataclass(eq=False)
class CredentialsRefused(SignInNeeded):
    """The password or token is wrong, expired or revoked, or its account is disabled: all look alike."""


@dataclass(eq=False)
class AuthorizationUnreadable(SignInNeeded):
    """The Authorization header cannot be parsed."""


@dataclass(eq=False)
class AuthorizationSchemeUnknown(SignInNeeded):
    """The Authorization header is neither Basic nor Bearer."""

    scheme: str


@dataclass(eq=False)
class ScopeMissing(PermissionDenied):
    """The token's scopes do not cover the permission of the route."""


@dataclass(eq=False)
class AdministratorNeeded(PermissionDenied):
    """The route is for administrators only."""


@dataclass(eq=False)
class TokenLimitedToModels(PermissionDenied):
    """The token is good for certain models only, and the route is about accounts."""


@dataclass(eq=False)
class HostUnknown(PermissionDenied):
    """The Host header is not a name of this server."""


@dataclass(eq=False)
class OriginForeign(PermissionDenied):
    """A page of another site sent the change."""


@dataclass(eq=False)
class FilesOutOfReach(NotFound):
    """The files are in a store that this server does not serve."""

    owner: str
    uri: str
