"""Deleted versions of a model: which there are, and the verb that brings one back.

A deleted version keeps its row, with its tags, description, files, comments and history; its number is
never given to another. What it held is free meanwhile, and may be another's by now: it comes back in
None, like a new version, and without aliases. Whoever wants it in a stage again goes by the stage's rule.
"""

from typing import NamedTuple

from sqlalchemy import bindparam, literal_column, select

from app.accounts.actors import Actor
from app.accounts.permissions import Permission
from app.audit import events
from app.audit.events import Kind
from app.errors import InvalidState
from app.prepared import Prepared
from app.registry import access, moves, reads
from app.registry.models import ModelVersion, Stage
from app.registry.names import version_number
from app.registry.reads import VersionRow

MOST = 200


class DeletedVersion(NamedTuple):
    """A version that is deleted; times in milliseconds. `stage` is the one it held then."""

    number: int
    stage: str
    description: str | None
    created_by: str
    deleted_at: int


_DELETED = (
    select(
        reads.VERSION.number,
        reads.STAGE.name,
        reads.VERSION.description,
        reads.VERSION.created_by,
        reads.VERSION.deleted_at,
    )
    .join_from(ModelVersion.__table__, Stage.__table__, reads.STAGE.id == reads.VERSION.stage_id)
    .where(reads.VERSION.model_id == bindparam("model_id"), reads.VERSION.deleted_at.is_not(None))
)
_NEWEST = Prepared(
    _DELETED.order_by(reads.VERSION.deleted_at.desc(), reads.VERSION.number.desc()).limit(
        literal_column(str(MOST))
    )
)
_ONE = Prepared(_DELETED.where(reads.VERSION.number == bindparam("number")))


def newest(name: str) -> list[DeletedVersion]:
    """The versions of a living model deleted last, at most `MOST`. Raises `NotFound` for the model."""
    return [DeletedVersion(*row) for row in _NEWEST.rows(model_id=reads.find_model(name).id)]


def find(name: str, number: int | str) -> DeletedVersion:
    """The deleted version of that number. Raises `NotFound` where there is none, or no such model."""
    wanted = version_number(number)
    row = _ONE.first(model_id=reads.find_model(name).id, number=wanted)
    if row is None:
        raise reads.missing_version(name, wanted)
    return DeletedVersion(*row)


def restore(name: str, number: int | str, *, actor: Actor) -> VersionRow:
    """Bring a deleted version back, in None and without aliases, with all else that it had.

    Raises `NotFound` for the model and for a number that no version ever had, `PermissionDenied`, and
    `InvalidState` where the version is not deleted, as after somebody else's click.
    """
    wanted = version_number(number)
    access.check(name, Permission.MODELS_MANAGE, actor)
    model = reads.find_model(name)
    version_id = moves.bring_back(model.id, wanted, actor=actor)
    row = reads.version(name, wanted)
    if version_id is None:
        raise InvalidState(f"Version {wanted} of {name} is not deleted: somebody may have brought it back.")
    events.record(
        Kind.VERSION_RESTORED, actor=actor, model_id=model.id, version_id=row.id, after=str(row.number)
    )
    return row
