"""The rules of names that registry and tracking share, and the kinds of errors about them.

They are those of `mlflow.utils.validation`, so that clients meet what they know.
"""

import json
import posixpath
import re
from dataclasses import dataclass

from app.core.errors import InvalidParameter


@dataclass(eq=False)
class InvalidKey(InvalidParameter):
    """A key holds characters that metrics, parameters and tags may not have; `field` is where it stood."""

    key: str
    field: str


@dataclass(eq=False)
class PathLikeName(InvalidParameter):
    """A name would be another one, `resolved`, if it were taken for a file's."""

    name: str
    resolved: str
    field: str


@dataclass(eq=False)
class TooLong(InvalidParameter):
    """A text, called `what`, has more than `limit` characters."""

    what: str
    limit: int
    field: str | None = None


_KEY = re.compile(r"[/\w.\- :]*\Z")


def check_key(key: str, path: str = "key") -> str:
    """Returns the key, if metrics, parameters and tags may have it; `path` is where it stood.

    Raises `InvalidKey`, `PathLikeName`.
    """
    if not _KEY.match(key):
        raise InvalidKey(key, path)
    check_path(key, path)
    return key


def check_path(name: str, path: str) -> None:
    """Raises `PathLikeName` for a name that would be another one if it were taken for a file's."""
    normal = posixpath.normpath(name)
    if normal != name or normal == "." or normal.startswith(("..", "/")):
        raise PathLikeName(name, normal, field=path)


def check_length(what: str, limit: int, text: str, *, field: str | None = None) -> None:
    """Raises `TooLong` when `text` has more than `limit` characters."""
    if len(text) > limit:
        raise TooLong(what, limit, field)


def invalid(path: str, value: object, why: str) -> str:
    """Returns MLflow's sentence for a value that cannot be used in this place."""
    return f"Invalid value {json.dumps(value)} for parameter '{path}' supplied: {why}"


def whole_number(text: str | int) -> int | None:
    """Returns the number that a text spells as Python reads it; None where it spells none, or none of 64 bits."""
    try:
        number = int(text)
    except ValueError:
        return None
    return number if -(2**63) <= number < 2**63 else None
