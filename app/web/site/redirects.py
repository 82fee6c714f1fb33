"""Redirects from the address that a form makes to the one to keep."""

from collections.abc import Collection
from urllib.parse import parse_qsl, urlsplit


def has_default_fields(sent: Collection[str], form: Collection[str], address: str) -> bool:
    """Returns whether the form has sent fields that the address of its view leaves out: empty ones, or defaults.

    A page then redirects to that address, which is the one to keep and to share.
    """
    return {*form} <= {*sent} and not {*sent} <= {name for name, _ in parse_qsl(urlsplit(address).query)}
