"""The kinds of errors about accounts, groups, passwords, tokens and signing in."""

from dataclasses import dataclass

from app.core.errors import (
    AlreadyExists,
    InvalidParameter,
    InvalidState,
    NotFound,
    PermissionDenied,
    StaleState,
    TooMany,
    Unavailable,
)


@dataclass(eq=False)
class AccountNotFound(NotFound):
    """There is no living account of that name."""

    name: str


@dataclass(eq=False)
class AccountIdNotFound(NotFound):
    """There is no living account with that id."""

    account_id: int


@dataclass(eq=False)
class GroupNotFound(NotFound):
    """There is no living group of that name."""

    name: str


@dataclass(eq=False)
class TokenNotFound(NotFound):
    """There is no such token, or the actor may not manage it: the two look alike."""

    token_id: int


@dataclass(eq=False)
class AccountNameTaken(AlreadyExists):
    """Another living account has the name, or the identity at an OpenID provider."""

    field = "name"
    name: str


@dataclass(eq=False)
class GroupNameTaken(AlreadyExists):
    """Another living group has the name."""

    field = "name"
    name: str


@dataclass(eq=False)
class GroupChanged(StaleState):
    """The group is not as the actor knows it, or does not exist any more."""

    name: str


@dataclass(eq=False)
class UnknownAccountKind(InvalidParameter):
    """Accounts are of other kinds."""

    field = "kind"
    kind: str


@dataclass(eq=False)
class InvalidName(InvalidParameter):
    """The name has signs that no account or group may have, is too long, or has no letter or digit."""

    what: str
    max_length: int
    field: str


@dataclass(eq=False)
class ReservedGroupName(InvalidParameter):
    """The name stands for everyone with an account."""

    field = "name"
    name: str


@dataclass(eq=False)
class AdministratorsGroupName(InvalidParameter):
    """The name is for a group whose members are administrators."""

    field = "name"
    name: str


@dataclass(eq=False)
class InvisibleCharacters(InvalidParameter):
    """A full name has characters that cannot be seen."""

    field = "full_name"


@dataclass(eq=False)
class ServiceHasNoPassword(InvalidParameter):
    """A service authenticates with tokens only."""

    field = "password"


@dataclass(eq=False)
class FirstAccountMustAdminister(InvalidState):
    """The first account must be a person's and an administrator."""


@dataclass(eq=False)
class NoPasswordYet(InvalidParameter):
    """The account has no password that could be changed."""

    field = "current_password"


@dataclass(eq=False)
class CurrentPasswordMissing(InvalidParameter):
    """People prove with their current password that they may set another one."""

    field = "current_password"


@dataclass(eq=False)
class CurrentPasswordWrong(InvalidParameter):
    """The current password is not the account's."""

    field = "current_password"


@dataclass(eq=False)
class PasswordUnchanged(InvalidParameter):
    """The new password is the current one."""

    field = "password"


@dataclass(eq=False)
class PasswordMissing(InvalidParameter):
    """No password was given."""

    field: str


@dataclass(eq=False)
class PasswordTooShort(InvalidParameter):
    """The password has fewer characters than the minimum."""

    min_length: int
    field: str


@dataclass(eq=False)
class PasswordTooLong(InvalidParameter):
    """The password has more characters than are hashed."""

    max_length: int
    field: str


@dataclass(eq=False)
class PasswordIsName(InvalidParameter):
    """The password is the account's name."""

    field: str


@dataclass(eq=False)
class PasswordTooWeak(InvalidParameter):
    """The password is easy to guess; `reasons` say why and what would help, in English."""

    reasons: str
    field: str


@dataclass(eq=False)
class PasswordCheckBusy(Unavailable):
    """Others keep this process busy with their passwords."""


@dataclass(eq=False)
class OwnAccount(InvalidParameter):
    """Nobody may do this to their own account; `verb` says what."""

    verb: str


@dataclass(eq=False)
class InvalidTokenName(InvalidParameter):
    """The name of a token is empty, too long, or has invisible characters."""

    field = "name"
    max_length: int


@dataclass(eq=False)
class TokenExpiryInPast(InvalidParameter):
    """A token must expire in the future."""

    field = "expires_at"


@dataclass(eq=False)
class TooManyTokens(InvalidState):
    """The account, or everybody together, has as many usable tokens as may be."""

    limit: int
    is_of_account: bool


@dataclass(eq=False)
class TokenLifetimeTooLong(InvalidParameter):
    """The token would be valid for longer than the installation allows."""

    field = "expires_at"
    max_days: int


@dataclass(eq=False)
class TokenCannotManageTokens(PermissionDenied):
    """The actor came with a token that has scopes, or is limited to some models."""


@dataclass(eq=False)
class TokensOfOtherAccount(PermissionDenied):
    """The actor is no administrator and the token belongs to another account."""


@dataclass(eq=False)
class TooManyFailedSignIns(TooMany):
    """Too many sign-ins failed for the account or from the address."""

    retry_after: int


@dataclass(eq=False)
class NotInAllowedGroup(PermissionDenied):
    """The person is in none of the provider's groups that may use this registry."""

    name: str


@dataclass(eq=False)
class AccountDisabled(PermissionDenied):
    """The account that the provider's person owns is disabled."""

    name: str


@dataclass(eq=False)
class AccountDeleted(PermissionDenied):
    """The account that the provider's person owned was deleted."""

    name: str


@dataclass(eq=False)
class AccountOfSomeoneElse(AlreadyExists):
    """An account has the name of the provider's person and is not known to be theirs."""

    name: str


@dataclass(eq=False)
class UnusableProviderName(InvalidParameter):
    """The provider's name for the person cannot be an account's."""

    name: str
    max_length: int


@dataclass(eq=False)
class ServiceHasNoOwner(InvalidParameter):
    """A service cannot be handed over to single sign-on."""

    field = "name"


@dataclass(eq=False)
class OwnAccountHandedOver(InvalidParameter):
    """Nobody may hand their own account over to single sign-on."""


@dataclass(eq=False)
class NoAdministratorYet(PermissionDenied):
    """The first person to sign in must be an administrator at the provider."""


@dataclass(eq=False)
class ProviderUnreachable(Unavailable):
    """The OpenID provider does not answer."""


@dataclass(eq=False)
class ProviderResponseInvalid(Unavailable):
    """The OpenID provider answers in a way that cannot be used."""


@dataclass(eq=False)
class ClientCredentialsRefused(Unavailable):
    """The OpenID provider refuses this server's name or secret."""


@dataclass(eq=False)
class AuthorizationCodeRefused(PermissionDenied):
    """The provider gives no token for the code: it was used already, or came too late."""


@dataclass(eq=False)
class SignInCancelled(PermissionDenied):
    """The provider says `access_denied`: the person cancelled, or may not use this server."""


@dataclass(eq=False)
class SignInFailedAtProvider(PermissionDenied):
    """The provider came back with an error of another kind."""


@dataclass(eq=False)
class AuthorizationCodeMissing(PermissionDenied):
    """The provider came back with neither an error nor a code."""


@dataclass(eq=False)
class IdTokenInvalid(PermissionDenied):
    """The ID token is not signed by the provider's keys."""


@dataclass(eq=False)
class ClaimRefused(PermissionDenied):
    """A claim of the ID token, or of what comes with it, is not what it must be (OpenID Connect Core 1.0, 3.1.3.7)."""

    claim: str
