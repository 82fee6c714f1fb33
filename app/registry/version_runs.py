"""The runs that versions come from: which of them only a client's word joins to the version's files, and their metrics.

A client may say of any logged model, and of any address in an object store, that a run of its choice made it. Such a
run's metrics prove nothing about the files, so no rule may count them.
"""

import json
from collections.abc import Iterable
from typing import NamedTuple

from sqlalchemy import select

from app.db.statements import Statement, each_of
from app.db.transactions import db
from app.registry.queries import VERSION
from app.registry.tables import ModelVersion
from app.tracking.tables import Metric, Run

_METRIC, _RUN = Metric.__table__.c, Run.__table__.c


class _Row(NamedTuple):
    version_id: int
    key: str
    value: float
    is_nan: bool


_LAST = Statement(
    lambda: (
        select(VERSION.id.label("version_id"), _METRIC.key, _METRIC.value, _METRIC.is_nan)
        .select_from(ModelVersion.__table__)
        .join(Run.__table__, _RUN.uuid == VERSION.run_uuid)
        .join(Metric.__table__, _METRIC.run_id == _RUN.id)
        .where(VERSION.id.in_(each_of("version_ids", int)), VERSION.run_claimed.is_(False))
    ),
    _Row,
)


def among(version_ids: Iterable[int]) -> frozenset[int]:
    """Returns those of the versions whose run is claimed."""
    ids = list(version_ids)
    if not ids:
        return frozenset()
    query = select(ModelVersion.id).where(ModelVersion.id.in_(ids), ModelVersion.run_claimed)
    return frozenset(db.session.scalars(query))


def is_claimed(version_id: int) -> bool:
    """Returns whether the version's run is claimed: its metrics must not count in rules."""
    return bool(among([version_id]))


def last_metrics(version_ids: Iterable[int]) -> dict[int, dict[str, str]]:
    """Returns the last value of each metric of each version's run, as text that is equal exactly when the value is.

    A run that is claimed has none.
    """
    found: dict[int, dict[str, str]] = {version_id: {} for version_id in version_ids}
    if found:
        for row in _LAST.rows(version_ids=json.dumps(list(found))):
            found[row.version_id][row.key] = "NaN" if row.is_nan else repr(row.value)
    return found
