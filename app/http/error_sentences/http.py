"""Sentences about signing in, permissions of routes, senders, and files out of reach."""

from app.http.errors import (
    AdministratorNeeded,
    AuthorizationSchemeUnknown,
    AuthorizationUnreadable,
    CredentialsMissing,
    CredentialsRefused,
    FilesOutOfReach,
    HostUnknown,
    OriginForeign,
    ScopeMissing,
    TokenLimitedToModels,
)

SENTENCES = {
    CredentialsMissing: "Sign in first: send a token (Bearer), or a user name and password (Basic).",
    CredentialsRefused: "The user name and password, or the token, are invalid or expired.",
    AuthorizationUnreadable: "The Authorization header cannot be read. Send 'Bearer <token>' or Basic.",
    AuthorizationSchemeUnknown: "'{scheme}' is not supported for signing in. Send 'Bearer <token>' or Basic.",
    ScopeMissing: "This token's scopes do not allow that.",
    AdministratorNeeded: "Only an administrator may do that.",
    TokenLimitedToModels: "This token works for certain models only.",
    HostUnknown: "This server does not use that host name. To allow it, add it to GREENROOM_ALLOWED_HOSTS.",
    OriginForeign: "A page of another site sent this change, so it was not made.",
    FilesOutOfReach: "The files of {owner} are stored at '{uri}', which this server does not serve.",
}
