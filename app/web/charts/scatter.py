"""Scatter plots: versions or runs as dots over two of their numbers. `compare/scatter.html` makes them SVG."""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from app.comparison.compare import Comparison
from app.comparison.subjects import Subject
from app.core.numbers import is_finite
from app.web.charts.comparison_charts import read_number, tells_apart
from app.web.charts.scale import NARROW, Scale, Tick, drawable, nice_ticks, tick_label
from app.web.rendering.formats import shorten_middle

MIN_DOTS = 3  # below that the table says it better
MAX_NAMED = 12  # dots with their name beside them
MAX_NAME = 16  # characters of it
WIDE, HEIGHT = 584, 300
_LEFT, _RIGHT, _TOP, _BOTTOM = 64, 16, 14, 44
_EDGE = 8  # the distance of a dot from the frame
_ROOM = 56  # the least width for a label below the axis


class Dot(NamedTuple):
    """A version or run; a name that would run over the right edge stands to the left of its dot."""

    side: Subject
    x: float
    y: float
    is_base: bool
    name: str
    is_name_left: bool


class Plot(NamedTuple):
    """A drawing `width` times `height`; the dots lie between `left`, `right`, `top` and `bottom`."""

    width: int
    height: int
    left: float
    right: float
    top: float
    bottom: float
    dots: list[Dot]
    rows: list[Tick]
    columns: list[Tick]


class Point(NamedTuple):
    """A version or run and its two numbers."""

    side: Subject
    x: float
    y: float
    is_base: bool


class Scatter(NamedTuple):
    """`x` and `y` name two of the `axes`, which map what addresses say to what people read."""

    axes: Mapping[str, str]
    x: str
    y: str
    points: list[Point]
    left_out: int
    wide: Plot
    narrow: Plot


def scatter(compared: Comparison, x: str | None, y: str | None, metric: str | None = None) -> Scatter | None:
    """Returns the dots over the two axes asked for; None where there are too few.

    An axis is `metrics.KEY` or `params.KEY`. The default is a parameter below and a metric at the side, `metric` if
    possible; it also replaces an axis whose values are all the same.
    """
    values = _axes(compared)
    if len(compared.sides) < MIN_DOTS or len(values) < 2:
        return None
    metrics = [name for name in values if name.startswith("metrics.")]
    upward = y if y in values else _first([f"metrics.{metric}", *metrics, *values], values.__contains__)
    across = x if x in values else _first(values, lambda name: name != upward)
    points = [
        Point(side, a, b, index == compared.base)
        for index, (side, a, b) in enumerate(zip(compared.sides, values[across], values[upward], strict=True))
        if a is not None and b is not None and is_finite(a) and is_finite(b)
    ]
    if not points:
        return None
    axes = {name: name.partition(".")[2] for name in sorted(values, key=lambda name: name not in metrics)}
    return Scatter(
        axes,
        across,
        upward,
        points,
        len(compared.sides) - len(points),
        _plot(points, WIDE),
        _plot(points, NARROW),
    )


def _axes(compared: Comparison) -> dict[str, list[float | None]]:
    """Returns the metrics and parameters with different numbers, parameters first."""
    values = {f"params.{row.key}": [read_number(cell.value) for cell in row.cells] for row in compared.params}
    values |= {f"metrics.{row.key}": [cell.value for cell in row.cells] for row in compared.metrics}
    return {name: numbers for name, numbers in values.items() if tells_apart(numbers)}


def _first(names: Sequence[str] | Mapping[str, object], fits: Callable[[str], bool]) -> str:
    return next(name for name in names if fits(name))


def _plot(points: Sequence[Point], width: int) -> Plot:
    left, right, top, bottom = _LEFT, width - _RIGHT, _TOP, HEIGHT - _BOTTOM
    across = nice_ticks(min(p.x for p in points), max(p.x for p in points), (right - left) // 110 + 1)
    upward = nice_ticks(min(p.y for p in points), max(p.y for p in points))

    columns_scale = Scale(across[0], across[-1], left + _EDGE, right - _EDGE)
    rows_scale = Scale(upward[0], upward[-1], bottom - _EDGE, top + _EDGE)

    def x(value: float) -> float:
        return round(columns_scale.at(drawable(value)), 1)

    def y(value: float) -> float:
        return round(rows_scale.at(drawable(value)), 1)

    names = _names([p.side for p in points]) if len(points) <= MAX_NAMED else [""] * len(points)
    dots = [
        Dot(p.side, x(p.x), y(p.y), p.is_base, name, x(p.x) > left + (right - left) * 0.6)
        for p, name in zip(points, names, strict=True)
    ]
    every = max(1, math.ceil(len(across) * _ROOM / (right - left)))
    columns = [Tick(x(value), tick_label(value, across)) for value in across[::every]]
    rows = [Tick(y(value), tick_label(value, upward)) for value in upward]
    return Plot(width, HEIGHT, left, right, top, bottom, dots, rows, columns)


def _names(sides: Sequence[Subject]) -> list[str]:
    """Returns short names: numbers where all are versions of one model, else both ends of a long name."""
    models = {side.version and side.version.name for side in sides}
    if len(models) == 1 and sides[0].version:
        return [f"v{side.version.number}" for side in sides if side.version]
    return [shorten_middle(side.label, MAX_NAME) for side in sides]
