"""Metrics: which point is the newest, what a history holds, and how it is read."""

import math

import pytest

from app.authz.actors import Actor
from app.core.errors import InvalidParameter
from app.tracking import log_batch, runs
from app.tracking.errors import IncompleteDataset, NegativeTimestamp
from app.tracking.metrics import history, sampled
from app.tracking.metrics.write import MetricRow, Point, check

ANN = Actor("ann")
LARGEST = 1.7976931348623157e308


def log(run: str, *points: Point) -> None:
    log_batch.log(run, points=points, actor=ANN)


def latest(run: str) -> dict[str, MetricRow]:
    return {metric.key: metric for metric in runs.details(run).metrics}


def values(run: str, **rest) -> list[float]:
    return [point.value for point in history.history(runs.find(run).id, "m", **rest)[0]]


@pytest.mark.parametrize(
    ("first", "second", "newest"),
    [
        (Point("m", 1.0, 9, 1), Point("m", 2.0, 1, 2), 2.0),  # the step comes before the time,
        (Point("m", 1.0, 2, 1), Point("m", 2.0, 1, 1), 1.0),  # the time before the value
        (Point("m", 1.0, 1, 1), Point("m", 2.0, 1, 1), 2.0),
    ],
)
def test_the_newest_point_is_told_by_step_then_time_then_value(run, first, second, newest):
    log(run, first)
    log(run, second)
    assert latest(run)["m"].value == newest
    log(run, first, second)
    assert latest(run)["m"].value == newest


def test_the_newest_point_does_not_depend_on_how_points_are_bundled(run):
    points = [Point("m", float(n * 7 % 10), n * 3 % 10, n % 4) for n in range(10)]
    log(run, *points)
    other = runs.create(runs.find(run).experiment_id, actor=ANN).run.uuid
    for point in reversed(points):
        log_batch.log_metric(other, point, actor=ANN)
    assert latest(run) == latest(other)
    assert values(run) == values(other)


def test_the_same_point_logged_again_is_one_point(run):
    log(run, Point("m", 1.0, 1), Point("m", 1.0, 1))
    log(run, Point("m", 1.0, 1))
    assert values(run) == [1.0]


def test_nan_is_read_back_and_infinities_become_the_largest_number(run):
    log(run, Point("nan", math.nan, 1), Point("m", math.inf, 1), Point("m", -math.inf, 2))
    assert math.isnan(latest(run)["nan"].value)
    assert values(run) == [LARGEST, -LARGEST]


def test_whole_numbers_and_others_go_together(run):
    log(run, Point("m", 1, 1), Point("m", 0.5, 2), Point("n", 2, 1))
    assert values(run) == [1.0, 0.5]


def test_zero_and_nan_at_one_moment_are_two_points(run):
    log(run, Point("m", 0.0, 1), Point("m", math.nan, 1), Point("m", math.nan, 1))
    assert [math.isnan(value) for value in values(run)] == [False, True]


def test_a_history_is_in_order_of_time_and_is_paged(run):
    log(run, *(Point("m", float(n), 10 - n, n) for n in range(7)))
    assert values(run) == [6.0, 5.0, 4.0, 3.0, 2.0, 1.0, 0.0]
    run_id, read, token = runs.find(run).id, [], None
    for _ in range(3):
        page, token = history.history(run_id, "m", max_results=3, page_token=token)
        read += [point.value for point in page]
    assert read == values(run)
    assert token is None


def test_pages_end_exactly_where_the_history_does(run):
    log(run, *(Point("m", float(n), n) for n in range(4)))
    _, token = history.history(runs.find(run).id, "m", max_results=4)
    assert token is None


@pytest.mark.parametrize("token", ["abc", "W10=", "WzEsMiwzLDRd", "bnVsbA==", "ÿ", "WzEsMSwxLjAsImEiXQ=="])
def test_a_token_that_was_never_given_out_is_refused(run, token):
    with pytest.raises(InvalidParameter):
        history.history(runs.find(run).id, "m", max_results=1, page_token=token)


def test_a_negative_time_is_refused_with_its_place(run):
    with pytest.raises(NegativeTimestamp) as refused:
        log(run, Point("m", 1.0, 1), Point("m", 1.0, -1))
    assert refused.value.field == "metrics[1].timestamp"


def test_histories_of_many_runs_are_cut_as_one_list(run):
    other = runs.create(runs.find(run).experiment_id, actor=ANN).run.uuid
    for uuid in (run, other):
        log(uuid, Point("m", 1.0, 1), Point("m", 2.0, 2))
    rows = history.of_runs([run, other, "f" * 32], "m", max_results=3)
    assert [row.run_uuid for row in rows] == sorted([run, run, other, other])[:3]


@pytest.mark.parametrize(
    ("most", "expected"),
    [(1, [9]), (2, [0, 9]), (3, [0, 4, 9]), (4, [0, 3, 6, 9]), (10, list(range(10))), (99, list(range(10)))],
)
def test_samples_are_spread_over_the_steps_and_end_with_the_last(run, most, expected):
    log(run, *(Point("m", float(n), 100 - n, n) for n in range(10)))
    rows = sampled.of_runs([run], "m", max_results=most)
    assert [row.point.step for row in rows] == expected


def test_samples_can_be_taken_from_a_range_of_steps(run):
    log(run, *(Point("m", float(n), n, n) for n in range(10)))
    rows = sampled.of_runs([run, "f" * 32], "m", max_results=9, steps=(3, 5))
    assert [row.point.step for row in rows] == [3, 4, 5]


def test_a_point_on_a_data_set_names_it_whole():
    for half in ({"dataset_name": "train"}, {"dataset_digest": "abc"}):
        with pytest.raises(IncompleteDataset):
            check([Point("loss", 1.0, 1, **half)])
