"""The rules of names that registry and tracking share.

They and their sentences are those of `mlflow.utils.validation`, so that clients read what they know.
"""

import json
import posixpath
import re

from app.core.errors import InvalidParameter

_KEY = re.compile(r"[/\w.\- :]*\Z")


def check_key(key: str, path: str = "key") -> str:
    """The key itself, if metrics, parameters and tags may go by it; `path` is where it stood.

    Raises `InvalidParameter`.
    """
    if not _KEY.match(key):
        why = (
            "Names may only contain alphanumerics, underscores (_), dashes (-), periods (.), "
            "spaces ( ), colon(:) and slashes (/)."
        )
        raise InvalidParameter(invalid(path, key, why), field=path)
    check_path(key, path)
    return key


def check_path(name: str, path: str) -> None:
    """Raise `InvalidParameter` for a name that would be another one if it were taken for a file's."""
    normal = posixpath.normpath(name)
    if normal != name or normal == "." or normal.startswith(("..", "/")):
        why = (
            "Names may be treated as files in certain cases, and must not resolve to other names when "
            f"treated as such. This name would resolve to {normal!r}"
        )
        raise InvalidParameter(invalid(path, name, why), field=path)


def check_length(what: str, limit: int, text: str, *, field: str | None = None) -> None:
    """Raise `InvalidParameter` when `text` has more than `limit` characters."""
    if len(text) > limit:
        raise InvalidParameter(f"'{what}' exceeds the maximum length of {limit} characters", field=field)


def invalid(path: str, value: object, why: str) -> str:
    """MLflow's sentence for a value that cannot stand where it stood."""
    return f"Invalid value {json.dumps(value)} for parameter '{path}' supplied: {why}"


def whole_number(text: str | int) -> int | None:
    """The number that a text spells as Python reads it; None where it spells none, or none of 64 bits."""
    try:
        number = int(text)
    except ValueError:
        return None
    return number if -(2**63) <= number < 2**63 else None
