"""The `GREENROOM_OIDC_*` variables: which OpenID provider people may sign in with, and what its groups mean."""

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from app.settings.env import ConfigError, hours

ISSUER = "GREENROOM_OIDC_ISSUER"
PREFIX = "GREENROOM_OIDC_"


@dataclass(frozen=True)
class Provider:
    """An OpenID provider as the operator describes it.

    `name` is on the button; `groups` maps the provider's groups to those here; the members of `admin_group` are
    administrators; people who are in none of `allowed_groups` are refused, unless it is empty. After
    `session_hours` a browser signs in again, and the provider is asked again.
    """

    issuer: str
    client_id: str
    client_secret: str = field(repr=False)
    name: str = "single sign-on"
    scopes: str = "openid profile email"
    groups_claim: str = "groups"
    groups: Mapping[str, str] = field(default_factory=dict)
    admin_group: str | None = None
    allowed_groups: frozenset[str] = frozenset()
    session_hours: int = 12

    @property
    def discovery_url(self) -> str:
        """Where the provider describes itself (OpenID Connect Discovery 1.0, section 4)."""
        return self.issuer.rstrip("/") + "/.well-known/openid-configuration"


def read(environ: Mapping[str, str]) -> Provider | None:
    """Returns the provider that the variables describe; None where none of them is set.

    Raises `ConfigError`, also where some are set and the issuer is not.
    """
    variables = {key: value.strip() for key, value in environ.items() if key.startswith(PREFIX)}
    variables = {key: value for key, value in variables.items() if value}
    if not variables:
        return None
    if ISSUER not in variables:
        raise ConfigError(f"{min(variables)} is set, but {ISSUER} does not say which provider is meant.")
    defaults = Provider("", "", "")
    return Provider(
        issuer=_issuer(variables[ISSUER]),
        client_id=_client_id(variables),
        client_secret=_client_secret(variables),
        name=variables.get("GREENROOM_OIDC_NAME", defaults.name),
        scopes=_scopes(variables.get("GREENROOM_OIDC_SCOPES", defaults.scopes)),
        groups_claim=variables.get("GREENROOM_OIDC_GROUPS_CLAIM", defaults.groups_claim),
        groups=_mapping(variables.get("GREENROOM_OIDC_GROUPS", "")),
        admin_group=variables.get("GREENROOM_OIDC_ADMIN_GROUP"),
        allowed_groups=frozenset(_listed(variables.get("GREENROOM_OIDC_ALLOWED_GROUPS", ""))),
        session_hours=hours(variables, "GREENROOM_OIDC_SESSION_HOURS", default=defaults.session_hours),
    )


def _issuer(value: str) -> str:
    try:
        parts = urlsplit(value)
        host, _port = parts.hostname or "", parts.port
    except ValueError:
        raise ConfigError(f"{ISSUER} is {value!r}, which is no address.") from None
    if parts.scheme not in ("https", "http") or not host:
        raise ConfigError(f"{ISSUER} is {value!r}; give an address such as https://login.example.com.")
    if parts.query or parts.fragment or parts.username is not None:
        raise ConfigError(f"{ISSUER} is {value!r}; an issuer has no query, no fragment and no user in it.")
    if not is_protected(value):
        raise ConfigError(f"{ISSUER} is {value!r}; only a provider on this machine may do without https.")
    return value


def is_protected(address: str) -> bool:
    """Returns whether nobody on the way to the address could answer instead: https, or this very machine.

    Tokens are believed because of who sent them: OpenID Connect Core 1.0, section 16.17.
    """
    parts = urlsplit(address)
    host = parts.hostname or ""
    if parts.scheme != "http" or host == "localhost" or host.endswith(".localhost"):
        return parts.scheme in ("https", "http") and bool(host)
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _client_id(variables: Mapping[str, str]) -> str:
    client_id = variables.get("GREENROOM_OIDC_CLIENT_ID")
    if client_id is None:
        raise ConfigError(
            "GREENROOM_OIDC_CLIENT_ID is missing: the name by which the provider knows this server."
        )
    return _printable(client_id, "GREENROOM_OIDC_CLIENT_ID")


def _printable(value: str, variable: str) -> str:
    # The characters that id and secret of a client may have: RFC 6749, appendix A.
    if not (value.isascii() and value.isprintable()):
        raise ConfigError(f"{variable} has characters beyond printable ASCII.")
    return value


def _client_secret(variables: Mapping[str, str]) -> str:
    secret, file = (
        variables.get("GREENROOM_OIDC_CLIENT_SECRET"),
        variables.get("GREENROOM_OIDC_CLIENT_SECRET_FILE"),
    )
    if secret and file:
        raise ConfigError(
            "GREENROOM_OIDC_CLIENT_SECRET and GREENROOM_OIDC_CLIENT_SECRET_FILE are both set; "
            "set one of them."
        )
    if file:
        try:
            secret = Path(file).expanduser().read_text().strip()
        except (OSError, UnicodeDecodeError) as error:
            reason = error.strerror if isinstance(error, OSError) else "it is no text"
            raise ConfigError(
                f"GREENROOM_OIDC_CLIENT_SECRET_FILE names {file}, which cannot be read: {reason}."
            ) from error
        if not secret:
            raise ConfigError(f"GREENROOM_OIDC_CLIENT_SECRET_FILE names {file}, which is empty.")
    if not secret:
        raise ConfigError(
            "GREENROOM_OIDC_CLIENT_SECRET is missing; GREENROOM_OIDC_CLIENT_SECRET_FILE may name "
            "a file that holds it."
        )
    return _printable(secret, "GREENROOM_OIDC_CLIENT_SECRET")


def _scopes(value: str) -> str:
    if "openid" not in value.split():
        raise ConfigError(f"GREENROOM_OIDC_SCOPES is {value!r}, which lacks openid.")
    return " ".join(value.split())


def _mapping(value: str) -> dict[str, str]:
    groups: dict[str, str] = {}
    for pair in _listed(value):
        theirs, _, ours = (part.strip() for part in pair.rpartition("="))
        if not theirs or not ours:
            raise ConfigError(
                f"GREENROOM_OIDC_GROUPS has {pair!r}; write theirs=ours, with commas between pairs."
            )
        if theirs in groups:
            raise ConfigError(f"GREENROOM_OIDC_GROUPS says twice what {theirs!r} is here.")
        groups[theirs] = ours
    return groups


def _listed(value: str) -> list[str]:
    return [part.strip() for part in value.split(",") if part.strip()]
