"""Redirects to where a form came from: only to paths of this site."""

from collections.abc import Collection
from urllib.parse import parse_qsl, urlsplit


def local_path(target: str, otherwise: str = "/") -> str:
    r"""Returns `target` if it is a path of this site, else `otherwise`.

    Browsers read a backslash as a slash and drop control characters, so that `/\\host` and
    `/<tab>/host` would leave the site: neither is a path here.
    """
    if any(ord(character) < 32 or character == "\\" for character in target):
        return otherwise
    parts = urlsplit(target)
    if parts.scheme or parts.netloc or not target.startswith("/") or target.startswith("//"):
        return otherwise
    return target


def has_default_fields(sent: Collection[str], form: Collection[str], address: str) -> bool:
    """Returns whether the form has sent fields that the address of its view leaves out: empty ones, or defaults.

    A page then redirects to that address, which is the one to keep and to share.
    """
    return {*form} <= {*sent} and not {*sent} <= {name for name, _ in parse_qsl(urlsplit(address).query)}
