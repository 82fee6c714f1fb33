"""One `GREENROOM_*` variable at a time, each read into a plain value or refused with a sentence that names it."""

import re
from collections.abc import Mapping


class ConfigError(Exception):
    """A setting that cannot be used; the message is one sentence that names the variable."""


def proxies(environ: Mapping[str, str], variable: str) -> int:
    """Returns how many proxies stand in front, 0 to 10; 0 where the variable is not set. Raises `ConfigError`."""
    value = environ.get(variable, "").strip() or "0"
    if not (value.isdecimal() and value.isascii() and int(value) <= 10):
        raise ConfigError(f"{variable} is {value!r}; give the number of proxies in front, 0 to 10.")
    return int(value)


def path_prefix(environ: Mapping[str, str], variable: str) -> str:
    """Returns the path below which the server lies, without a slash at its end. Raises `ConfigError`."""
    value = environ.get(variable, "").strip().rstrip("/")
    if value and not re.fullmatch(r"(/[A-Za-z0-9_~-][A-Za-z0-9._~-]*)+", value):
        raise ConfigError(
            f"{variable} is {value!r}; give a path of letters, digits and . _ ~ - such as /greenroom."
        )
    return value


def hours(environ: Mapping[str, str], variable: str, *, default: int) -> int:
    """Returns how long a browser stays signed in, 1 hour to a year. Raises `ConfigError`."""
    value = environ.get(variable, "").strip() or str(default)
    if not (value.isdecimal() and value.isascii() and len(value) < 5 and 1 <= int(value) <= 8784):
        raise ConfigError(f"{variable} is {value!r}; give a number of hours, 1 to 8784.")
    return int(value)


def whole_number(environ: Mapping[str, str], variable: str, *, default: int, most: int) -> int:
    """Returns a number from 1 to `most`. Raises `ConfigError`."""
    value = environ.get(variable, "").strip() or str(default)
    if not (value.isdecimal() and value.isascii() and len(value) < 12 and 1 <= int(value) <= most):
        raise ConfigError(f"{variable} is {value!r}; give a whole number, 1 to {most}.")
    return int(value)


def days(environ: Mapping[str, str], variable: str) -> int | None:
    """Returns a number of days, 1 to ten years; None where the variable is not set. Raises `ConfigError`."""
    value = environ.get(variable, "").strip()
    if not value:
        return None
    if not (value.isdecimal() and value.isascii() and len(value) < 5 and 1 <= int(value) <= 3650):
        raise ConfigError(f"{variable} is {value!r}; give a number of days, 1 to 3650.")
    return int(value)


def switch(environ: Mapping[str, str], variable: str, *, default: bool) -> bool:
    """Returns whether the variable says on or off. Raises `ConfigError`."""
    value = environ.get(variable, "").strip().lower()
    if value not in ("", "on", "off"):
        raise ConfigError(f"{variable} is {value!r}; say on or off.")
    return default if not value else value == "on"
