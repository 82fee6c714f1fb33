"""Talks to an OpenID provider: the code flow of OpenID Connect Core 1.0 with PKCE (RFC 7636).

Authlib and joserfc implement it. This module checks what they leave to their caller: that the ID token is for
this server only, that a public key of the provider signed it, and which names and groups count. Each kind of
failure has one error for people; the details go to the log.
"""

import contextlib
import logging
import time
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import requests
from authlib.common.security import generate_token
from authlib.integrations.base_client import OAuthError
from authlib.integrations.requests_client import OAuth2Session
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import ClaimError, InvalidKeyIdError, JoseError
from joserfc.jwk import JWKRegistry, KeySet
from joserfc.jws import JWSRegistry

from app.accounts.bounded_calls import BoundedCalls
from app.accounts.errors import (
    AuthorizationCodeMissing,
    AuthorizationCodeRefused,
    ClaimRefused,
    ClientCredentialsRefused,
    IdTokenInvalid,
    ProviderResponseInvalid,
    ProviderUnreachable,
    SignInCancelled,
    SignInFailedAtProvider,
)
from app.accounts.names import check_name
from app.core.errors import InvalidParameter
from app.settings.oidc import Provider, is_protected

log = logging.getLogger(__name__)

TIMEOUT = (3.0, 5.0)  # seconds to connect, and between two pieces of an answer
METADATA_LIFETIME = 3600.0  # seconds for which a provider's metadata and keys are used
LEEWAY = 60  # seconds by which the two clocks may differ

# A key that both sides know would let everybody who knows it sign, and `none` everybody.
ALGORITHMS = frozenset(f"{kind}{bits}" for kind in ("RS", "PS", "ES") for bits in (256, 384, 512)) | {"EdDSA"}


class PendingSignIn(NamedTuple):
    """What the browser that began a sign-in keeps until it comes back from the provider."""

    state: str
    nonce: str
    verifier: str


class Identity(NamedTuple):
    """A person whom the provider has identified; `groups` are those at the provider."""

    issuer: str
    subject: str
    name: str
    full_name: str | None
    groups: tuple[str, ...]


