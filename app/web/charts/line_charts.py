"""Charts as the server draws them: where each mark goes. `components/line_chart.html` turns them into SVG."""

import math
from collections.abc import Sequence
from typing import NamedTuple

# Widths in the units of the drawing: one for a page's column, one for a phone. Text keeps its size.
WIDE, NARROW = 760, 340
HEIGHT = 210
_LEFT, _RIGHT, _TOP, _BOTTOM = 58, 12, 12, 26
_MOST, _LEAST = 1e300, 1e-200
_LABEL = 46  # the least room for a label below the axis


class Datum(NamedTuple):
    """What a chart is made of: a place on the axis below, a value, and the mark's look and destination."""

    label: str
    value: float
    hue: str = "blue"
    url: str | None = None
    note: str = ""


class Mark(NamedTuple):
    x: float
    y: float
    datum: Datum


class Tick(NamedTuple):
    at: float
    label: str


class Chart(NamedTuple):
    """A drawing `width` times `height`; the plot lies between `left`, `right`, `top` and `bottom`."""

    width: int
    height: int
    left: float
    right: float
    top: float
    bottom: float
    marks: list[Mark]
    line: str
    rows: list[Tick]
    columns: list[Tick]


def line_chart(data: Sequence[Datum], width: int = WIDE, height: int = HEIGHT) -> Chart | None:
    """A line through the values in their order; None where there is no finite value to draw."""
    finite = [datum for datum in data if math.isfinite(datum.value)]
    if not finite:
        return None
    left, right, top, bottom = _LEFT, width - _RIGHT, _TOP, height - _BOTTOM
    ticks = nice_ticks(min(d.value for d in finite), max(d.value for d in finite))
    low, high = ticks[0], ticks[-1]

    def x(index: int) -> float:
        return round(left + 10 + (right - left - 20) * (index / (len(data) - 1) if len(data) > 1 else 0.5), 1)

    def y(value: float) -> float:
        return round(bottom - (bottom - top) * (_drawable(value) - low) / (high - low), 1)

    marks = [Mark(x(i), y(d.value), d) for i, d in enumerate(data) if math.isfinite(d.value)]
    every = max(1, math.ceil(len(data) * _LABEL / (right - left)))
    columns = [Tick(x(i), d.label) for i, d in enumerate(data) if (len(data) - 1 - i) % every == 0]
    rows = [Tick(y(value), tick_label(value, ticks)) for value in ticks]
    line = " ".join(f"{mark.x:g},{mark.y:g}" for mark in marks)
    return Chart(width, height, left, right, top, bottom, marks, line, rows, columns)


def nice_ticks(low: float, high: float, about: int = 4) -> list[float]:
    """Round numbers that span the two, about so many, evenly apart; at least two."""
    low, high = _drawable(low), _drawable(high)
    if high - low <= abs(high) * 1e-9 or high - low < _LEAST:
        apart = abs(low) * 0.1 if abs(low) > _LEAST else 1.0
        low, high = low - apart, high + apart
    rough = (high - low) / about
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(power * times for times in (1, 2, 2.5, 5, 10) if power * times >= rough * 0.999)
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    return [step * at for at in range(first, last + 1)]


def _drawable(value: float) -> float:
    """The value, or the largest that can be reckoned with: infinities are kept as the largest float."""
    return max(-_MOST, min(_MOST, value))


def tick_label(value: float, ticks: Sequence[float]) -> str:
    """The value with as many digits as tell it from its neighbours."""
    step = ticks[1] - ticks[0] if len(ticks) > 1 else abs(value) or 1.0
    if abs(value) >= 1e6 or 0 < step < 1e-5:
        return f"{0.0 if abs(value) < step / 2 else value:.3g}"
    digits = next((n for n in range(6) if abs(round(step, n) - step) < step * 1e-6), 6)
    return f"{value + 0.0:,.{digits}f}"


def sparkline(values: Sequence[float], width: int = 96, height: int = 22) -> str:
    """The points of a small curve within `width` and `height`; empty for less than two finite values."""
    finite = [(i, _drawable(value)) for i, value in enumerate(values) if math.isfinite(value)]
    if len(finite) < 2:
        return ""
    low, high = min(value for _i, value in finite), max(value for _i, value in finite)
    across = (width - 4) / (len(values) - 1)
    up = (height - 4) / ((high - low) or 1.0)
    return " ".join(f"{2 + i * across:.4g},{height - 2 - (v - low) * up:.4g}" for i, v in finite)
