"""Deleted models: which there are, and the verb that brings one back.

A deleted model keeps its row, with its versions, tags, aliases and history; its name is free meanwhile.
"""

from typing import NamedTuple

from sqlalchemy import bindparam, literal_column, select, update
from sqlalchemy.exc import IntegrityError

from app import clock
from app.accounts import rights
from app.accounts.actors import Actor
from app.accounts.levels import Level
from app.accounts.permissions import Permission
from app.accounts.viewing import viewer
from app.audit import events
from app.audit.events import Kind
from app.database import connection, db
from app.errors import AlreadyExists, NotFound
from app.prepared import Prepared
from app.registry import intervals, reads
from app.registry.models import RegisteredModel

MOST = 200


class DeletedModel(NamedTuple):
    """A model that is deleted; times in milliseconds."""

    id: int
    name: str
    description: str | None
    deleted_at: int


_DELETED = select(reads.MODEL.id, reads.MODEL.name, reads.MODEL.description, reads.MODEL.deleted_at).where(
    reads.MODEL.deleted_at.is_not(None)
)
_NEWEST_FIRST = (reads.MODEL.deleted_at.desc(), reads.MODEL.id.desc())
_FIND = rights.Viewed(_DELETED.where(reads.MODEL.id == bindparam("model_id")), rights.MODELS, reads.MODEL.id)
_LEVEL = Prepared(select(rights.MODELS.level(reads.MODEL.id)).where(reads.MODEL.id == bindparam("model_id")))
_RETURN = Prepared(
    update(RegisteredModel.__table__)
    .where(reads.MODEL.id == bindparam("of_model"), reads.MODEL.deleted_at.is_not(None))
    .values(deleted_at=None, updated_at=bindparam("now"))
)


def newest() -> list[DeletedModel]:
    """The models deleted last, at most `MOST`, of those that the viewer may bring back."""
    query = _DELETED.where(*rights.listed(rights.MODELS, reads.MODEL.id)).order_by(*_NEWEST_FIRST).limit(MOST)
    if rights.MODELS.everywhere(viewer()) < Level.MANAGE:
        query = query.where(rights.MODELS.level(reads.MODEL.id) >= literal_column(str(int(Level.MANAGE))))
    return [DeletedModel(*row) for row in db.session.execute(query)]


def restore(model_id: int, *, actor: Actor) -> str:
    """Bring a deleted model back with all it had; its name.

    Raises `NotFound` where no deleted model of that key is to be seen, `PermissionDenied`, and
    `AlreadyExists` while another living model has the name.
    """
    row = _FIND.first(model_id=model_id)
    if row is None:
        raise NotFound("There is no such deleted model: somebody may have brought it back already.")
    found = DeletedModel(*row)
    level = _LEVEL.scalar(model_id=model_id, **rights.MODELS.asked_for(actor)) or 0
    rights.MODELS.check(Permission.MODELS_MANAGE, level, actor, f"the deleted model {found.name}")
    now = clock.now_ms()
    try:
        # A name that is taken fails this step alone: who catches the error can go on reading.
        with connection().begin_nested():
            _RETURN.run(of_model=model_id, now=now)
    except IntegrityError as error:
        raise AlreadyExists(
            f"There is another model called {found.name} by now. Rename or delete that one first, then "
            "bring this one back."
        ) from error
    intervals.resume_all(model_id, now=now, actor=actor)
    events.record(Kind.MODEL_RESTORED, actor=actor, model_id=model_id, after=found.name)
    return found.name
