"""Where a value goes in a chart: the one scale of all charts, and the round numbers along its axes."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

NARROW = 340  # the width of every chart on a phone, in the units of the drawing; text keeps its size
_LARGEST, _SMALLEST = 1e300, 1e-200


@dataclass(frozen=True)
class Scale:
    """Maps the values from `low` to `high` to the positions from `begin` to `end`.

    The one value of a scale whose ends are equal goes to the middle.
    """

    low: float
    high: float
    begin: float
    end: float
    is_log: bool = False

    def at(self, value: float) -> float:
        """Returns the position of a finite value; of a positive one, where the scale is logarithmic."""
        low, high = self.low, self.high
        if self.is_log:
            low, high, value = math.log10(low), math.log10(high), math.log10(value)
        # Halved first: the distance between the largest and the smallest float is more than a float holds.
        span = high / 2 - low / 2
        share = (value / 2 - low / 2) / span if span else 0.5
        return self.begin + (self.end - self.begin) * share


class Tick(NamedTuple):
    """A labelled position on an axis."""

    at: float
    label: str


def nice_ticks(low: float, high: float, count: int = 4) -> list[float]:
    """Returns about `count` round numbers, at least two, at equal distances, that span the range."""
    low, high = drawable(low), drawable(high)
    if high - low <= abs(high) * 1e-9 or high - low < _SMALLEST:
        apart = abs(low) * 0.1 if abs(low) > _SMALLEST else 1.0
        low, high = low - apart, high + apart
    rough = (high - low) / count
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(power * times for times in (1, 2, 2.5, 5, 10) if power * times >= rough * 0.999)
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    return [step * at for at in range(first, last + 1)]


def drawable(value: float) -> float:
    """Returns the value, or the nearest that can be reckoned with: infinities are stored as the largest float."""
    return max(-_LARGEST, min(_LARGEST, value))


def tick_label(value: float, ticks: Sequence[float]) -> str:
    """Returns the value with as many digits as tell it from its neighbours."""
    step = ticks[1] - ticks[0] if len(ticks) > 1 else abs(value) or 1.0
    if abs(value) >= 1e6 or 0 < step < 1e-5:
        return f"{0.0 if abs(value) < step / 2 else value:.3g}"
    digits = next((n for n in range(6) if abs(round(step, n) - step) < step * 1e-6), 6)
    return f"{value + 0.0:,.{digits}f}"
