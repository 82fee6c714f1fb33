"""Reads the last points of a run's metrics, for small curves beside their values."""

from collections.abc import Collection
from typing import NamedTuple

from sqlalchemy import bindparam, select

from app.db.statements import Statement
from app.tracking.tables import Metric, MetricPoint

METRIC = Metric.__table__.c
POINT = MetricPoint.__table__.c
MAX_POINTS = 200


class _Point(NamedTuple):
    step: int
    timestamp: int
    value: float
    is_nan: bool


_IDS = Statement(select(METRIC.key, METRIC.id).where(METRIC.run_id == bindparam("run_id")))
# By time, which is how the table lies on the disk: as quick for a metric of a million points.
_LAST = Statement(
    select(POINT.step, POINT.timestamp, POINT.value, POINT.is_nan)
    .where(POINT.metric_id == bindparam("metric_id"))
    .order_by(POINT.timestamp.desc(), POINT.step.desc())
    .limit(MAX_POINTS),
    _Point,
)


def of_run(run_id: int, keys: Collection[str]) -> dict[str, list[float]]:
    """Returns the values of the last `MAX_POINTS` points of each of these metrics, by step; they may be NaN.

    One statement for each metric: the caller bounds how many. The run is one that the viewer was shown.
    """
    return {
        key: [
            float("nan") if point.is_nan else point.value for point in sorted(_LAST.rows(metric_id=metric_id))
        ]
        for key, metric_id in _IDS.mapping(run_id=run_id).items()
        if key in keys
    }
