"""Curves of metrics, thinned out for pictures."""

import math

import pytest

from app.tracking import experiments, runs
from app.tracking.metrics import sampled, write
from app.tracking.metrics.write import Point
from tests.factories.registry import ANNA


@pytest.fixture
def run(work):
    return runs.create(experiments.create("nightly", actor=ANNA), actor=ANNA).run


def log(run, key, values):
    write.put(run, [Point(key, value, 1000 + step, step) for step, value in enumerate(values)])


def test_what_was_logged_more_than_once_is_a_curve(run):
    log(run, "auc", [0.1, 0.2])
    log(run, "rows", [10.0])
    log(run, "aaa", [0.1, 0.2, 0.3])

    assert sampled.keys_of(run.id) == ["aaa", "auc"]
    assert sampled.keys_of(run.id + 1) == []


def test_a_short_curve_is_whole_and_in_the_order_of_its_steps(run):
    write.put(run, [Point("auc", 0.3, 1, 2), Point("auc", 0.1, 3, 0), Point("auc", math.nan, 2, 1)])

    [curve] = sampled.of_run(run.id, ["auc", "nothing"], most=100)

    assert [point.step for point in curve.points] == [0, 1, 2]
    assert math.isnan(curve.points[1].value)
    assert curve.total == 3


@pytest.mark.parametrize("count", [99, 100, 101, 250, 1001])
def test_a_long_curve_is_thinned_evenly_with_its_ends_kept(run, count):
    log(run, "loss", [1 / (step + 1) for step in range(count)])
    log(run, "auc", [0.5, 0.6])

    loss, auc = sampled.of_run(run.id, ["loss", "auc"], most=100)

    steps = [point.step for point in loss.points]
    assert steps[0] == 0 and steps[-1] == count - 1 and len(steps) <= 101
    gaps = [after - before for before, after in zip(steps, steps[1:-1], strict=False)]
    assert len(set(gaps)) <= 1 and loss.total == count
    assert len(auc.points) == 2


def test_no_metrics_are_no_curves(run):
    assert sampled.of_run(run.id, [], most=10) == []
