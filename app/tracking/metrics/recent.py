"""The last points of a run's metrics, for small curves beside their values."""

from collections import defaultdict
from collections.abc import Collection

from sqlalchemy import bindparam, select

from app.db.statements import Statement
from app.tracking.tables import Metric, MetricPoint

METRIC = Metric.__table__.c
POINT = MetricPoint.__table__.c
MOST = 200

_IDS = Statement(select(METRIC.key, METRIC.id).where(METRIC.run_id == bindparam("run_id")))
# By time, which is how the table lies on the disk: as quick for a metric of a million points.
_LAST = Statement(
    select(POINT.step, POINT.timestamp, POINT.value, POINT.is_nan)
    .where(POINT.metric_id == bindparam("metric_id"))
    .order_by(POINT.timestamp.desc(), POINT.step.desc())
    .limit(MOST)
)


def of_run(run_id: int, keys: Collection[str]) -> dict[str, list[float]]:
    """The values of the last `MOST` points of each of these metrics, by step; NaN may be among them.

    One statement for each metric: the caller bounds how many. The run is one that the viewer was shown.
    """
    ids = {key: metric_id for key, metric_id in _IDS.rows(run_id=run_id) if key in keys}
    found: dict[str, list[float]] = defaultdict(list)
    for key, metric_id in ids.items():
        points = sorted(tuple(row) for row in _LAST.rows(metric_id=metric_id))
        found[key] = [float("nan") if is_nan else value for _step, _time, value, is_nan in points]
    return dict(found)
