"""Finds the histories of chosen metrics, how long each is, and reads short ones whole."""

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

import orjson
from sqlalchemy import BigInteger, ColumnElement, bindparam, func, select

from app.db.statements import Statement, each_of
from app.tracking import access
from app.tracking.run_children import MetricRow
from app.tracking.tables import Metric, MetricPoint, Run

RUN = Run.__table__.c
METRIC = Metric.__table__.c
POINT = MetricPoint.__table__.c

LAST_STEP = 2**63 - 1
EVERY_STEP = (-LAST_STEP - 1, LAST_STEP)
MAX_POINTS_AT_ONCE = 20_000  # that one statement reads of several histories

Steps = tuple[int, int]


class Point(NamedTuple):
    """A point as it is stored: the value of NaN is zero."""

    timestamp: int
    step: int
    value: float
    is_nan: bool

    @property
    def by_step(self) -> tuple[int, int, float, bool]:
        """What points are sorted by for a curve."""
        return self.step, self.timestamp, self.value, self.is_nan

    def of(self, key: str) -> MetricRow:
        """Returns the point as one of the metric `key`."""
        return MetricRow(key, float("nan") if self.is_nan else self.value, self.timestamp, self.step)


class Series(NamedTuple):
    """The history of a metric of a run, and how many points it has within the steps that were asked for."""

    metric_id: int
    run_uuid: str
    key: str
    total: int


class _PointOfMetric(NamedTuple):
    metric_id: int
    timestamp: int
    step: int
    value: float
    is_nan: bool


def is_within_steps() -> ColumnElement[bool]:
    """Returns the condition that a point's step is between the parameters `first_step` and `last_step`."""
    return POINT.step.between(
        bindparam("first_step", type_=BigInteger), bindparam("last_step", type_=BigInteger)
    )


_POINTS = select(func.count()).where(POINT.metric_id == METRIC.id).correlate(Metric.__table__)
_OF_RUN = Statement(
    lambda: (
        select(METRIC.id.label("metric_id"), RUN.uuid.label("run_uuid"), METRIC.key, _total(_POINTS))
        .join(Run.__table__, RUN.id == METRIC.run_id)
        .where(METRIC.run_id == bindparam("run_id"), METRIC.key.in_(each_of("keys", str)))
    ),
    Series,
)
_OF_RUNS = Statement(
    lambda: (
        select(
            METRIC.id.label("metric_id"),
            RUN.uuid.label("run_uuid"),
            METRIC.key,
            _total(_POINTS.where(is_within_steps())),
        )
        .join(Run.__table__, RUN.id == METRIC.run_id)
        .where(RUN.uuid.in_(each_of("run_uuids", str)), METRIC.key == bindparam("key"))
    ),
    Series,
    visible_to=access.list_readers_of(RUN.experiment_id),
)
_WHOLE = Statement(
    lambda: select(POINT.metric_id, POINT.timestamp, POINT.step, POINT.value, POINT.is_nan).where(
        POINT.metric_id.in_(each_of("metric_ids", int)), is_within_steps()
    ),
    _PointOfMetric,
)


def _total(points):
    return points.scalar_subquery().label("total")


def of_run(run_id: int, keys: Sequence[str]) -> list[Series]:
    """Returns the histories of those metrics of one run that the viewer was shown; in no order."""
    return _OF_RUN.rows(run_id=run_id, keys=_array(keys)) if keys else []


def of_runs(run_uuids: Sequence[str], key: str, steps: Steps = EVERY_STEP) -> list[Series]:
    """Returns the history of one metric in each of these runs, in no order.

    Runs that do not exist, that the viewer may not read, or that have no point within the steps are left out.
    """
    series = _OF_RUNS.rows(run_uuids=_array(run_uuids), key=key, first_step=steps[0], last_step=steps[1])
    return [one for one in series if one.total]


def whole(series: Iterable[Series], steps: Steps = EVERY_STEP) -> Iterator[tuple[Series, list[Point]]]:
    """Yields each of these histories with all its points by step; few statements, each of bounded size."""
    for some in _chunks(series):
        points: dict[int, list[Point]] = {one.metric_id: [] for one in some}
        ids = orjson.dumps(list(points)).decode()
        for row in _WHOLE.rows(metric_ids=ids, first_step=steps[0], last_step=steps[1]):
            points[row.metric_id].append(Point(row.timestamp, row.step, row.value, row.is_nan))
        for one in some:
            yield one, sorted(points[one.metric_id], key=lambda point: point.by_step)


def _chunks(series: Iterable[Series]) -> Iterator[list[Series]]:
    some: list[Series] = []
    for one in series:
        if some and sum(other.total for other in some) + one.total > MAX_POINTS_AT_ONCE:
            yield some
            some = []
        some.append(one)
    if some:
        yield some


def _array(texts: Sequence[str]) -> str:
    return orjson.dumps(list(set(texts))).decode()
