"""Numbers that clients log: which of them are finite."""

import math
import sys

# An infinity is stored as the largest float, as MLflow stores it, and its clients read it back so.
LARGEST = sys.float_info.max


def is_finite(value: float) -> bool:
    """Returns whether a stored value is a finite number: neither NaN nor an infinity, however that is kept."""
    return abs(value) < LARGEST


def with_infinity(value: float) -> float:
    """Returns the value as it was logged: an infinity where the largest float stands for one."""
    return math.copysign(math.inf, value) if abs(value) >= LARGEST else value
