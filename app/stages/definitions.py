"""The stages as they are now, and the look-up of one by what a client calls it."""

import hashlib
from typing import NamedTuple

from sqlalchemy import bindparam, select

from app.db.statements import Statement
from app.db.transactions import db
from app.registry import queries
from app.stages.errors import StageRemoved, UnknownStage


class StageRow(NamedTuple):
    """A stage; `level` is what it takes to move a version in or out of it (`app.authz.levels`)."""

    id: int
    name: str
    level: int
    colour: str = "blue"
    purpose: str = ""

    @property
    def token(self) -> str:
        """A short stand-in for the stage as it is, for the hidden field of a form."""
        return hashlib.sha256(repr(tuple(self)).encode("utf-8", "replace")).hexdigest()


_STAGES = Statement(
    select(
        queries.STAGE.id, queries.STAGE.name, queries.STAGE.level, queries.STAGE.colour, queries.STAGE.purpose
    )
    .where(queries.STAGE.removed_at.is_(None))
    .order_by(queries.STAGE.position, queries.STAGE.id),
    StageRow,
)
_BY_ID = select(queries.STAGE.id).where(
    queries.STAGE.id == bindparam("stage_id"), queries.STAGE.removed_at.is_(None)
)
_LOCK_SHARED = Statement(_BY_ID.with_for_update(read=True))
_LOCK = Statement(_BY_ID.with_for_update())


def all_stages() -> list[StageRow]:
    """Returns the stages in their order."""
    return _STAGES.rows()


def names() -> list[str]:
    """Returns the names of the stages in their order."""
    return [stage.name for stage in all_stages()]


class Stages(dict[str, StageRow]):
    """The stages in their order, by their names in lower case."""

    def __init__(self) -> None:
        super().__init__((stage.name.lower(), stage) for stage in all_stages())

    def find(self, name: str, field: str = "stage") -> StageRow:
        """Returns the stage of that name, whatever its case. Raises `UnknownStage` where there is none."""
        stage = self.get(name.lower())
        if stage is None:
            raise UnknownStage(name, [known.name for known in self.values()], field)
        return stage


def find(name: str) -> StageRow:
    """Returns the stage of that name, whatever its case. Raises `UnknownStage` where there is none."""
    return Stages().find(name)


def lock_shared(stage: StageRow) -> None:
    """Keeps the stage and its rules as they are until the transaction ends. Raises `StageRemoved`.

    Taken after the model's lock and before anything is written. SQLite has one writer at a time anyway.
    """
    if db.engine.dialect.name != "sqlite" and _LOCK_SHARED.scalar(stage_id=stage.id) is None:
        raise StageRemoved(stage.name)


def lock(stage: StageRow) -> None:
    """Keeps every version from moving into the stage until the transaction ends. Raises `StageRemoved`.

    For verbs that remove the stage or change its rules; no model is locked after it.
    """
    if _LOCK.scalar(stage_id=stage.id) is None:
        raise StageRemoved(stage.name)
