"""Sentences about accounts, groups, passwords, tokens and signing in."""

import math
from collections.abc import Callable
from typing import Any

from app.accounts import errors
from app.core.errors import GreenroomError

_NAME_RULE = "has 1 to {max_length} letters (a to z), digits and the signs . _ @ + -, and at least one letter or digit."


def _invalid_name(error: errors.InvalidName) -> str:
    article = "An" if error.what[0] in "aeiou" else "A"
    return f"{article} {error.what}'s name {_NAME_RULE.format(max_length=error.max_length)}"


def _too_many_failed(error: errors.TooManyFailedSignIns) -> str:
    minutes = math.ceil(error.retry_after / 60)
    return f"Too many failed sign-ins. Try again in {'a minute' if minutes == 1 else f'{minutes} minutes'}."


_STRANGE = "The sign-in provider sent an unusable answer. Tell your administrator."
_CLAIMS = {
    "aud": "The sign-in provider sent a token meant for another application, so you were not signed in.",
    "azp": "The sign-in provider sent a token meant for another application, so you were not signed in.",
    "nonce": "The sign-in provider sent a token that belongs to another sign-in. Sign in again.",
    "iss": "The token comes from the wrong provider, so you were not signed in.",
    "exp": "The sign-in provider sent an expired token. Sign in again.",
    "iat": "The sign-in provider's clock differs from this server's. Tell your administrator.",
    "nbf": "The sign-in provider's clock differs from this server's. Tell your administrator.",
}


def _claim(error: errors.ClaimRefused) -> str:
    return _CLAIMS.get(error.claim, _STRANGE)


SENTENCES: dict[type[GreenroomError], str | Callable[[Any], str]] = {
    errors.AccountNotFound: "There is no account named {name}.",
    errors.AccountIdNotFound: "There is no account with the id {account_id}.",
    errors.GroupNotFound: "There is no group named {name}.",
    errors.TokenNotFound: "There is no such token.",
    errors.AccountNameTaken: "There is an account named {name} already.",
    errors.GroupChanged: "The group {name} was changed in the meantime.",
    errors.GroupNameTaken: "There is a group named {name} already.",
    errors.UnknownAccountKind: "An account is one of: user, service.",
    errors.InvalidName: _invalid_name,
    errors.ReservedGroupName: "The name {name} stands for everyone with an account.",
    errors.AdministratorsGroupName: "The name {name} is for a group whose members are administrators.",
    errors.InvisibleCharacters: "A full name cannot contain invisible characters.",
    errors.ServiceHasNoPassword: "A service has no password. Create a token for it.",
    errors.FirstAccountMustAdminister: (
        "The first account must belong to a person and must be an administrator, because sign-in is required "
        "from then on."
    ),
    errors.NoPasswordYet: "This account has no password yet. An administrator can set one.",
    errors.CurrentPasswordMissing: "Enter the current password as well.",
    errors.CurrentPasswordWrong: "The current password is wrong.",
    errors.PasswordUnchanged: "The new password is the current one.",
    errors.PasswordMissing: "Choose a password.",
    errors.PasswordTooShort: "A password has at least {min_length} characters.",
    errors.PasswordTooLong: "A password has at most {max_length} characters.",
    errors.PasswordIsName: "The password is the account's name.",
    errors.PasswordTooWeak: lambda error: f"This password is easy to guess. {error.reasons}".rstrip(),
    errors.PasswordCheckBusy: "Too many people are signing in right now. Try again shortly.",
    errors.OwnAccount: "You cannot {verb} your own account. Ask another administrator.",
    errors.InvalidTokenName: "A token's name has 1 to {max_length} characters.",
    errors.TooManyTokens: lambda error: (
        f"{'The account has' if error.is_of_account else 'There are'} {error.limit:,} valid tokens, the most that are "
        "allowed. Revoke some that are no longer used."
    ),
    errors.TokenExpiryInPast: "A token must expire in the future.",
    errors.TokenLifetimeTooLong: (
        "A token is valid for at most {max_days} days on this server. Choose an earlier expiry."
    ),
    errors.TokenCannotManageTokens: (
        "A token with scopes, or one limited to certain models, cannot create or revoke tokens."
    ),
    errors.TokensOfOtherAccount: "Only an administrator can manage the tokens of another account.",
    errors.TooManyFailedSignIns: _too_many_failed,
    errors.NotInAllowedGroup: "{name} is in none of the groups that may use this registry.",
    errors.AccountDisabled: "The account {name} is disabled. An administrator can enable it.",
    errors.AccountDeleted: "The account {name} was deleted. An administrator can prepare a new one.",
    errors.AccountOfSomeoneElse: (
        "There is an account named {name} here that is not known to be yours. An administrator can link it to you."
    ),
    errors.UnusableProviderName: lambda error: (
        f"The sign-in provider calls you {error.name}, which cannot be the name of an account. "
        f"An account's name {_NAME_RULE.format(max_length=error.max_length)}"
    ),
    errors.ServiceHasNoOwner: "A service has no owner who could sign in.",
    errors.OwnAccountHandedOver: "You cannot give away your own account. Ask another administrator.",
    errors.NoAdministratorYet: "This registry has no administrator yet, so an administrator must sign in first.",
    errors.ProviderUnreachable: "The sign-in provider is not responding. Try again in a minute.",
    errors.ProviderResponseInvalid: _STRANGE,
    errors.ClientCredentialsRefused: "The sign-in provider no longer knows this server. Tell your administrator.",
    errors.AuthorizationCodeRefused: "This sign-in was already completed or took too long. Sign in again.",
    errors.SignInCancelled: "The sign-in provider says that you cancelled, or that you don't have access.",
    errors.SignInFailedAtProvider: "The sign-in provider did not sign you in. Try again.",
    errors.AuthorizationCodeMissing: "The sign-in provider sent no code. Sign in again.",
    errors.IdTokenInvalid: "The sign-in provider sent an unsigned token, so you were not signed in.",
    errors.ClaimRefused: _claim,
}
