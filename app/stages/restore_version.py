"""Deleted versions of a model: which there are, and the verb that brings one back.

A deleted version keeps its row, with its tags, description, files, comments and history; its number is
never given to another. What it held is free meanwhile, and may be another's by now: it comes back in
None, like a new version, and without aliases. Whoever wants it in a stage again goes by the stage's rule.
"""

from typing import NamedTuple

from sqlalchemy import bindparam, literal_column, select

from app.audit import recorder
from app.audit.recorder import Kind
from app.authz.actors import Actor
from app.authz.permissions import Permission
from app.core.errors import InvalidState
from app.db.statements import Statement
from app.registry import access, queries
from app.registry.errors import VersionNotFound
from app.registry.names import version_number
from app.registry.queries import VersionRow
from app.registry.tables import ModelVersion, Stage
from app.stages import moves

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
        queries.VERSION.number,
        queries.STAGE.name,
        queries.VERSION.description,
        queries.VERSION.created_by,
        queries.VERSION.deleted_at,
    )
    .join_from(ModelVersion.__table__, Stage.__table__, queries.STAGE.id == queries.VERSION.stage_id)
    .where(queries.VERSION.model_id == bindparam("model_id"), queries.VERSION.deleted_at.is_not(None))
)
_NEWEST = Statement(
    _DELETED.order_by(queries.VERSION.deleted_at.desc(), queries.VERSION.number.desc()).limit(
        literal_column(str(MOST))
    )
)
_ONE = Statement(_DELETED.where(queries.VERSION.number == bindparam("number")))


def newest(name: str) -> list[DeletedVersion]:
    """The versions of a living model deleted last, at most `MOST`. Raises `NotFound` for the model."""
    return [DeletedVersion(*row) for row in _NEWEST.rows(model_id=queries.model_id(name))]


def find(name: str, number: int | str) -> DeletedVersion:
    """The deleted version of that number. Raises `NotFound` where there is none, or no such model."""
    wanted = version_number(number)
    row = _ONE.first(model_id=queries.model_id(name), number=wanted)
    if row is None:
        raise VersionNotFound(name, wanted)
    return DeletedVersion(*row)


def restore(name: str, number: int | str, *, actor: Actor) -> VersionRow:
    """Bring a deleted version back, in None and without aliases, with all else that it had.

    Raises `NotFound` for the model and for a number that no version ever had, `PermissionDenied`, and
    `InvalidState` where the version is not deleted, as after somebody else's click.
    """
    wanted = version_number(number)
    access.check(name, Permission.MODELS_MANAGE, actor)
    model_id = queries.model_id(name)
    version_id = moves.bring_back(model_id, wanted, actor=actor)
    row = queries.version(name, wanted)
    if version_id is None:
        raise InvalidState(f"Version {wanted} of {name} is not deleted: somebody may have brought it back.")
    recorder.record(
        Kind.VERSION_RESTORED, actor=actor, model_id=model_id, version_id=row.id, after=str(row.number)
    )
    return row
