"""Parameters of runs, each written once."""

from collections.abc import Mapping, Sequence

import orjson
from sqlalchemy import Executable, bindparam, select

from app.authz.actors import Actor
from app.db.statements import Statement, each_of
from app.db.transactions import upsert
from app.tracking import names, runs
from app.tracking.errors import ParamChanged
from app.tracking.runs import RunRow
from app.tracking.tables import Param

PARAM = Param.__table__.c


def _insert() -> Executable:
    # The primary key decides between two who log the same parameter at once.
    return upsert(Param.__table__).on_conflict_do_nothing()


_INSERT = Statement(_insert, columns=("run_id", "key", "value"))
_STORED = Statement(
    lambda: select(PARAM.key, PARAM.value).where(
        PARAM.run_id == bindparam("run_id"), PARAM.key.in_(each_of("keys", str))
    )
)


def log(uuid: str, key: str, value: str, *, actor: Actor) -> None:
    """Logs a parameter; the same value again does no harm.

    Raises `RunNotFound`, `PermissionDenied`, `RunIsDeleted`, `ParamChanged` for another value, or
    `InvalidParameter` for a key that cannot be used.
    """
    key, value = names.param(key, value)
    run = runs.writable(uuid, actor=actor)
    for change in put(run, {key: value}):
        raise ParamChanged(key, change["old_value"], value, uuid)


def put(run: RunRow, params: Mapping[str, str]) -> Sequence[Mapping[str, str]]:
    """Writes checked parameters of a run that can be logged to, leaving those that are there.

    Returns what would have changed a value that is there: an empty list is success.
    """
    # In one order everywhere, so that two who write the same keys at once wait and do not deadlock.
    rows = [{"run_id": run.id, "key": key, "value": value} for key, value in sorted(params.items())]
    if len(rows) == 1:
        if _INSERT.run(**rows[0]):
            return []
    else:
        _INSERT.run_many(rows)
    stored = _STORED.mapping(run_id=run.id, keys=orjson.dumps(list(params)).decode())
    return [
        {"key": key, "old_value": stored[key], "new_value": value}
        for key, value in params.items()
        if stored.get(key, value) != value
    ]
