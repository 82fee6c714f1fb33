"""Guards every door against other sites and networks: checks Host and Origin, and sets headers.

A registry on a loopback port is within reach of any page its user opens. Parsing the Host as an
address or a name stops DNS rebinding; comparing Origin stops another site's forms and scripts.
"""

import functools
import ipaddress
from urllib.parse import urlsplit

from flask import Response, request

from app.http import addresses
from app.http.application import Greenroom, current_greenroom
from app.http.errors import HostUnknown, OriginForeign

PAGE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)


PROTECTING = (
    ("Content-Security-Policy", PAGE_POLICY),
    ("X-Content-Type-Options", "nosniff"),
    ("Referrer-Policy", "same-origin"),
    ("Cross-Origin-Opener-Policy", "same-origin"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
    ("X-Frame-Options", "DENY"),
)


# What load balancers and orchestrators ask, by whatever name they know this server: they choose the Host header, and
# often send an address of their own network or none. Nothing that these answer is worth a name to rebind.
PROBES = frozenset({"system.health", "system.live", "system.ready", "system.version"})


def install(app: Greenroom) -> None:
    """Checks Host and Origin before every request and puts the protecting headers on every answer."""
    app.before_request(_check_sender)
    app.after_request(_add_headers)


# Clients call a server by few names; those of an attacker push each other out of the cache.
@functools.lru_cache(maxsize=256)
def is_trusted_host(host: str, allowed: frozenset[str]) -> bool:
    """Returns whether a Host header value names this server: an address, localhost, or a name from the settings.

    An address is safe whatever it is: rebinding needs a name that the attacker controls.
    """
    try:
        parts = urlsplit(f"//{host}")
        name, port = parts.hostname, parts.port
    except ValueError:
        return False
    # What the parser ignores, such as letters behind a bracket, is refused like everything that is not a host.
    whole = f"[{name}]" if name and ":" in name else name
    if not name or host.lower() not in (whole, f"{whole}:", f"{whole}:{port}"):
        return False
    if name in allowed or name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def _check_sender() -> None:
    if request.endpoint in PROBES and request.method in ("GET", "HEAD"):
        return
    if not is_trusted_host(request.headers.get("Host", ""), current_greenroom().settings.allowed_hosts):
        raise HostUnknown
    if request.method in ("GET", "HEAD", "OPTIONS"):
        return
    # Browsers send Origin with every change; other clients have none to send.
    origin = request.headers.get("Origin")
    if origin is not None and origin != addresses.origin():
        raise OriginForeign


def _add_headers(response: Response) -> Response:
    headers = response.headers
    present = {name.lower() for name, _value in headers}
    headers.extend([pair for pair in PROTECTING if pair[0].lower() not in present])
    if request.is_secure:
        headers.setdefault("Strict-Transport-Security", "max-age=31536000")
    return response
