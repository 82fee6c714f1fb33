"""Writes and reads page tokens: where the last page ended, and of which search.

A token is no secret and opens nothing that its search would not show anyway. The digest in it makes
sure that it is used for the search that gave it out, and that nobody has edited it by hand.
"""

import base64
import binascii
import hashlib
import json
from collections.abc import Sequence
from typing import Any, NoReturn

from app.search.errors import UnknownPageToken
from app.search.ordering import Term

MAX_LENGTH = 64 * 1024
DIGEST_LENGTH = 12


def write_token(search: Sequence[Any], last: Sequence[Any]) -> str:
    """Returns the token for the page after the row with these sort values, in the search so described."""
    body = [_digest(search, last), *last]
    return base64.urlsafe_b64encode(_json(body)).decode().rstrip("=")


def read_token(token: str, search: Sequence[Any], terms: Sequence[Term]) -> list[Any]:
    """Returns the sort values in a token. Raises `InvalidParameter` for one that this search never gave out."""
    if len(token) > MAX_LENGTH:
        _refuse()
    try:
        body = json.loads(base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True))
    except (binascii.Error, ValueError, RecursionError):
        _refuse()
    if not isinstance(body, list) or len(body) != len(terms) + 1:
        _refuse()
    digest, *last = body
    fitting = all(term.fits(value) for term, value in zip(terms, last, strict=True))
    if not fitting or digest != _digest(search, last):
        _refuse()
    return last


def _digest(search: Sequence[Any], last: Sequence[Any]) -> str:
    digest = hashlib.blake2b(_json([*search, *last]), digest_size=DIGEST_LENGTH)
    return base64.urlsafe_b64encode(digest.digest()).decode()


def _json(value: Any) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()


def _refuse() -> NoReturn:
    raise UnknownPageToken