class OidcClient:
    """A client of one provider, with the metadata and keys that this process has fetched."""

    def __init__(self, provider: Provider):
        self._provider = provider
        self._cached_metadata: dict[str, Any] = {}
        self._keys: KeySet | None = None
        self._fetched_at = float("-inf")
        self._calls = BoundedCalls()

    def start(self, redirect_uri: str) -> tuple[str, PendingSignIn]:
        """Returns the address to send the browser to, and what it must bring back. Raises `Unavailable`."""
        description = self._metadata()
        verifier, nonce = generate_token(48), generate_token(32)
        with _translating_errors(), self._session(redirect_uri) as session:
            address, state = session.create_authorization_url(
                description["authorization_endpoint"], code_verifier=verifier, nonce=nonce
            )
        return address, PendingSignIn(state, nonce, verifier)

    def finish(
        self, response: Mapping[str, str], redirect_uri: str, *, nonce: str, verifier: str
    ) -> Identity:
        """Returns who came back; `response` holds the parameters of the address that the browser came back to.

        The caller has compared the state, and has looked up nonce and verifier by it. Raises `PermissionDenied` where
        the provider or the token does not say what it must, and `Unavailable` where the provider does not answer.
        """
        self._check_response(response)
        token = self._exchange(response["code"], verifier, redirect_uri)
        claims = self._verify_id_token(token, nonce)
        return self._identity(self._add_userinfo(claims, token))

    # --- The provider itself ---

    def _metadata(self) -> dict[str, Any]:
        if time.monotonic() - self._fetched_at > METADATA_LIFETIME:
            with _translating_errors():
                description = _checked_metadata(
                    self._fetch_json(self._provider.discovery_url), self._provider.issuer
                )
            self._cached_metadata, self._keys, self._fetched_at = description, None, time.monotonic()
        return self._cached_metadata

    def _key_set(self, *, anew: bool = False) -> KeySet:
        keys = None if anew else self._keys
        if keys is None:
            with _translating_errors():
                keys = self._keys = _signing_keys(self._fetch_json(self._metadata()["jwks_uri"]))
        return keys

    def _fetch_json(self, address: str, **headers: str) -> dict[str, Any]:
        return self._calls.run(lambda: _fetch_json(address, **headers))

    def _session(self, redirect_uri: str) -> OAuth2Session:
        methods = self._cached_metadata.get("token_endpoint_auth_methods_supported")
        by_form = isinstance(methods, list) and "client_secret_basic" not in methods
        return OAuth2Session(
            self._provider.client_id,
            self._provider.client_secret,
            scope=self._provider.scopes,
            redirect_uri=redirect_uri,
            code_challenge_method="S256",
            default_timeout=TIMEOUT,
            token_endpoint_auth_method="client_secret_post" if by_form else "client_secret_basic",
        )

    # --- One sign-in ---

    def _check_response(self, response: Mapping[str, str]) -> None:
        """Raises `PermissionDenied` unless the provider itself answers, and with a code."""
        says_who = self._metadata().get("authorization_response_iss_parameter_supported") is True
        if response.get("iss", None if says_who else self._provider.issuer) != self._provider.issuer:
            raise ClaimRefused("iss")  # RFC 9207
        if "error" in response:
            log.warning(
                "the provider refused a sign-in: %r %r",
                response["error"][:100],
                response.get("error_description", "")[:300],
            )
            if response["error"] == "access_denied":
                raise SignInCancelled
            raise SignInFailedAtProvider
        if not response.get("code"):
            raise AuthorizationCodeMissing

    def _exchange(self, code: str, verifier: str, redirect_uri: str) -> dict[str, Any]:
        endpoint = self._metadata()["token_endpoint"]
        try:
            with _translating_errors(), self._session(redirect_uri) as session:
                return self._calls.run(
                    lambda: dict(session.fetch_token(endpoint, code=code, code_verifier=verifier))
                )
        except OAuthError as error:
            log.warning("the provider gave no token for a code: %s", error)
            if error.error in ("invalid_client", "unauthorized_client"):
                raise ClientCredentialsRefused from error
            raise AuthorizationCodeRefused from error

    def _verify_id_token(self, token: Mapping[str, Any], nonce: str) -> dict[str, Any]:
        """Returns the claims of the ID token once everything about it is as it must be (Core 1.0, 3.1.3.7)."""
        try:
            decoded = self._decode(token["id_token"])
            ours = {"value": self._provider.client_id, "essential": True}
            claims = CodeIDToken(
                decoded.claims,
                decoded.header,
                {"iss": {"value": self._provider.issuer, "essential": True}, "aud": ours},
                {
                    "nonce": nonce,
                    "client_id": self._provider.client_id,
                    "access_token": token.get("access_token"),
                },
            )
            claims.validate(leeway=LEEWAY)
            if claims["aud"] not in (self._provider.client_id, [self._provider.client_id]):
                # A token that is for others too could have come from any of them.
                raise ClaimRefused("aud")
        except ClaimError as error:
            log.warning("an ID token is refused: %s", error)
            raise ClaimRefused(error.claim) from error
        except (JoseError, LookupError, TypeError, ValueError) as error:
            log.warning("an ID token is refused: %r", error)
            raise IdTokenInvalid from error
        if not 0 < len(claims["sub"]) <= 255:
            raise ClaimRefused("sub")
        return dict(claims)

    def _decode(self, text: str) -> jwt.Token:
        # Other header parameters than joserfc knows are a provider's own business; `crit` ones are not.
        registry = JWSRegistry(algorithms=self._metadata()["algorithms"], strict_check_header=False)
        try:
            return jwt.decode(text, self._key_set(), registry=registry)
        except InvalidKeyIdError:  # the provider may have changed its keys
            return jwt.decode(text, self._key_set(anew=True), registry=registry)

    def _add_userinfo(self, claims: dict[str, Any], token: Mapping[str, Any]) -> dict[str, Any]:
        """Returns the claims with those that the provider tells only when asked; what it signed counts more."""
        endpoint = self._metadata().get("userinfo_endpoint")
        wanted = ("preferred_username", self._provider.groups_claim)
        if endpoint is None or all(name in claims for name in wanted):
            return claims
        with _translating_errors():
            more = self._fetch_json(endpoint, authorization=f"Bearer {token['access_token']}")
        if more.get("sub") != claims["sub"]:
            raise ClaimRefused("aud")  # Core 1.0, 5.3.2
        return {**more, **claims}

    def _identity(self, claims: Mapping[str, Any]) -> Identity:
        groups = claims.get(self._provider.groups_claim)
        listed = groups if isinstance(groups, list) else [groups]
        full_name = claims.get("name")
        return Identity(
            self._provider.issuer,
            claims["sub"],
            _account_name(claims),
            full_name if isinstance(full_name, str) else None,
            tuple(group for group in listed if isinstance(group, str) and group),
        )


