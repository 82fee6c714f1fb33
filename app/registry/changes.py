"""What every change below a model does to the model itself."""

from sqlalchemy import bindparam, update

from app.prepared import Prepared
from app.registry.models import RegisteredModel

_TABLE = RegisteredModel.__table__
_TOUCH = Prepared(
    update(_TABLE).where(_TABLE.c.id == bindparam("model_id")).values(updated_at=bindparam("now"))
)


def touch_model(model_id: int, now: int) -> None:
    """Say that something about the model changed at `now`, in milliseconds."""
    _TOUCH.run(model_id=model_id, now=now)
