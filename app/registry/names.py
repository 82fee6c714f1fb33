"""What names, tags and aliases of the registry may look like.

The rules and most sentences are those of `mlflow.utils.validation`, so that clients read what they
know. Beyond MLflow, a new name may not hold what no reader can see (control and direction marks) and
has a bounded length: each address must show one model, and show it whole.
"""

import re
import unicodedata

from app.core.errors import InvalidParameter
from app.core.key_rules import check_key, check_length, check_path, invalid, whole_number

LONGEST_MODEL_NAME = 256  # what MLflow's column holds on databases that count
LONGEST_KEY = 250
LONGEST_TAG_VALUE = 100_000
LONGEST_ALIAS = 255
LONGEST_DESCRIPTION = 1_000_000

_ALIAS = re.compile(r"[\w\-]*\Z")
_VERSION_LIKE_ALIAS = re.compile(r"[vV]\d+\Z")


def check_model_name(name: str, field: str = "name") -> str:
    """The name itself, if a registered model can be asked for by it. Raises `InvalidParameter`."""
    if not name.strip():
        raise InvalidParameter(f"Missing value for required parameter '{field}'.", field=field)
    if "/" in name or ":" in name:
        raise InvalidParameter(f"Invalid model name '{name}'. Names cannot contain '/' or ':'.", field=field)
    check_path(name, field)
    return name


def check_new_model_name(name: str, field: str = "name") -> str:
    """The name itself, if a registered model may get it. Raises `InvalidParameter`."""
    check_model_name(name, field)
    check_length(field, LONGEST_MODEL_NAME, name, field=field)
    if any(
        unicodedata.category(char) in ("Cc", "Cf", "Cs", "Zl", "Zp") and not _joins(char) for char in name
    ):
        raise InvalidParameter(invalid(field, name, "Names may not hold invisible characters."), field=field)
    return name


def _joins(char: str) -> bool:
    # The zero-width joiner makes one emoji of several and shapes letters of living scripts.
    return char in "\u200c\u200d"


def check_tag(key: str, value: str) -> tuple[str, str]:
    """The tag itself, if a model or version may carry it. Raises `InvalidParameter`."""
    check_key(key)
    check_length("key", LONGEST_KEY, key, field="key")
    check_length("value", LONGEST_TAG_VALUE, value, field="value")
    return key, value


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
    check_length("Registered model alias name", LONGEST_ALIAS, alias, field="alias")
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
    check_length("description", LONGEST_DESCRIPTION, description, field="description")
    return description


def version_number(text: str | int) -> int:
    """The number of a version as clients write it, `"7"`. Raises `InvalidParameter`."""
    number = whole_number(text)
    if number is None:
        raise InvalidParameter(f"Parameter 'version' must be an integer, got '{text}'.", field="version")
    return number
