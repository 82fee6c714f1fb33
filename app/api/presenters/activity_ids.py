"""Makes and reads the ids of activities, requests and comments.

On the wire the three are one record, an `Activity`. Its id is opaque: 32 hex digits, the first of which tell
which of the three it is, since the database counts each by itself.
"""

EVENT, REQUEST, COMMENT = 0, 1, 2
_NUMBER_BITS = 120


def activity_id(kind: int, number: int) -> str:
    """Returns the id of the event, request or comment with that number."""
    return format((kind << _NUMBER_BITS) | number, "032x")


def comment_number(text: str) -> int | None:
    """Returns the number of the comment with this id; None where no comment can have it."""
    try:
        value = int(text, 16) if len(text) == 32 and text.isalnum() else 0
    except ValueError:
        return None
    number = value & ((1 << _NUMBER_BITS) - 1)
    return number if value >> _NUMBER_BITS == COMMENT and 0 < number < 2**63 else None
