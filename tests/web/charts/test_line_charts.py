"""Where the marks of a chart go."""

import math
import sys

import pytest

from app.web.charts.line_charts import WIDE, Datum, line_chart, sparkline
from app.web.charts.scale import NARROW, nice_ticks, tick_label


@pytest.mark.parametrize(
    ("low", "high", "ticks"),
    [
        (0, 1, [0, 0.25, 0.5, 0.75, 1]),
        (0.81, 0.87, [0.8, 0.82, 0.84, 0.86, 0.88]),
        (-3, 12, [-5, 0, 5, 10, 15]),
        (1_000_000, 4_000_000, [1e6, 2e6, 3e6, 4e6]),
    ],
)
def test_ticks_are_round_numbers_that_span_the_values(low, high, ticks):
    assert nice_ticks(low, high) == pytest.approx(ticks)


@pytest.mark.parametrize(
    ("low", "high"),
    [
        (5, 5),
        (0, 0),
        (-1e-12, -1e-12),
        (sys.float_info.max, sys.float_info.max),
        (-sys.float_info.max, sys.float_info.max),
        (5e-324, 1e-320),
        (1e15, 1e15 + 1),
    ],
)
def test_whatever_the_values_there_are_a_few_finite_ticks(low, high):
    ticks = nice_ticks(low, high)
    assert 2 <= len(ticks) <= 12
    assert all(map(math.isfinite, ticks))
    assert ticks == sorted(ticks)
    assert all(tick_label(tick, ticks) for tick in ticks)


def test_ticks_say_no_more_digits_than_tell_them_apart():
    assert [tick_label(v, [0.8, 0.82]) for v in (0.8, 0.82)] == ["0.80", "0.82"]
    assert [tick_label(v, [0, 0.25]) for v in (0, 0.25)] == ["0.00", "0.25"]
    assert [tick_label(v, [0, 5000]) for v in (0, 5000)] == ["0", "5,000"]


@pytest.mark.parametrize("width", [WIDE, NARROW])
@pytest.mark.parametrize("count", [1, 2, 40, 500])
def test_marks_and_labels_stay_within_the_drawing(width, count):
    chart = line_chart([Datum(str(n), n % 7 / 7) for n in range(count)], width)
    assert len(chart.marks) == count
    for mark in chart.marks:
        assert chart.left <= mark.x <= chart.right
        assert chart.top - 0.1 <= mark.y <= chart.bottom + 0.1
    places = [tick.at for tick in chart.columns]
    assert chart.columns[-1].label == str(count - 1), "the newest is always named"
    assert all(after - before >= 40 for before, after in zip(places, places[1:], strict=False))


def test_what_is_no_number_leaves_a_gap():
    chart = line_chart([Datum("1", 1.0), Datum("2", math.nan), Datum("3", 2.0)])
    assert [mark.datum.label for mark in chart.marks] == ["1", "3"]
    assert line_chart([Datum("1", math.nan)]) is None
    assert line_chart([]) is None


def test_a_small_curve_rises_where_the_values_do():
    points = [tuple(map(float, pair.split(","))) for pair in sparkline([1, 2, math.nan, 4]).split()]
    assert [x for x, _y in points] == sorted(x for x, _y in points)
    assert [y for _x, y in points] == sorted((y for _x, y in points), reverse=True)
    assert all(0 <= x <= 96 and 0 <= y <= 22 for x, y in points)
    assert sparkline([3.0]) == sparkline([]) == sparkline([math.nan, 1]) == ""
    assert sparkline([2, 2, 2])
    assert sparkline([-1.7e308, 1.7e308])
    assert sparkline([-sys.float_info.max, sys.float_info.max]) == "", "infinities, as they are stored"
