"""The newest points of chosen metrics, for many runs at once: columns of a list, points of a chart."""

from collections.abc import Collection
from typing import Any

from sqlalchemy import Select, func, select

from app.authz import access_queries
from app.db.transactions import db, in_parts
from app.tracking.tables import Metric, Run

RUN = Run.__table__.c
METRIC = Metric.__table__.c
_RUNS_WITH_METRICS = Run.__table__.join(Metric.__table__, METRIC.run_id == RUN.id)


def values_of(run_uuids: Collection[str], keys: Collection[str]) -> dict[str, dict[str, float]]:
    """The newest value of each of the metrics `keys`, by run and key; NaN may be one.

    Runs that are not there, or that the viewer may not read, are passed over.
    """
    found: dict[str, dict[str, float]] = {}
    if not keys:
        return found
    query = _readable(select(RUN.uuid, METRIC.key, METRIC.value, METRIC.is_nan))
    for some in in_parts(set(run_uuids)):
        rows = db.session.execute(query.where(RUN.uuid.in_(some), METRIC.key.in_(set(keys))))
        for uuid, key, value, is_nan in rows:
            found.setdefault(uuid, {})[key] = float("nan") if is_nan else value
    return found


def commonest_keys(run_uuids: Collection[str], most: int) -> list[str]:
    """The metrics that most of the runs have, at most so many, the commonest first."""
    if not run_uuids:
        return []
    count = func.count().label("runs")
    query = _readable(select(METRIC.key, count)).where(RUN.uuid.in_(set(run_uuids)))
    query = query.group_by(METRIC.key).order_by(count.desc(), METRIC.key).limit(most)
    return [key for key, _count in db.session.execute(query)]


def _readable(query: Select[Any]) -> Select[Any]:
    return query.select_from(_RUNS_WITH_METRICS).where(
        *access_queries.listed(access_queries.EXPERIMENTS, RUN.experiment_id)
    )
