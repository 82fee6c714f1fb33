"""What names, tags and aliases of the registry may look like.

The rules are those of `mlflow.utils.validation`, so that clients meet what they know. Beyond MLflow, a new name may
not hold what no reader can see (control and direction marks) and has a bounded length: each address must show one
model, and show it whole.
"""

import re
import unicodedata

from app.core.key_rules import check_key, check_length, check_path, whole_number
from app.core.mlflow_tags import is_reserved
from app.registry.errors import (
    AliasTooLong,
    InvalidAlias,
    InvalidModelName,
    InvalidVersionNumber,
    InvisibleCharacters,
    MissingAlias,
    MissingModelName,
    ReservedAlias,
    ReservedTag,
)

MAX_MODEL_NAME_LENGTH = 256  # what MLflow's column holds on databases that count
MAX_KEY_LENGTH = 250
MAX_TAG_VALUE_LENGTH = 100_000
MAX_ALIAS_LENGTH = 255
MAX_DESCRIPTION_LENGTH = 1_000_000

_ALIAS = re.compile(r"[\w\-]*\Z")
_VERSION_LIKE_ALIAS = re.compile(r"[vV]\d+\Z")


def check_model_name(name: str, field: str = "name") -> str:
    """Returns the name itself, if a registered model can be asked for by it. Raises `InvalidParameter`."""
    if not name.strip():
        raise MissingModelName(field)
    if "/" in name or ":" in name:
        raise InvalidModelName(name, field)
    check_path(name, field)
    return name


def check_new_model_name(name: str, field: str = "name") -> str:
    """Returns the name itself, if a registered model may get it. Raises `InvalidParameter`."""
    check_model_name(name, field)
    check_length(field, MAX_MODEL_NAME_LENGTH, name, field=field)
    if any(
        unicodedata.category(char) in ("Cc", "Cf", "Cs", "Zl", "Zp") and not _joins(char) for char in name
    ):
        raise InvisibleCharacters(name, field)
    return name


def _joins(char: str) -> bool:
    # The zero-width joiner makes one emoji of several and shapes letters of living scripts.
    return char in "\u200c\u200d"


def check_tag_key(key: str) -> str:
    """Returns the key itself, if clients may set or remove a tag of that key. Raises `InvalidParameter`."""
    check_key(key)
    if is_reserved(key):
        raise ReservedTag(key)
    return key


def check_tag(key: str, value: str) -> tuple[str, str]:
    """Returns the tag itself, if a model or version may carry it. Raises `InvalidParameter`."""
    check_tag_key(key)
    check_length("key", MAX_KEY_LENGTH, key, field="key")
    check_length("value", MAX_TAG_VALUE_LENGTH, value, field="value")
    return key, value


def check_alias(alias: str) -> str:
    """Returns the alias itself, if it can be asked for. Raises `InvalidParameter`."""
    if not alias:
        raise MissingAlias
    if not _ALIAS.match(alias):
        raise InvalidAlias(alias)
    if len(alias) > MAX_ALIAS_LENGTH:
        raise AliasTooLong(MAX_ALIAS_LENGTH)
    return alias


def check_new_alias(alias: str) -> str:
    """Returns the alias itself, if it can be given: `latest` and `v1` mean something already."""
    check_alias(alias)
    if alias.lower() == "latest" or _VERSION_LIKE_ALIAS.match(alias):
        raise ReservedAlias(alias)
    return alias


def check_description(description: str) -> str:
    """Returns the description itself, if it is of a size that pages can show. Raises `InvalidParameter`."""
    check_length("description", MAX_DESCRIPTION_LENGTH, description, field="description")
    return description


def version_number(text: str | int) -> int:
    """Returns the number of a version as clients write it, `"7"`. Raises `InvalidParameter`."""
    number = whole_number(text)
    if number is None:
        raise InvalidVersionNumber(str(text))
    return number
