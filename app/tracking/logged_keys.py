"""Reads which metrics, parameters and tags the newest runs of an experiment have: what a table could show."""

from typing import Any, NamedTuple

from sqlalchemy import BigInteger, Select, Table, bindparam, func, literal_column, select, union_all

from app.db.statements import Statement
from app.tracking.tables import Metric, Param, Run, RunTag

RUN = Run.__table__.c
NEWEST_RUNS = 300  # whose keys are looked at
MAX_KEYS = 200

_NEWEST = (
    select(RUN.id)
    .where(RUN.experiment_id == bindparam("experiment_id"), RUN.deleted_at.is_(None))
    .order_by(RUN.start_time.desc(), RUN.uuid)
    .limit(bindparam("runs", type_=BigInteger))
    .subquery("newest")
)


class _Key(NamedTuple):
    kind: str
    key: str
    runs: int


def _commonest(kind: str, table: Table) -> Select[Any]:
    keys = (
        select(literal_column(f"'{kind}'").label("kind"), table.c.key, func.count().label("runs"))
        .select_from(_NEWEST.join(table, table.c.run_id == _NEWEST.c.id))
        .group_by(table.c.key)
        .order_by(func.count().desc(), table.c.key)
        .limit(bindparam("keys", type_=BigInteger))
        .subquery()
    )
    return select(keys)


_TABLES = {"metrics": Metric.__table__, "params": Param.__table__, "tags": RunTag.__table__}
_COMMONEST = Statement(union_all(*(_commonest(kind, table) for kind, table in _TABLES.items())), _Key)


def of_newest_runs(experiment_id: int) -> dict[str, list[str]]:
    """Returns the keys of metrics, params and tags that most of the newest runs have, the commonest first.

    The experiment is one that the viewer was shown.
    """
    keys: dict[str, list[str]] = {kind: [] for kind in _TABLES}
    rows = _COMMONEST.rows(experiment_id=experiment_id, runs=NEWEST_RUNS, keys=MAX_KEYS)
    for row in sorted(rows, key=lambda row: (-row.runs, row.key)):
        keys[row.kind].append(row.key)
    return keys
