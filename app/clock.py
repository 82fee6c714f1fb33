"""The only source of the current time, so that a test can set it."""

import time


def now_ms() -> int:
    """The current time in milliseconds since 1970-01-01 UTC, the unit of every timestamp stored."""
    return time.time_ns() // 1_000_000
