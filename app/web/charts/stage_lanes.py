"""The chart of a model's stages over time: where each bar goes. `models/_parts/stage_history.html` makes it SVG."""

from collections.abc import Sequence
from typing import NamedTuple

from app.stages.history import StagePeriod
from app.web.charts.scale import NARROW, Scale, Tick
from app.web.rendering import formats

WIDE = 960  # what a page without a second column leaves

MAX_ROWS = 6  # of one lane: further versions that hold the stage at the same time are counted, not drawn
_HEAD, _ROW, _BAR, _GAP, _FOOT = 20, 22, 18, 10, 24
_EDGE = 2
_LEAST = 3.0  # the width of the shortest bar, and how much a bar may overlap the one before
_LETTER = 8.0


class Bar(NamedTuple):
    """A version's time in a stage; its `label` is empty where it would not fit."""

    x: float
    y: float
    width: float
    height: float
    label: str
    period: StagePeriod


class Lane(NamedTuple):
    """A stage and its bars, in as few rows as keep them apart; for `left_out` bars there was no row left."""

    stage: str
    colour: str
    y: float
    bars: list[Bar]
    left_out: int


class StageChart(NamedTuple):
    """A drawing `width` times `height` with times along its foot."""

    width: int
    height: float
    lanes: list[Lane]
    ticks: list[Tick]


def stage_chart(
    periods: Sequence[StagePeriod], order: Sequence[str], now: int, width: int = WIDE
) -> StageChart | None:
    """Returns one lane for each stage that was ever held, in the order of the stages, removed stages last."""
    if not periods:
        return None
    start = min(period.from_at for period in periods)
    end = max(now, start + 1, *(period.to_at or 0 for period in periods))

    scale = Scale(start, end, _EDGE, width - _EDGE)

    def x(at: int) -> float:
        return round(scale.at(at), 1)

    held = dict.fromkeys(period.stage for period in periods)
    names = [name for name in order if name in held] + [name for name in held if name not in order]
    lanes, y = [], 0.0
    for name in names:
        bars, left_out, rows = _bars(
            [period for period in periods if period.stage == name], x, y + _HEAD, end, width
        )
        lanes.append(Lane(name, bars[0].period.colour, y + _HEAD - 6, bars, left_out))
        y += _HEAD + rows * _ROW + _GAP
    count = 5 if width >= WIDE else 3
    moments = [start + (end - start) * n // (count - 1) for n in range(count)]
    return StageChart(
        width, y + _FOOT, lanes, [Tick(x(at), formats.on_axis(at, end - start)) for at in moments]
    )


def wide_and_narrow(
    periods: Sequence[StagePeriod], order: Sequence[str], now: int
) -> tuple[StageChart, StageChart] | None:
    """Returns the chart for a wide window and for a narrow one."""
    wide, narrow = stage_chart(periods, order, now), stage_chart(periods, order, now, NARROW)
    return (wide, narrow) if wide and narrow else None


def _bars(periods: Sequence[StagePeriod], x, top: float, end: int, width: int) -> tuple[list[Bar], int, int]:
    """Returns the bars, how many had no row, and in how many rows they are."""
    free: list[float] = []  # where each row is free from
    bars = []
    for period in periods:
        left = x(period.from_at)
        wide = max(_LEAST, x(end if period.to_at is None else period.to_at) - left)
        left = min(left, width - _EDGE - wide)
        row = next((n for n, at in enumerate(free) if at <= left + _LEAST + 0.1), len(free))
        if row == MAX_ROWS:
            continue
        free[row : row + 1] = [left + wide]
        label = f"v{period.number}"
        shown = label if wide > len(label) * _LETTER + 6 else ""
        bars.append(Bar(left, top + row * _ROW, round(wide, 1), _BAR, shown, period))
    return bars, len(periods) - len(bars), len(free)
