"""Leaves out what has no value: the fields of an answer are optional, and clients read an absent one as unset."""

from typing import Any


def omit_empty(fields: dict[str, Any]) -> dict[str, Any]:
    """Returns the fields that have a value, which None and the empty text are not."""
    return {key: value for key, value in fields.items() if value is not None and value != ""}
