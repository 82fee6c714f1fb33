"""Line charts: where each mark goes. `components/line_chart.html` makes them SVG."""

import math
from collections.abc import Sequence
from typing import NamedTuple

from app.core.numbers import is_finite
from app.web.charts.scale import Scale, Tick, drawable, nice_ticks, tick_label

WIDE = 760  # what a page's column leaves, in the units of the drawing
HEIGHT = 210
_LEFT, _RIGHT, _TOP, _BOTTOM = 58, 12, 12, 26
_LABEL = 46  # the least room for a label below the axis


class Datum(NamedTuple):
    """A value of the chart: its label on the axis below, and the look and destination of its mark."""

    label: str
    value: float
    hue: str = "blue"
    url: str | None = None
    note: str = ""


class Mark(NamedTuple):
    x: float
    y: float
    datum: Datum


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
    """Returns a line through the values in their order; None where there is no finite value to draw."""
    finite = [datum for datum in data if is_finite(datum.value)]
    if not finite:
        return None
    left, right, top, bottom = _LEFT, width - _RIGHT, _TOP, height - _BOTTOM
    ticks = nice_ticks(min(d.value for d in finite), max(d.value for d in finite))
    across = Scale(0, len(data) - 1, left + 10, right - 10)
    upward = Scale(ticks[0], ticks[-1], bottom, top)

    def x(index: int) -> float:
        return round(across.at(index), 1)

    def y(value: float) -> float:
        return round(upward.at(drawable(value)), 1)

    marks = [Mark(x(i), y(d.value), d) for i, d in enumerate(data) if is_finite(d.value)]
    every = max(1, math.ceil(len(data) * _LABEL / (right - left)))
    columns = [Tick(x(i), d.label) for i, d in enumerate(data) if (len(data) - 1 - i) % every == 0]
    rows = [Tick(y(value), tick_label(value, ticks)) for value in ticks]
    line = " ".join(f"{mark.x:g},{mark.y:g}" for mark in marks)
    return Chart(width, height, left, right, top, bottom, marks, line, rows, columns)


def sparkline(values: Sequence[float], width: int = 96, height: int = 22) -> str:
    """Returns the points of a small curve within `width` and `height`; empty for less than two finite values."""
    finite = [(i, drawable(value)) for i, value in enumerate(values) if is_finite(value)]
    if len(finite) < 2:
        return ""
    values_only = [value for _i, value in finite]
    across = Scale(0, len(values) - 1, 2, width - 2)
    upward = Scale(min(values_only), max(values_only), height - 2, 2)
    return " ".join(f"{across.at(i):.4g},{upward.at(value):.4g}" for i, value in finite)
