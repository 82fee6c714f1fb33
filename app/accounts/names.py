"""The rules for names of accounts and groups.

Names appear in addresses, logs, the Basic scheme and the history, so they consist of letters of one alphabet,
digits and a few signs; an e-mail address is such a name. Names that differ only in case are the same.
"""

import re

from app.accounts import errors
from app.search.literals import is_storable

MAX_NAME_LENGTH = 128
_NAME = re.compile(rf"[A-Za-z0-9._@+\-]{{1,{MAX_NAME_LENGTH}}}\Z")
_LETTER_OR_DIGIT = re.compile(r"[A-Za-z0-9]")

# Clients know everybody, and the administrators, by these names: no group may use them for others.
NAMES_OF_EVERYONE = ("everyone", "users")
ADMINISTRATORS = "admins"


def key_of(name: str) -> str:
    """Returns the key that a name is looked up by: ignoring case, and spaces that were pasted around it.

    It is empty, which is nobody's key, for a text that no database could be asked for.
    """
    return name.strip().casefold() if is_storable(name) else ""


def check_name(name: str, what: str = "account", field: str = "name") -> str:
    """Returns the name if `what` may have it. Raises `InvalidName`."""
    if not _NAME.match(name) or not _LETTER_OR_DIGIT.search(name):
        raise errors.InvalidName(what, MAX_NAME_LENGTH, field)
    return name


def check_group_name(name: str, *, is_admin: bool) -> str:
    """Returns the name if a group may have it. Raises `InvalidParameter`."""
    check_name(name, "group")
    if key_of(name) in NAMES_OF_EVERYONE:
        raise errors.ReservedGroupName(name)
    if key_of(name) == ADMINISTRATORS and not is_admin:
        raise errors.AdministratorsGroupName(name)
    return name
