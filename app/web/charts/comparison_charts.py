"""Charts of a comparison: positions of lines and marks, in percent or in the units of the drawing.

Templates put these numbers into SVG; what they mean stands beside them as text.
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from app.comparison.compare import Comparison, MetricCell, Row
from app.comparison.metric_direction import Direction
from app.core.numbers import is_finite
from app.web.charts.scale import Scale
from app.web.rendering.formats import number, shorten_middle

MAX_AXES = 8
MIN_LINES = 3  # below that, parallel coordinates say less than the table
SHADES = 6
WIDTH, HEIGHT = 960, 260
TOP, BOTTOM, SIDE = 34, 30, 70
LETTER = 8.5  # the width of a bold letter, rather too much


class DifferenceMark(NamedTuple):
    """A version or run on the scale of a metric; `begin` and `width` are those of the bar from the base."""

    label: str
    cell: MetricCell
    at: str
    begin: str
    width: str
    is_base: bool


class Differences(NamedTuple):
    """The distances of all values of one metric from the base. `low` and `high` are the ends of the scale."""

    key: str
    keys: list[str]
    direction: Direction
    low: float
    high: float
    marks: list[DifferenceMark]


def differences(compared: Comparison, wanted: str | None) -> Differences | None:
    """Returns the chart of the wanted metric, or of the first with different values; None where there is none."""
    usable = {row.key: row for row in compared.metrics if len(_numbers(row)) > 1}
    if not usable:
        return None
    telling = [row for row in usable.values() if len(set(_numbers(row))) > 1]
    directed = [row for row in telling if row.direction is not Direction.NONE]
    row = usable.get(wanted or "") or (directed or telling or list(usable.values()))[0]
    low, high = min(_numbers(row)), max(_numbers(row))
    base = row.cells[compared.base].value
    scale = Scale(low, high, 4.0, 96.0)
    marks = []
    for index, (side, cell) in enumerate(zip(compared.sides, row.cells, strict=True)):
        if _is_number(cell.value):
            at = scale.at(cell.value)
            start = scale.at(base) if _is_number(base) else at
            marks.append(
                DifferenceMark(
                    side.label,
                    cell,
                    f"{at:.2f}%",
                    f"{min(at, start):.2f}%",
                    f"{abs(at - start):.2f}%",
                    index == compared.base,
                )
            )
    return Differences(row.key, list(usable), row.direction, low, high, marks)


def _is_number(value: float | None) -> bool:
    return value is not None and is_finite(value)


def _numbers(row: Row) -> list[float]:
    return [cell.value for cell in row.cells if _is_number(cell.value)]


class ParallelAxis(NamedTuple):
    """An upright line of the chart: a metric or a parameter, with the values at its ends; `name` fits above it."""

    key: str
    name: str
    is_metric: bool
    x: float
    low: str
    high: str


class ParallelLine(NamedTuple):
    """The line of one version or run over the axes; `shade` ranks it on the last of them, 0 being best."""

    label: str
    points: str
    shade: int
    is_base: bool


class _Column(NamedTuple):
    """A parameter or a metric with its number for each of what is compared."""

    key: str
    is_metric: bool
    values: list[float | None]


class ParallelCoordinates(NamedTuple):
    """Parallel coordinates of many versions or runs; `shaded_by` is the metric that the shades rank."""

    axes: list[ParallelAxis]
    paths: list[ParallelLine]
    shaded_by: str
    top: float
    bottom: float
    width: int
    height: int


def parallel_coordinates(compared: Comparison) -> ParallelCoordinates | None:
    """Returns the numbers that differ among three or more, parameters first; None where there are too few."""
    columns = [_Column(row.key, False, _read(row)) for row in compared.params]
    metrics = sorted(compared.metrics, key=lambda row: row.direction is Direction.NONE)
    metric_columns = [_Column(row.key, True, [cell.value for cell in row.cells]) for row in metrics]
    params = [column for column in columns if tells_apart(column.values)]
    measured = [column for column in metric_columns if tells_apart(column.values)]
    measured = list(reversed(measured[: max(MAX_AXES // 2, MAX_AXES - len(params))]))
    chosen = params[: MAX_AXES - len(measured)] + measured
    if len(compared.sides) < MIN_LINES or len(chosen) < 2 or not measured:
        return None
    gap = (WIDTH - 2 * SIDE) / (len(chosen) - 1)
    axes, scales = [], []
    for index, (key, is_metric, values) in enumerate(chosen):
        numbers = [value for value in values if value is not None and is_finite(value)]
        low, high = min(numbers), max(numbers)
        scales.append(Scale(low, high, HEIGHT - BOTTOM, TOP))
        axes.append(
            ParallelAxis(
                key,
                shorten_middle(key, int(gap / LETTER)),
                is_metric,
                round(SIDE + index * gap, 1),
                number(low),
                number(high),
            )
        )
    shades = _shades(chosen[-1].values, compared.metrics, chosen[-1].key)
    paths = [
        ParallelLine(
            side.label,
            _points(axes, scales, [column.values[index] for column in chosen]),
            shades[index],
            index == compared.base,
        )
        for index, side in enumerate(compared.sides)
    ]
    return ParallelCoordinates(
        axes,
        [path for path in paths if " " in path.points],
        axes[-1].key,
        TOP,
        HEIGHT - BOTTOM,
        WIDTH,
        HEIGHT,
    )


def _read(row: Row) -> list[float | None]:
    return [read_number(cell.value) for cell in row.cells]


def read_number(text: str | None) -> float | None:
    """Returns the number that a parameter's text is; None where it is none."""
    try:
        return float(text) if text and len(text) < 40 else None
    except ValueError:
        return None


def tells_apart(values: Sequence[float | None]) -> bool:
    """Returns whether there are two different finite numbers among the values."""
    numbers = [value for value in values if value is not None and is_finite(value)]
    return len(set(numbers)) > 1


def _points(axes: Sequence[ParallelAxis], scales: Sequence[Scale], values: Iterable[float | None]) -> str:
    return " ".join(
        f"{axis.x},{scale.at(value):.1f}"
        for axis, scale, value in zip(axes, scales, values, strict=True)
        if value is not None and is_finite(value)
    )


def _shades(values: Sequence[float | None], metrics: Sequence[Row], key: str) -> list[int]:
    """Returns a shade for each value by its rank, the best first; the last shade for what is no number."""
    [direction] = [row.direction for row in metrics if row.key == key]
    numbers = sorted(
        {v for v in values if v is not None and is_finite(v)}, reverse=direction is not Direction.LOWER
    )
    rank = {value: index * SHADES // len(numbers) for index, value in enumerate(numbers)}
    return [rank.get(value, SHADES - 1) if value is not None else SHADES - 1 for value in values]
