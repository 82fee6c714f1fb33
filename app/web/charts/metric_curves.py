"""Curves of metrics: where the lines go. `experiments/_parts/curves.html` makes them SVG, `curves.js` redraws them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from flask import url_for

from app.core import clock
from app.core.numbers import is_finite
from app.tracking.run_children import MetricRow
from app.web.charts.scale import Scale
from app.web.rendering.formats import number

WIDTH, HEIGHT = 600, 160
COLOURS = 8
POINTS_DRAWN = 120  # of a curve
POINTS_IN_TABLE = 12
MAX_NOT_DRAWN = 4

SMOOTHINGS = {"0": "Off", "0.6": "A little", "0.85": "Much", "0.95": "Very much"}
AXES = {"step": "Step", "time": "Time"}


@dataclass(frozen=True)
class CurveStyle:
    """How curves are drawn: how smooth, on which scale, over what."""

    smooth: str = "0"
    is_log: bool = False
    axis: str = "step"

    @property
    def arguments(self) -> dict[str, str]:
        """The arguments of an address that ask for this style, without those that have their default."""
        arguments = {"smooth": self.smooth, "axis": self.axis, "log": "1" if self.is_log else "0"}
        return {name: value for name, value in arguments.items() if value not in ("0", "step")}


class CurveLine(NamedTuple):
    """One run's curve: its stretches without a gap, and what was measured where it was smoothed."""

    run: str
    label: str
    colour: int
    stretches: list[str]
    raw: list[str]


class CurveChart(NamedTuple):
    """The curves of one metric: what the axes end with, and some points as a table has them.

    `not_drawn` names points that are no finite numbers, which are gaps in the curves.
    `note` says over what and how they are drawn; `curves.js` words it alike.
    """

    key: str
    lines: list[CurveLine]
    axis: str
    note: str
    left: str
    right: str
    top: str
    bottom: str
    not_drawn: list[str]
    table: list[tuple[str, MetricRow]]
    url: str


# The label and the points of each run's curve, by the run's id.
Curves = Mapping[str, tuple[str, Sequence[MetricRow]]]
Point = tuple[float, float]


def curve_chart(key: str, curves: Curves, style: CurveStyle) -> CurveChart | None:
    """Returns the chart of a metric of some runs; None where nothing can be drawn."""
    has_steps = any(len({point.step for point in points}) > 1 for _label, points in curves.values())
    axis = style.axis if has_steps else "time"
    raw = {run: _positions(points, axis) for run, (_label, points) in curves.items()}
    smoothed = {run: _smoothed(pairs, float(style.smooth)) for run, pairs in raw.items()}
    everything = [
        pair for pairs in (*raw.values(), *smoothed.values()) for pair in pairs if _is_shown(pair, style)
    ]
    if not everything:
        return None
    plot = _Plot(everything, style)
    lines = [
        CurveLine(
            run,
            label,
            index % COLOURS,
            plot.stretches(smoothed[run]),
            plot.stretches(raw[run]) if style.smooth != "0" else [],
        )
        for index, (run, (label, _points)) in enumerate(curves.items())
    ]
    return CurveChart(
        key,
        lines,
        axis,
        _note(axis, style),
        _axis_end(plot.across.low, axis),
        _axis_end(plot.across.high, axis),
        number(plot.upward.high),
        number(plot.upward.low),
        _not_drawn(curves),
        _table(curves),
        url_for("curves.points", runs=list(curves), metric=key),
    )


def _positions(points: Sequence[MetricRow], axis: str) -> list[Point]:
    # Times count from a run's own beginning: runs are compared by how long they take.
    begin = min((point.timestamp for point in points), default=0)
    pairs = [(point.step if axis == "step" else point.timestamp - begin, point.value) for point in points]
    return sorted(pairs, key=lambda pair: pair[0])


def _axis_end(x: float, axis: str) -> str:
    return str(int(x)) if axis == "step" else clock.duration(int(x)) or "0 s"


def _note(axis: str, style: CurveStyle) -> str:
    scale = ", log scale" if style.is_log else ""
    return f"over {'steps' if axis == 'step' else 'time'}{scale}{', smoothed' if style.smooth != '0' else ''}"


def _is_shown(pair: Point, style: CurveStyle) -> bool:
    return is_finite(pair[1]) and (pair[1] > 0 or not style.is_log)


def _smoothed(pairs: Sequence[Point], weight: float) -> list[Point]:
    """Returns a moving average that forgets; `curves.js` has the same rule. What is no number is passed over."""
    if not weight:
        return list(pairs)
    averaged, last, known = [], 0.0, 0.0
    for x, value in pairs:
        if is_finite(value):
            last, known = last * weight + value * (1 - weight), known * weight + 1 - weight
            value = last / known
        averaged.append((x, value))
    return averaged


class _Plot:
    """The part of the plane that a chart shows, and its scales."""

    def __init__(self, pairs: Sequence[Point], style: CurveStyle):
        self.style = style
        self.across = Scale(min(x for x, _y in pairs), max(x for x, _y in pairs), 0, WIDTH)
        low, high = min(y for _x, y in pairs), max(y for _x, y in pairs)
        self.upward = Scale(low, high, HEIGHT, 0, is_log=style.is_log)

    def stretches(self, pairs: Iterable[Point]) -> list[str]:
        """Returns the curve as SVG's points, a text for each part without a gap."""
        parts: list[list[str]] = [[]]
        for pair in pairs:
            if _is_shown(pair, self.style):
                x, y = pair
                parts[-1].append(f"{self.across.at(x):.1f},{self.upward.at(y):.1f}")
            elif parts[-1]:
                parts.append([])
        # A point alone is drawn as a line to itself, which round ends make a dot.
        return [" ".join(points if len(points) > 1 else points * 2) for points in parts if points]


def _not_drawn(curves: Curves) -> list[str]:
    """Returns the first points that are no finite numbers in words, and whether there are more."""
    named = [
        f"{number(point.value)} at step {point.step}" + (f" of {label}" if len(curves) > 1 else "")
        for label, points in curves.values()
        for point in points
        if not is_finite(point.value)
    ]
    return [*named[:MAX_NOT_DRAWN], *(["more"] if len(named) > MAX_NOT_DRAWN else [])]


def _table(curves: Curves) -> list[tuple[str, MetricRow]]:
    most = max(2, POINTS_IN_TABLE // len(curves))
    rows = []
    for label, points in curves.values():
        stride = -(-len(points) // most)
        rows += [(label, point) for point in [*points[:-1:stride], *points[-1:]]]
    return rows
