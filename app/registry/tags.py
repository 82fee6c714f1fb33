"""Setting and removing a tag, whatever it hangs on."""

import functools
from typing import Any, NamedTuple

from sqlalchemy import and_, bindparam, delete, select, update
from sqlalchemy.dialects import postgresql, sqlite

from app.db.statements import Statement
from app.db.transactions import Base, db


class _Statements(NamedTuple):
    """What is done to the tags of one table, prepared."""

    value: Statement
    change: Statement
    insert: Statement
    take: Statement


@functools.cache
def _statements(table: type[Base], dialect: str) -> _Statements:
    rows = table.__table__
    keys = [column.name for column in rows.primary_key]
    # Not by the columns' own names, which an UPDATE keeps for the values it sets.
    here = and_(*(rows.c[name] == bindparam(f"the_{name}") for name in keys))
    new = postgresql.insert(rows) if dialect == "postgresql" else sqlite.insert(rows)
    return _Statements(
        # Locked as it is read, so that of two who set it at once the later one replaces what the other left.
        Statement(select(rows.c.value).where(here).with_for_update()),
        Statement(update(rows).where(here).values(value=bindparam("new_value"))),
        Statement(
            new.on_conflict_do_update(index_elements=keys, set_={"value": new.excluded.value}),
            columns=(*keys, "value"),
        ),
        Statement(delete(rows).where(here).returning(rows.c.value)),
    )


def put(table: type[Base], key: dict[str, Any], value: str) -> str | None:
    """Write `value` under `key` (the table's primary key) and return what stood there before, if anything.

    Two who set the same tag at once both succeed, the later one's value stays: the insert gives way
    to the row that is there.
    """
    statements = _statements(table, db.engine.dialect.name)
    here = {f"the_{name}": part for name, part in key.items()}
    before = statements.value.scalar(**here)
    if before is None:
        statements.insert.run(**key, value=value)
    elif before != value:
        statements.change.run(**here, new_value=value)
    return before


def take(table: type[Base], key: dict[str, Any]) -> str | None:
    """Remove what stands under `key` and return it, or None when there was nothing."""
    here = {f"the_{name}": part for name, part in key.items()}
    return _statements(table, db.engine.dialect.name).take.scalar(**here)
