"""The proxies in front of this server: the ones that the settings trust, and signs of others.

Behind a proxy that is not trusted, everybody comes from one address. So that a stranger's wrong passwords keep nobody
else from signing in, such a request counts for the address that the proxy names, or for none.
"""

import contextlib
import ipaddress
import logging
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from werkzeug.middleware.proxy_fix import ProxyFix

from app.accounts.sign_in_throttle import UNNAMED, UNVERIFIED
from app.http.application import Greenroom

FORWARDING = (
    "HTTP_X_FORWARDED_FOR",
    "HTTP_X_FORWARDED_PROTO",
    "HTTP_X_FORWARDED_HOST",
    "HTTP_X_REAL_IP",
    "HTTP_FORWARDED",
)

WARNING = (
    "Requests come through a proxy at %s, but GREENROOM_TRUSTED_PROXIES is 0, so what it says about clients is not "
    "trusted. Set it to the number of your proxies."
)

# In the instance folder.
_SEEN = "unknown_proxy"

Wsgi = Callable[[dict[str, Any], Callable], Iterable[bytes]]


def install(app: Greenroom) -> None:
    """Believes the trusted proxies about client, scheme and host; or watches for others where none is trusted."""
    count, prefix = app.settings.trusted_proxies, app.settings.prefix
    inner: Wsgi = app.wsgi_app
    if prefix:
        inner = _below(prefix, inner)
    if count:
        with contextlib.suppress(OSError):  # what was noticed before
            (app.settings.instance / _SEEN).unlink(missing_ok=True)
        inner = ProxyFix(inner, x_for=count, x_proto=count, x_host=count, x_prefix=0)
    else:
        inner = _watched(app, inner)
    app.wsgi_app = inner  # type: ignore[method-assign, assignment]


def _below(prefix: str, application: Wsgi) -> Wsgi:
    """Returns the application as it lies below the prefix, which the proxy may have taken from the path or not."""

    def answer(environ: dict[str, Any], start_response: Callable) -> Iterable[bytes]:
        path = environ.get("PATH_INFO", "")
        if path == prefix or path.startswith(f"{prefix}/"):
            environ["PATH_INFO"] = path[len(prefix) :] or "/"
        environ["SCRIPT_NAME"] = prefix
        return application(environ, start_response)

    return answer


def _watched(app: Greenroom, application: Wsgi) -> Wsgi:
    """Returns the application, which is told who a request counts for where an unknown proxy passes it on."""

    def answer(environ: dict[str, Any], start_response: Callable) -> Iterable[bytes]:
        if any(name in environ for name in FORWARDING):
            peer = environ.get("REMOTE_ADDR", "")
            # Anybody can send such headers. Proxies are on the same machine or in the same network.
            if _is_near(peer):
                environ["REMOTE_ADDR"] = _named_client(environ) or f"{UNNAMED}{peer}"
                if app.unknown_proxy is None:
                    app.unknown_proxy = peer
                    app.logger.log(logging.WARNING, WARNING, peer)
                    _write_down(app.settings.instance, peer)
        return application(environ, start_response)

    return answer


def seen(instance: Path) -> str | None:
    """Returns the address of the proxy that some process of this instance's server has noticed."""
    try:
        text = (instance / _SEEN).read_text()[:64]
        return str(ipaddress.ip_address(text))
    except (OSError, ValueError):
        return None


def _write_down(instance: Path, peer: str) -> None:
    """Lets `greenroom check` know."""
    with contextlib.suppress(OSError):
        (instance / _SEEN).write_text(peer)


def _named_client(environ: dict[str, Any]) -> str | None:
    """Returns whom the proxy names, marked as nothing but its word."""
    named = environ.get("HTTP_X_FORWARDED_FOR") or environ.get("HTTP_X_REAL_IP") or ""
    # The last one is what the proxy itself has seen; those before it are what it was told.
    last = named.rpartition(",")[2].strip()
    try:
        return f"{UNVERIFIED}{ipaddress.ip_address(last)}"
    except ValueError:
        return None


def _is_near(address: str) -> bool:
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return False
    return found.is_loopback or found.is_private
