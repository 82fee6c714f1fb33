"""The stages as they are now, and how one is found by what a client calls it."""

from typing import NamedTuple

from sqlalchemy import bindparam, select

from app.core.errors import InvalidParameter, StaleState
from app.db.statements import Statement
from app.db.transactions import db
from app.registry import queries

_STAGES = Statement(
    select(
        queries.STAGE.id, queries.STAGE.name, queries.STAGE.level, queries.STAGE.colour, queries.STAGE.purpose
    )
    .where(queries.STAGE.removed_at.is_(None))
    .order_by(queries.STAGE.position, queries.STAGE.id)
)

_THIS = select(queries.STAGE.id).where(
    queries.STAGE.id == bindparam("stage_id"), queries.STAGE.removed_at.is_(None)
)
_HOLD = Statement(_THIS.with_for_update(read=True))
_LOCK = Statement(_THIS.with_for_update())


class StageRow(NamedTuple):
    """A stage; `level` is what it takes to move a version in or out of it (`app.authz.levels`)."""

    id: int
    name: str
    level: int
    colour: str = "blue"
    purpose: str = ""


def every() -> list[StageRow]:
    """The stages in their order."""
    return [StageRow(*row) for row in _STAGES.rows()]


def names() -> list[str]:
    """The stages' names in their order."""
    return [stage.name for stage in every()]


class Stages(dict[str, StageRow]):
    """The stages in their order, by their names in lower case."""

    def __init__(self) -> None:
        super().__init__((stage.name.lower(), stage) for stage in every())

    def find(self, text: str, field: str = "stage") -> StageRow:
        """The stage of that name, whatever its case. Raises `InvalidParameter` where there is none."""
        stage = self.get(text.lower())
        if stage is None:
            known = ", ".join(one.name for one in self.values())
            raise InvalidParameter(
                f"Invalid Model Version stage: {text}. Value must be one of {known}.", field=field
            )
        return stage


def find(text: str) -> StageRow:
    """The stage of that name, whatever its case. Raises `InvalidParameter` where there is none."""
    return Stages().find(text)


def hold(stage: StageRow) -> None:
    """Until the transaction ends, nobody removes the stage nor changes its rules. Raises `StaleState`.

    Taken after the model's lock and before anything is written. SQLite has one writer at a time anyway.
    """
    if db.engine.dialect.name != "sqlite" and _HOLD.scalar(stage_id=stage.id) is None:
        raise _removed(stage)


def lock(stage: StageRow) -> None:
    """Until the transaction ends, nobody moves a version into the stage. Raises `StaleState`.

    For whoever removes the stage or changes its rules; locks of models are not taken after it.
    """
    if _LOCK.scalar(stage_id=stage.id) is None:
        raise _removed(stage)


def _removed(stage: StageRow) -> StaleState:
    return StaleState(f"The stage {stage.name} was removed in the meantime.")
