"""Sentences about names, keys and lengths."""

from collections.abc import Callable
from typing import Any

from app.core import key_rules
from app.core.errors import GreenroomError


def _too_long(error: key_rules.TooLong) -> str:
    return f"{error.what[:1].upper()}{error.what[1:]} can have at most {error.limit:,} characters."


SENTENCES: dict[type[GreenroomError], str | Callable[[Any], str]] = {
    key_rules.InvalidKey: (
        "The name {key} can only contain letters, digits, spaces and the characters _ - . : and /."
    ),
    key_rules.PathLikeName: "The name {name} reads like the path of a file, and would become {resolved}.",
    key_rules.TooLong: _too_long,
}
