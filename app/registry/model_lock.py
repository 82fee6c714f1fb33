"""What every change below a model does to the model itself, and how one keeps others off it meanwhile."""

from sqlalchemy import bindparam, select, update

from app.core.errors import NotFound
from app.db.statements import Statement
from app.registry.tables import RegisteredModel

_TABLE = RegisteredModel.__table__
_TOUCH = Statement(
    update(_TABLE).where(_TABLE.c.id == bindparam("model_id")).values(updated_at=bindparam("now"))
)

_LOCK = Statement(
    # Not against keys: whoever writes a row that refers to the model need not wait.
    select(_TABLE.c.id)
    .where(_TABLE.c.id == bindparam("model_id"), _TABLE.c.deleted_at.is_(None))
    .with_for_update(key_share=True)
)


def lock_model(model_id: int) -> None:
    """Until the transaction ends, nobody else changes the model's versions; for verbs about many of them.

    Raises `NotFound` where the model was deleted a moment before. SQLite has one writer at a time anyway.
    """
    if _LOCK.scalar(model_id=model_id) is None:
        raise NotFound("The model was deleted in the meantime.")


def touch_model(model_id: int, now: int) -> None:
    """Say that something about the model changed at `now`, in milliseconds."""
    _TOUCH.run(model_id=model_id, now=now)
