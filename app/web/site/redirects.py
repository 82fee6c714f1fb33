"""Where a form may send a person back to: paths of this site and nothing else."""

from collections.abc import Collection
from urllib.parse import parse_qsl, urlsplit


def local_path(target: str, otherwise: str = "/") -> str:
    """`target` if it is a path of this site, else `otherwise`.

    Browsers read a backslash as a slash and drop control characters, so that `/\\\\host` and
    `/<tab>/host` would leave the site: neither is a path here.
    """
    if any(ord(character) < 32 or character == "\\" for character in target):
        return otherwise
    parts = urlsplit(target)
    if parts.scheme or parts.netloc or not target.startswith("/") or target.startswith("//"):
        return otherwise
    return target


def says_more(sent: Collection[str], form: Collection[str], address: str) -> bool:
    """Whether this form has sent fields that the address of what it asks for leaves out: empty ones, or what is
    so anyhow. A page answers them by leading to that address, the one to keep and to share."""
    return {*form} <= {*sent} and not {*sent} <= {name for name, _ in parse_qsl(urlsplit(address).query)}
