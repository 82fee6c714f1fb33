"""The only source of the current time, so that a test can set it."""

import time
from datetime import UTC, datetime


def now_ms() -> int:
    """The current time in milliseconds since 1970-01-01 UTC, the unit of every timestamp stored."""
    return time.time_ns() // 1_000_000


def in_words(at: int) -> str:
    """A moment in milliseconds as it stands in a sentence: "2027-01-15 08:00:00 UTC"."""
    return f"{datetime.fromtimestamp(at / 1000, UTC):%Y-%m-%d %H:%M:%S} UTC"
