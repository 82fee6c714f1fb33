"""Messages after a change that took something away, which say how to undo it."""

from app.web.rendering.formats import shorten

MAX_QUOTED = 300  # characters of a quoted value: the message travels in a cookie


def removed_tag(key: str, before: str | None) -> str:
    """Returns the message after a tag was removed."""
    return f"Tag {key} removed.{_was(before)}"


def set_tag(key: str, before: str | None, value: str) -> str:
    """Returns the message after a tag was set, perhaps replacing another value."""
    return f"Tag {key} set.{_was(before) if before != value else ''}"


def removed_alias(alias: str, before: int | None) -> str:
    """Returns the message after an alias was removed."""
    return f"@{alias} removed.{_led(before)}"


def moved_alias(alias: str, before: int | None, number: int) -> str:
    """Returns the message after an alias was pointed at a version, perhaps away from another."""
    return f"@{alias} is set to version {number}.{_led(before) if before != number else ''}"


def _was(value: str | None) -> str:
    if not value:
        return ""
    return f" Its value was \u201c{shorten(value, MAX_QUOTED)}\u201d; set it again to undo this."


def _led(number: int | None) -> str:
    return f" It was set to version {number}; set it again to undo this." if number else ""
