"""What is said of a change that took something away, so that whoever did not mean it can undo it."""

from app.web.rendering.formats import shorten

LONGEST = 300  # of a value that is quoted: what is said travels in a cookie


def removed_tag(key: str, before: str | None) -> str:
    """Of a tag that was removed."""
    return f"Tag {key} removed.{_was(before)}"


def set_tag(key: str, before: str | None, value: str) -> str:
    """Of a tag that was set, perhaps in the place of another value."""
    return f"Tag {key} is set.{_was(before) if before != value else ''}"


def removed_alias(alias: str, before: int | None) -> str:
    """Of an alias that was removed."""
    return f"@{alias} is removed.{_led(before)}"


def moved_alias(alias: str, before: int | None, number: int) -> str:
    """Of an alias that was pointed at a version, perhaps away from another."""
    return f"@{alias} points at version {number}.{_led(before) if before != number else ''}"


def _was(value: str | None) -> str:
    if not value:
        return ""
    return f" Its value was \u201c{shorten(value, LONGEST)}\u201d; set it again to undo this."


def _led(number: int | None) -> str:
    return f" It led to version {number}; point it there again to undo this." if number else ""
