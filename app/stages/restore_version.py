"""Deleted versions of a model: the list of them, and the verb that restores one.

A deleted version keeps its row, with its tags, description, files, comments and history; its number is
never reused. Its stage and aliases are free for others from then on: it is restored in None, like a new
version, and without aliases. To have it in a stage again takes what the stage's rule requires.
"""

from typing import NamedTuple

from sqlalchemy import bindparam, literal_column, select

from app.audit import recorder
from app.audit.recorder import Kind
from app.authz.actors import Actor
from app.authz.permissions import Permission
from app.db.statements import Statement
from app.registry import access, queries
from app.registry.errors import VersionNotFound
from app.registry.names import version_number
from app.registry.queries import VersionRow
from app.registry.tables import ModelVersion, Stage
from app.stages import moves
from app.stages.errors import VersionNotDeleted

MAX_LISTED = 200


class DeletedVersion(NamedTuple):
    """A version that is deleted; times in milliseconds. `stage` is the one it held then."""

    number: int
    stage: str
    description: str | None
    created_by: str
    deleted_at: int


_DELETED = (
    select(
        queries.VERSION.number,
        queries.STAGE.name.label("stage"),
        queries.VERSION.description,
        queries.VERSION.created_by,
        queries.VERSION.deleted_at,
    )
    .join_from(ModelVersion.__table__, Stage.__table__, queries.STAGE.id == queries.VERSION.stage_id)
    .where(queries.VERSION.model_id == bindparam("model_id"), queries.VERSION.deleted_at.is_not(None))
)
_NEWEST = Statement(
    _DELETED.order_by(queries.VERSION.deleted_at.desc(), queries.VERSION.number.desc()).limit(
        literal_column(str(MAX_LISTED))
    ),
    DeletedVersion,
)
_BY_NUMBER = Statement(_DELETED.where(queries.VERSION.number == bindparam("number")), DeletedVersion)


def newest(name: str) -> list[DeletedVersion]:
    """Returns the versions of a living model deleted last, at most `MAX_LISTED`. Raises `ModelNotFound`."""
    return _NEWEST.rows(model_id=queries.model_id(name))


def find(name: str, number: int | str) -> DeletedVersion:
    """Returns the deleted version of that number. Raises `VersionNotFound`, `ModelNotFound`."""
    number = version_number(number)
    version = _BY_NUMBER.first(model_id=queries.model_id(name), number=number)
    if version is None:
        raise VersionNotFound(name, number)
    return version


def restore(name: str, number: int | str, *, actor: Actor) -> VersionRow:
    """Restores a deleted version, in None and without aliases, with all else that it had.

    Raises `NotFound` for the model and for a number that no version ever had, `PermissionDenied`, and
    `VersionNotDeleted`, as after somebody else's click.
    """
    number = version_number(number)
    access.check(name, Permission.MODELS_MANAGE, actor)
    model_id = queries.model_id(name)
    version_id = moves.restore(model_id, number, actor=actor)
    row = queries.version(name, number)
    if version_id is None:
        raise VersionNotDeleted(name, number)
    recorder.record(
        Kind.VERSION_RESTORED, actor=actor, model_id=model_id, version_id=row.id, after=str(row.number)
    )
    return row
