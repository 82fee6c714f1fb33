"""Curves of metrics, thinned out for pictures."""

import math
import sys
import time
import tracemalloc

import pytest

from app.db.statements import BulkInsert
from app.tracking import experiments, runs
from app.tracking.metrics import curves, sampled, write
from app.tracking.metrics.write import Point
from app.tracking.tables import MetricPoint
from tests.factories.registry import ANNA


@pytest.fixture
def run(work):
    return runs.create(experiments.create("nightly", actor=ANNA), actor=ANNA).run


def log(run, key, values, time_of=lambda step: 1000 + step):
    write.put(run, [Point(key, value, time_of(step), step) for step, value in enumerate(values)])


def test_what_was_logged_more_than_once_is_a_curve(run):
    log(run, "auc", [0.1, 0.2])
    log(run, "rows", [10.0])
    log(run, "aaa", [0.1, 0.2, 0.3])

    assert curves.keys_of(run.id) == ["aaa", "auc"]
    assert curves.keys_of(run.id + 1) == []


def test_a_short_curve_is_whole_and_in_the_order_of_its_steps(run):
    write.put(run, [Point("auc", 0.3, 1, 2), Point("auc", 0.1, 3, 0), Point("auc", math.nan, 2, 1)])

    [curve] = curves.of_run(run.id, ["auc", "nothing"], most=100)

    assert [point.step for point in curve.points] == [0, 1, 2]
    assert math.isnan(curve.points[1].value)
    assert curve.total == 3


@pytest.mark.parametrize("count", [99, 100, 101, 250, 1001, 2001, 7000])
def test_a_long_curve_is_thinned_with_its_ends_kept(run, count):
    log(run, "loss", [1 / (step + 1) for step in range(count)])
    log(run, "auc", [0.5, 0.6])

    loss, auc = curves.of_run(run.id, ["loss", "auc"], most=100)

    steps = [point.step for point in loss.points]
    assert steps[0] == 0 and steps[-1] == count - 1 and min(count, 90) <= len(steps) <= 100
    assert steps == sorted(steps)
    gaps = [after - before for before, after in zip(steps, steps[1:], strict=False)]
    assert max(gaps) <= 2 * count / 45
    assert loss.total == count and len(auc.points) == 2


# A clock that stands still, or goes backwards, is no reason to lose a point either.
@pytest.mark.parametrize(
    "time_of", [lambda step: 1000 + step, lambda step: 7, lambda step: 9000 - step, lambda step: step % 10]
)
@pytest.mark.parametrize("count", [1000, 6001])
@pytest.mark.parametrize("at", [0, 1, 333, 998, 999])
def test_a_spike_of_one_point_stays(run, count, at, time_of):
    for key, spike in (("up", 100.0), ("down", -100.0)):
        log(run, key, [spike if step == at else 1 / (step + 1) for step in range(count)], time_of)

    up, down = curves.of_run(run.id, ["up", "down"], most=120)
    [alone] = curves.of_runs([run.uuid], "up", most=120, steps=(at, at))

    assert [point.step for point in up.points if point.value == 100.0] == [at]
    assert [point.step for point in down.points if point.value == -100.0] == [at]
    assert len(up.points) <= 120 and [point.step for point in alone.points] == [at]


@pytest.mark.parametrize("count", [1000, 6001])
def test_what_is_no_finite_number_stays_beside_the_extremes(run, count):
    values = [float(step % 7) for step in range(count)]
    values[500], values[510], values[700] = math.nan, math.inf, -math.inf
    values[512] = 99.0
    log(run, "loss", values)

    [curve] = curves.of_run(run.id, ["loss"], most=120)

    by_step = {point.step: point.value for point in curve.points}
    assert math.isnan(by_step[500]) and by_step[700] == -sys.float_info.max
    assert by_step[512] == 99.0 and len(curve.points) <= 120


def test_no_metrics_are_no_curves(run):
    assert curves.of_run(run.id, [], most=10) == []


@pytest.fixture
def long_history(run):
    """A metric of 200,000 points, one of them a spike."""
    count = 200_000
    log(run, "loss", [0.0])
    metric_id = curves.series.of_run(run.id, ["loss"])[0].metric_id
    points = [(metric_id, 2000 + n, n, 50.0 if n == 123_457 else n % 10 / 10, False) for n in range(1, count)]
    for start in range(0, count, 10_000):  # PostgreSQL may be silent for some seconds only
        BulkInsert(MetricPoint.__table__).insert_new(points[start : start + 10_000])
    return run, count


def test_a_long_history_costs_no_memory(long_history):
    run, count = long_history
    curves.of_run(run.id, ["loss"], most=120)  # compiles

    tracemalloc.start()
    began = time.process_time()
    [curve] = curves.of_run(run.id, ["loss"], most=120)
    samples = sampled.of_runs([run.uuid], "loss", max_results=2500)
    seconds, peak = time.process_time() - began, tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert peak < 5_000_000, "as a whole it would be 30 MB"
    assert seconds < 2
    assert curve.total == count and 123_457 in [point.step for point in curve.points]
    steps = [row.point.step for row in samples]
    assert steps[0] == 0 and steps[-1] == count - 1 and 2400 < len(steps) <= 2500
    assert max(after - before for before, after in zip(steps, steps[1:], strict=False)) <= 161
    part = sampled.of_runs([run.uuid], "loss", max_results=10, steps=(50_000, 99_999))
    assert [row.point.step for row in part][:3] == [50_000, 55_000, 60_000] or len(part) == 10
    [last] = sampled.of_runs([run.uuid], "loss", max_results=1)
    assert last.point.step == count - 1


def test_steps_as_far_apart_as_can_be_are_sampled(run):
    log(run, "loss", [0.0])
    metric_id = curves.series.of_run(run.id, ["loss"])[0].metric_id
    far = 2**63 - 1
    BulkInsert(MetricPoint.__table__).insert_new(
        [(metric_id, 2000 + n, n, 0.5, False) for n in range(1, sampled.MAX_READ_WHOLE + 1)]
        + [(metric_id, 1, -far, 0.1, False), (metric_id, 2, far, 0.2, False)]
    )

    steps = [row.point.step for row in sampled.of_runs([run.uuid], "loss", max_results=100)]

    assert steps[0] == -far and steps[-1] == far
