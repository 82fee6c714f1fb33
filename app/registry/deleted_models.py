"""Deleted models: the list of them, and the verb that restores one.

A deleted model keeps its row, with its versions, tags, aliases and history; another model can have its name.
"""

from typing import NamedTuple

from sqlalchemy import bindparam, literal_column, select, update
from sqlalchemy.exc import IntegrityError

from app.audit import recorder
from app.audit.recorder import Kind
from app.authz import access_queries
from app.authz.actors import Actor
from app.authz.levels import Level
from app.authz.permissions import Permission
from app.authz.viewer import viewer
from app.core import clock
from app.core.ids import RegisteredModelId
from app.db.statements import Statement
from app.db.transactions import undoing_one_statement
from app.registry import alias_spans, queries, stage_spans
from app.registry.errors import DeletedModelNotFound, RestoredNameTaken
from app.registry.tables import NONE, NONE_ID, ModelVersion, RegisteredModel

MAX_DELETED = 200  # in the list


class DeletedModel(NamedTuple):
    """A model that is deleted; times in milliseconds."""

    id: RegisteredModelId
    name: str
    description: str | None
    deleted_at: int


_DELETED = select(
    queries.MODEL.id, queries.MODEL.name, queries.MODEL.description, queries.MODEL.deleted_at
).where(queries.MODEL.deleted_at.is_not(None))
_NEWEST_FIRST = (queries.MODEL.deleted_at.desc(), queries.MODEL.id.desc())
_FIND = queries.viewed(_DELETED.where(queries.MODEL.id == bindparam("model_id")), DeletedModel)
_NEWEST = queries.viewed(
    _DELETED.order_by(*_NEWEST_FIRST).limit(literal_column(str(MAX_DELETED))), DeletedModel
)
_NEWEST_MANAGED = queries.viewed(
    _DELETED.where(access_queries.MODELS.level(queries.MODEL.id) >= literal_column(str(int(Level.MANAGE))))
    .order_by(*_NEWEST_FIRST)
    .limit(literal_column(str(MAX_DELETED))),
    DeletedModel,
)
_LEVEL = Statement(
    select(access_queries.MODELS.level(queries.MODEL.id)).where(queries.MODEL.id == bindparam("model_id"))
)
_RESTORE = Statement(
    update(RegisteredModel.__table__)
    .where(queries.MODEL.id == bindparam("of_model"), queries.MODEL.deleted_at.is_not(None))
    .values(deleted_at=None, updated_at=bindparam("now"))
)

_TO_NONE = Statement(
    update(ModelVersion.__table__)
    .where(queries.VERSION.id == bindparam("of_version"))
    .values(stage_id=literal_column(str(NONE_ID)), updated_at=bindparam("now"))
)


def newest() -> list[DeletedModel]:
    """Returns the models deleted last, at most `MAX_DELETED`, of those that the viewer may restore."""
    manages_all = access_queries.MODELS.level_on_all(viewer()) >= Level.MANAGE
    return (_NEWEST if manages_all else _NEWEST_MANAGED).rows()


def restore(model_id: RegisteredModelId, *, actor: Actor) -> str:
    """Restores a deleted model with all it had, and returns its name.

    A version whose files are not those that came into its stage comes back in None.

    Raises `DeletedModelNotFound`, `PermissionDenied`, and `RestoredNameTaken` while another living model has the
    name.
    """
    deleted = _FIND.first(model_id=model_id)
    if deleted is None:
        raise DeletedModelNotFound(model_id)
    level = _LEVEL.scalar(model_id=model_id, **access_queries.MODELS.parameters_of(actor)) or 0
    access_queries.MODELS.check(Permission.MODELS_MANAGE, level, actor, f"the deleted model {deleted.name}")
    now = clock.now_ms()
    try:
        # A name that is taken fails this step alone: who catches the error can go on reading.
        with undoing_one_statement():
            is_restored = _RESTORE.run(of_model=model_id, now=now)
    except IntegrityError as error:
        raise RestoredNameTaken(deleted.name) from error
    if not is_restored:  # somebody else restored it since it was read
        raise DeletedModelNotFound(model_id)
    _take_changed_from_stages(model_id, now=now, actor=actor)
    stage_spans.resume_all(model_id, now=now, actor=actor)
    alias_spans.resume_all(model_id, now=now, actor=actor)
    recorder.record(Kind.MODEL_RESTORED, actor=actor, model_id=model_id, after=deleted.name)
    return deleted.name


def _take_changed_from_stages(model_id: RegisteredModelId, *, now: int, actor: Actor) -> None:
    changed = stage_spans.changed_holders(model_id)
    for version in changed:
        _TO_NONE.run(of_version=version.id, now=now)
    event = {
        "kind": Kind.VERSION_TRANSITIONED.value,
        **recorder.by(actor),
        "model_id": model_id,
        "after": NONE,
        "comment": "Its files are not those that came into the stage.",
    }
    recorder.record_all([event | {"version_id": version.id, "before": version.stage} for version in changed])
