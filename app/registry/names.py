"""What names, tags and aliases of the registry may look like.

The rules and most sentences are those of `mlflow.utils.validation`, so that clients read what they
know. Beyond MLflow, a name may not hold what no reader can see (control and direction marks) and
has a bounded length: each address must show one model, and show it whole.
"""

import json
import posixpath
import re
import unicodedata

from app.errors import InvalidParameter

LONGEST_MODEL_NAME = 256  # what MLflow's column holds on databases that count
LONGEST_KEY = 250
LONGEST_TAG_VALUE = 100_000
LONGEST_ALIAS = 255
LONGEST_DESCRIPTION = 1_000_000

_KEY = re.compile(r"[/\w.\- :]*\Z")
_ALIAS = re.compile(r"[\w\-]*\Z")
_VERSION_LIKE_ALIAS = re.compile(r"[vV]\d+\Z")
_INTEGER = re.compile(r"\s*[+-]?\d{1,18}\s*\Z")


def check_model_name(name: str, field: str = "name") -> str:
    """The name itself, if a registered model may carry it. Raises `InvalidParameter`."""
    if not name.strip():
        raise InvalidParameter(f"Missing value for required parameter '{field}'.", field=field)
    if "/" in name or ":" in name:
        raise InvalidParameter(f"Invalid model name '{name}'. Names cannot contain '/' or ':'.", field=field)
    if _resolves_elsewhere(name):
        raise InvalidParameter(_invalid(name, _path_message(name)), field=field)
    if len(name) > LONGEST_MODEL_NAME:
        raise InvalidParameter(
            f"'{field}' exceeds the maximum length of {LONGEST_MODEL_NAME} characters", field=field
        )
    if any(
        unicodedata.category(char) in ("Cc", "Cf", "Cs", "Zl", "Zp") and not _joins(char) for char in name
    ):
        raise InvalidParameter(_invalid(name, "Names may not hold invisible characters."), field=field)
    return name


def _joins(char: str) -> bool:
    # The zero-width joiner makes one emoji of several and shapes letters of living scripts.
    return char in "\u200c\u200d"


def check_tag(key: str, value: str) -> tuple[str, str]:
    """The tag itself, if a model or version may carry it. Raises `InvalidParameter`."""
    check_key(key)
    if len(key) > LONGEST_KEY:
        raise InvalidParameter(_too_long("key", LONGEST_KEY), field="key")
    if len(value) > LONGEST_TAG_VALUE:
        raise InvalidParameter(_too_long("value", LONGEST_TAG_VALUE), field="value")
    return key, value


def check_key(key: str) -> str:
    """The key itself, if tags may have it. Raises `InvalidParameter`."""
    if not _KEY.match(key):
        message = (
            "Names may only contain alphanumerics, underscores (_), dashes (-), periods (.), "
            "spaces ( ), colon(:) and slashes (/)."
        )
        raise InvalidParameter(_invalid(key, message, "key"), field="key")
    if _resolves_elsewhere(key):
        raise InvalidParameter(_invalid(key, _path_message(key), "key"), field="key")
    return key


def check_alias(alias: str) -> str:
    """The alias itself, if it can be asked for. Raises `InvalidParameter`."""
    if not alias:
        raise InvalidParameter("Registered model alias name cannot be empty.", field="alias")
    if not _ALIAS.match(alias):
        raise InvalidParameter(
            f"Invalid alias name: '{alias}'. Names may only contain alphanumerics, underscores (_), "
            "and dashes (-).",
            field="alias",
        )
    if len(alias) > LONGEST_ALIAS:
        raise InvalidParameter(_too_long("Registered model alias name", LONGEST_ALIAS), field="alias")
    return alias


def check_new_alias(alias: str) -> str:
    """The alias itself, if it can be given: `latest` and `v1` mean something already."""
    check_alias(alias)
    if alias.lower() == "latest":
        raise InvalidParameter("'latest' alias name (case insensitive) is reserved.", field="alias")
    if _VERSION_LIKE_ALIAS.match(alias):
        raise InvalidParameter(f"Version alias name '{alias}' is reserved.", field="alias")
    return alias


def check_description(description: str) -> str:
    """The description itself, if it is of a size that pages can show. Raises `InvalidParameter`."""
    if len(description) > LONGEST_DESCRIPTION:
        raise InvalidParameter(_too_long("description", LONGEST_DESCRIPTION), field="description")
    return description


def version_number(text: str | int) -> int:
    """The number of a version as clients write it, `"7"`. Raises `InvalidParameter`."""
    if isinstance(text, int):
        return text
    if not _INTEGER.match(text):
        raise InvalidParameter(f"Parameter 'version' must be an integer, got '{text}'.", field="version")
    return int(text)


def _resolves_elsewhere(name: str) -> bool:
    normal = posixpath.normpath(name)
    return normal != name or normal == "." or normal.startswith(("..", "/"))


def _path_message(name: str) -> str:
    return (
        "Names may be treated as files in certain cases, and must not resolve to other names when "
        f"treated as such. This name would resolve to {posixpath.normpath(name)!r}"
    )


def _too_long(what: str, limit: int) -> str:
    return f"'{what}' exceeds the maximum length of {limit} characters"


def _invalid(value: str, why: str, field: str = "name") -> str:
    return f"Invalid value {json.dumps(value)} for parameter '{field}' supplied: {why}"