@contextlib.contextmanager
def _translating_errors() -> Iterator[None]:
    """Turns a provider's silence, and answers that make no sense, into `Unavailable`."""
    try:
        yield
    except (requests.ConnectionError, requests.Timeout, requests.HTTPError) as error:
        log.warning("the OpenID provider cannot be reached: %s", error)
        raise ProviderUnreachable from error
    except (requests.RequestException, JoseError, LookupError, TypeError, ValueError) as error:
        log.warning("the OpenID provider answers strangely: %r", error)
        raise ProviderResponseInvalid from error


def _fetch_json(address: str, **headers: str) -> dict[str, Any]:
    answer = requests.get(address, timeout=TIMEOUT, headers={"Accept": "application/json", **headers})
    answer.raise_for_status()
    document = answer.json()
    if not isinstance(document, dict):
        raise TypeError(f"{address} answers with no JSON object")
    return document


def _checked_metadata(metadata: dict[str, Any], issuer: str) -> dict[str, Any]:
    """Returns a provider's metadata if it is that of our issuer and every address in it can be trusted."""
    if metadata["issuer"] != issuer:
        raise ValueError(f"GREENROOM_OIDC_ISSUER is {issuer!r}, but the provider says {metadata['issuer']!r}")
    addresses = [metadata[name] for name in ("authorization_endpoint", "token_endpoint", "jwks_uri")]
    addresses += [metadata["userinfo_endpoint"]] if "userinfo_endpoint" in metadata else []
    for address in addresses:
        if not is_protected(address):
            raise ValueError(f"the provider names {address!r}, which is not https")
    algorithms = ALGORITHMS.intersection(metadata.get("id_token_signing_alg_values_supported", ["RS256"]))
    if not algorithms:
        raise ValueError("the provider signs in no way that can be trusted")
    return {**metadata, "algorithms": algorithms}


def _signing_keys(key_document: dict[str, Any]) -> KeySet:
    """Returns the keys that a provider signs with; leaves out other keys that it publishes, and unknown kinds."""
    keys = []
    for key in key_document["keys"]:
        if key.get("use", "sig") == "sig" and key.get("kty") != "oct":
            with contextlib.suppress(JoseError, LookupError, TypeError, ValueError):
                keys.append(JWKRegistry.import_key(key))
    return KeySet(keys)


def _account_name(claims: Mapping[str, Any]) -> str:
    """Returns the name for a newcomer's account: their user name, else their e-mail address, else the subject.

    An address counts only where the provider has verified that it is theirs, since an account that waits for its
    owner is found by name. Where none of them could be an account's name, it is the first, for the refusal.
    """
    address = claims.get("email") if claims.get("email_verified") is True else None
    candidates = (claims.get("preferred_username"), address, claims["sub"])
    names = [name for name in candidates if isinstance(name, str)]
    for name in names:
        with contextlib.suppress(InvalidParameter):
            return check_name(name)
    return names[0]
