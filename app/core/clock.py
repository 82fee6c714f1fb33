"""Returns the current time, from here alone so that a test can set it, and describes times in words."""

import time
from datetime import UTC, datetime, timedelta


def now_ms() -> int:
    """Returns the current time in milliseconds since 1970-01-01 UTC, the unit of every timestamp stored."""
    return time.time_ns() // 1_000_000


def utc(milliseconds: int) -> datetime | None:
    """Returns a moment as a datetime; None outside of the calendar: clients may send any 64-bit number as a time."""
    try:
        return datetime.fromtimestamp(milliseconds / 1000, UTC)
    except (OverflowError, ValueError, OSError):
        return None


def utc_text(milliseconds: int) -> str:
    """Returns a moment as "2027-01-15 08:00:00 UTC"; outside of the calendar the number itself."""
    moment = utc(milliseconds)
    if moment is None:
        return str(milliseconds)
    return f"{moment.isoformat(' ', 'seconds').removesuffix('+00:00')} UTC"


def parse_moment(text: str) -> int | None:
    """Returns the moment that a text says, in milliseconds: the end of a day, or a day and time (ISO 8601).

    It is in UTC unless the text names a zone. Returns None for a text that is no moment.
    """
    try:
        moment = datetime.fromisoformat(text)
        if len(text) <= 10:
            moment += timedelta(days=1, milliseconds=-1)
        moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        return round(moment.timestamp() * 1000)
    except (ValueError, OverflowError):
        return None


def duration(milliseconds: int | None) -> str:
    """Returns a length of time in at most two units: 1 h 5 min, 3.2 s. What ends before it begins has a minus."""
    if milliseconds is None:
        return ""
    if milliseconds < 0:
        return f"\u2212{duration(-milliseconds)}"
    seconds = milliseconds / 1000
    if seconds < 60:
        return f"{seconds:.3g} s"
    minutes, rest = divmod(int(seconds), 60)
    if minutes < 60:
        return _two(minutes, "min", rest, "s")
    hours, minutes = divmod(minutes, 60)
    if hours < 24:
        return _two(hours, "h", minutes, "min")
    return _two(hours // 24, "d", hours % 24, "h")


def _two(large: int, large_unit: str, small: int, small_unit: str) -> str:
    return f"{large} {large_unit}" + (f" {small} {small_unit}" if small else "")
