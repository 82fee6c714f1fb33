"""Setting and removing a tag, whatever it hangs on."""

from typing import Any

from sqlalchemy import delete, select, update

from app.database import Base, db, upsert


def put(table: type[Base], key: dict[str, Any], value: str) -> str | None:
    """Write `value` under `key` (the table's primary key) and return what stood there before, if anything.

    Two who set the same tag at once both succeed, the later one's value stays: the insert gives way
    to the row that is there.
    """
    columns = [getattr(table, name) == part for name, part in key.items()]
    before = db.session.scalar(select(table.value).where(*columns))  # type: ignore[attr-defined]
    if before is not None:
        if before != value:
            db.session.execute(update(table).where(*columns).values(value=value))
        return before
    statement = upsert(table).values({**key, "value": value})
    db.session.execute(
        statement.on_conflict_do_update(index_elements=list(key), set_={"value": statement.excluded.value})
    )
    return None


def take(table: type[Base], key: dict[str, Any]) -> str | None:
    """Remove what stands under `key` and return it, or None when there was nothing."""
    columns = [getattr(table, name) == part for name, part in key.items()]
    return db.session.execute(
        delete(table).where(*columns).returning(table.value).execution_options(synchronize_session=False)  # type: ignore[attr-defined]
    ).scalar()
