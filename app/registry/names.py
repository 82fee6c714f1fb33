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
    LookalikeName,
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

_JOINERS = "\u200c\u200d"
_FIRST_JOINED = 0x0590  # before it are Latin, Greek, Cyrillic and Armenian letters, which nothing joins
# Blank, though by their category they are letters or symbols: fillers, the empty Braille pattern, a joiner of marks.
_BLANK = "\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0"
_LETTERS = re.compile(r"[^\W\d_]+")
_LOOKALIKE_SCRIPTS = frozenset({"LATIN", "CYRILLIC", "GREEK", "ARMENIAN", "CHEROKEE", "COPTIC", "LISU"})
_ALIAS = re.compile(r"[\w\-]*\Z")
_VERSION_LIKE_ALIAS = re.compile(r"[vV]\d+\Z")


def check_model_name(name: str, field: str = "name") -> str:
    """Returns the name itself, if a registered model can be asked for by it. Raises `InvalidParameter`."""
    if not name.strip():
        raise MissingModelName(field)
    if "/" in name or ":" in name:
        raise InvalidModelName(name, field)
    if "\0" in name:  # which PostgreSQL stores in no text, nor looks for
        raise InvisibleCharacters(name, field)
    check_path(name, field)
    return name


def check_new_model_name(name: str, field: str = "name") -> str:
    """Returns the name itself, if a registered model may get it. Raises `InvalidParameter`."""
    check_model_name(name, field)
    check_length(field, MAX_MODEL_NAME_LENGTH, name, field=field)
    if any(map(_is_invisible, name)) or any(not _joins(name, at) for at in _joiners(name)):
        raise InvisibleCharacters(name, field)
    if unicodedata.normalize("NFC", name) != name or any(map(_mixes_scripts, _LETTERS.findall(name))):
        raise LookalikeName(name, field)
    return name


def _is_invisible(char: str) -> bool:
    if char in " " + _JOINERS:
        return False
    return char in _BLANK or unicodedata.category(char) in ("Cc", "Cf", "Cs", "Zl", "Zp", "Zs")


def _joiners(name: str) -> list[int]:
    return [at for at, char in enumerate(name) if char in _JOINERS]


def _joins(name: str, at: int) -> bool:
    """Returns whether the joiner at this position can be seen: it stands between two characters of such a script."""
    # It makes one emoji of several and shapes letters of living scripts, and none of A to Z.
    before, after = name[at - 1 : at], name[at + 1 : at + 2]
    return all(char and ord(char) >= _FIRST_JOINED and char not in _JOINERS for char in (before, after))


def _mixes_scripts(word: str) -> bool:
    """Returns whether a word has letters of two alphabets that look alike: a Cyrillic letter among Latin ones."""
    scripts = {unicodedata.name(char, "").split(" ")[0] for char in word}
    return len(scripts & _LOOKALIKE_SCRIPTS) > 1


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
    """Returns the alias itself, if it can be given: `latest` and `v1` mean something already.

    Deployments and rules go by an alias as people read it, so none may pass for another.
    """
    check_alias(alias)
    if unicodedata.normalize("NFC", alias) != alias or any(map(_mixes_scripts, _LETTERS.findall(alias))):
        raise LookalikeName(alias, "alias")
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
