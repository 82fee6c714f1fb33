"""Reads the newest values of chosen metrics of many runs at once: columns of a list, points of a chart."""

from collections.abc import Collection
from typing import NamedTuple

import orjson
from sqlalchemy import BigInteger, bindparam, func, select

from app.db.statements import Statement, each_of
from app.tracking import access
from app.tracking.tables import Metric, Run

RUN = Run.__table__.c
METRIC = Metric.__table__.c
_RUNS_WITH_METRICS = Run.__table__.join(Metric.__table__, METRIC.run_id == RUN.id)


class _Value(NamedTuple):
    uuid: str
    key: str
    value: float
    is_nan: bool


_VALUES = Statement(
    lambda: (
        select(RUN.uuid, METRIC.key, METRIC.value, METRIC.is_nan)
        .select_from(_RUNS_WITH_METRICS)
        .where(RUN.uuid.in_(each_of("uuids", str)), METRIC.key.in_(each_of("keys", str)))
    ),
    _Value,
    visible_to=access.list_readers_of(RUN.experiment_id),
)
_COMMONEST = Statement(
    lambda: (
        select(METRIC.key)
        .select_from(_RUNS_WITH_METRICS)
        .where(RUN.uuid.in_(each_of("uuids", str)))
        .group_by(METRIC.key)
        .order_by(func.count().desc(), METRIC.key)
        .limit(bindparam("most", type_=BigInteger))
    ),
    visible_to=access.list_readers_of(RUN.experiment_id),
)


def values_of(run_uuids: Collection[str], keys: Collection[str]) -> dict[str, dict[str, float]]:
    """Returns the newest value of each of the metrics `keys`, by run and key; it may be NaN.

    Runs that do not exist, or that the viewer may not read, are left out.
    """
    values: dict[str, dict[str, float]] = {}
    if not keys or not run_uuids:
        return values
    for row in _VALUES.rows(uuids=_array(run_uuids), keys=_array(keys)):
        values.setdefault(row.uuid, {})[row.key] = float("nan") if row.is_nan else row.value
    return values


def commonest_keys(run_uuids: Collection[str], most: int) -> list[str]:
    """Returns the metrics that most of the runs have, at most so many, the commonest first."""
    return _COMMONEST.scalars(uuids=_array(run_uuids), most=most) if run_uuids else []


def _array(texts: Collection[str]) -> str:
    return orjson.dumps(list(set(texts))).decode()
