"""Parameters of runs, each written once."""

import functools
from collections.abc import Mapping, Sequence

from sqlalchemy import select

from app.authz.actors import Actor
from app.core.errors import InvalidParameter
from app.db.statements import Statement
from app.db.transactions import db, upsert
from app.tracking import names, runs
from app.tracking.runs import RunRow
from app.tracking.tables import Param

PARAM = Param.__table__.c


def log(uuid: str, key: str, value: str, *, actor: Actor) -> None:
    """Log a parameter; the same value again does no harm.

    Raises `NotFound`, `PermissionDenied`, or `InvalidParameter` for another value, a key that cannot be
    used or a deleted run.
    """
    key, value = names.param(key, value)
    run = runs.writable(uuid, actor=actor)
    for change in put(run, {key: value}):
        raise InvalidParameter(
            f"Changing param values is not allowed. Param with key='{key}' was already logged with "
            f"value='{change['old_value']}' for run ID='{uuid}'. Attempted logging new value '{value}'."
        )


def put(run: RunRow, params: Mapping[str, str]) -> Sequence[Mapping[str, str]]:
    """Write checked parameters of a run that can be logged to, leaving those that are there.

    Returns what would have changed a value that is there: an empty list is success.
    """
    written = _insert(run.id, params)
    if len(written) == len(params):
        return []
    query = select(PARAM.key, PARAM.value).where(PARAM.run_id == run.id, PARAM.key.in_(set(params) - written))
    there = dict(db.session.execute(query).all())  # type: ignore[arg-type]
    return [
        {"key": key, "old_value": there[key], "new_value": value}
        for key, value in params.items()
        if key in there and there[key] != value
    ]


def _insert(run_id: int, params: Mapping[str, str]) -> set[str]:
    """Write what is not there yet; its keys. The primary key decides between two who log the same at once."""
    dialect = db.engine.dialect.name
    if len(params) == 1:
        [(key, value)] = params.items()
        return {key} if _insert_new(dialect).first(run_id=run_id, key=key, value=value) else set()
    rows = [{"run_id": run_id, "key": key, "value": value} for key, value in sorted(params.items())]
    return set(db.session.scalars(_insert_new(dialect).statement, rows))


@functools.cache
def _insert_new(_dialect: str) -> Statement:
    statement = upsert(Param.__table__).on_conflict_do_nothing().returning(PARAM.key)
    return Statement(statement, columns=("run_id", "key", "value"))
