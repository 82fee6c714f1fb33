"""What accounts and groups may be called.

Names go into addresses, logs, the Basic scheme and the history, so they are letters of one alphabet,
digits and a few signs; an e-mail address is such a name. Two that differ in case only are the same.
"""

import re

from app.accounts import errors
from app.search.literals import is_storable

MAX_NAME_LENGTH = 128
_NAME = re.compile(rf"[A-Za-z0-9._@+\-]{{1,{MAX_NAME_LENGTH}}}\Z")
_LETTER_OR_DIGIT = re.compile(r"[A-Za-z0-9]")

# What clients call everybody, and the administrators: no group may be somebody else under these names.
NAMES_OF_EVERYONE = ("everyone", "users")
ADMINISTRATORS = "admins"


def key_of(name: str) -> str:
    """The name as it is looked up: whatever its case, and whatever spaces were pasted around it.

    Empty, which is nobody's, for what no database could even be asked for.
    """
    return name.strip().casefold() if is_storable(name) else ""


def check_name(name: str, what: str = "account", field: str = "name") -> str:
    """The name itself, if `what` may carry it. Raises `InvalidParameter`."""
    if not _NAME.match(name) or not _LETTER_OR_DIGIT.search(name):
        raise errors.InvalidName(what, MAX_NAME_LENGTH, field)
    return name


def check_group_name(name: str, *, is_admin: bool) -> str:
    """The name itself, if a group may carry it. Raises `InvalidParameter`."""
    check_name(name, "group")
    if key_of(name) in NAMES_OF_EVERYONE:
        raise errors.ReservedGroupName(name)
    if key_of(name) == ADMINISTRATORS and not is_admin:
        raise errors.AdministratorsGroupName(name)
    return name
