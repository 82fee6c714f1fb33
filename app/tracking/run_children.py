"""Reads what runs logged: columns that bring it with the run, and metrics of many runs in one statement."""

from collections.abc import Collection
from typing import NamedTuple

import orjson
from sqlalchemy import bindparam, select

from app.db.json_aggregates import json_pairs
from app.db.statements import Statement, each_of
from app.tracking.tables import Metric, Param, Run, RunTag

RUN = Run.__table__.c
METRIC = Metric.__table__.c
PARAM = Param.__table__.c
TAG = RunTag.__table__.c

# For a select on runs: the parameters, and the tags, of each as JSON.
PARAMS = (
    select(json_pairs(PARAM.key, PARAM.value))
    .where(PARAM.run_id == RUN.id)
    .scalar_subquery()
    .label("params_json")
)
TAGS = select(json_pairs(TAG.key, TAG.value)).where(TAG.run_id == RUN.id).scalar_subquery().label("tags_json")

_NAN = float("nan")


class MetricRow(NamedTuple):
    """A point of a metric; `value` may be NaN, `timestamp` is in milliseconds."""

    key: str
    value: float
    timestamp: int
    step: int


_METRICS = select(
    METRIC.run_id, METRIC.key, METRIC.value, METRIC.timestamp, METRIC.step, METRIC.is_nan
).order_by(METRIC.run_id, METRIC.key)
_METRICS_OF_ONE = Statement(_METRICS.where(METRIC.run_id == bindparam("run_id")))
_METRICS_OF_MANY = Statement(lambda: _METRICS.where(METRIC.run_id.in_(each_of("run_ids", int))))


def metrics_of_one(run_id: int) -> list[MetricRow]:
    """Returns the newest point of every metric of this run, by key."""
    return [
        MetricRow(row.key, _NAN if row.is_nan else row.value, row.timestamp, row.step)
        for row in _METRICS_OF_ONE.rows(run_id=run_id)
    ]


def metrics_of(run_ids: Collection[int]) -> dict[int, list[MetricRow]]:
    """Returns the newest point of every metric of these runs, by run and in the order of the keys."""
    metrics: dict[int, list[MetricRow]] = {run_id: [] for run_id in run_ids}
    rows = _METRICS_OF_MANY.rows(run_ids=orjson.dumps(list(metrics)).decode()) if metrics else []
    for row in rows:
        value = _NAN if row.is_nan else row.value
        metrics[row.run_id].append(MetricRow(row.key, value, row.timestamp, row.step))
    return metrics
