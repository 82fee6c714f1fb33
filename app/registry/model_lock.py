"""Marks a model as changed, and locks it while many of its versions change."""

from sqlalchemy import bindparam, select, update

from app.core.ids import RegisteredModelId
from app.db.statements import Statement
from app.registry.errors import ModelDeleted
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


def lock_model(model_id: RegisteredModelId) -> None:
    """Keeps everybody else from changing the model's versions until the transaction ends; for verbs about many.

    Raises `ModelDeleted` where the model was deleted a moment before. SQLite has one writer at a time anyway.
    """
    if _LOCK.scalar(model_id=model_id) is None:
        raise ModelDeleted(model_id)


def touch_model(model_id: RegisteredModelId, now: int) -> None:
    """Records that something about the model changed at `now`, in milliseconds."""
    _TOUCH.run(model_id=model_id, now=now)
