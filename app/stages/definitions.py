"""The stages as they are now, and the look-up of one by what a client calls it."""

import hashlib
from fnmatch import fnmatchcase
from typing import NamedTuple

from sqlalchemy import bindparam, literal_column, select

from app.db.statements import Statement
from app.db.transactions import db
from app.registry import queries
from app.registry.tables import NONE_ID
from app.stages.errors import StageRemoved, UnknownStage

# What the names of aliases and tags begin with, where they stand in the place of a stage's.
ALIAS_MARK = "@"
TAG_MARK = "#"


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
    .where(queries.STAGE.removed_at.is_(None), queries.STAGE.kind == literal_column("'stage'"))
    .order_by(queries.STAGE.position, queries.STAGE.id),
    StageRow,
)
_BY_ID = select(queries.STAGE.id).where(
    queries.STAGE.id == bindparam("stage_id"), queries.STAGE.removed_at.is_(None)
)
_LOCK_SHARED = Statement(
    select(queries.STAGE.id)
    .where(queries.STAGE.id.in_([NONE_ID, bindparam("stage_id")]), queries.STAGE.removed_at.is_(None))
    .order_by(queries.STAGE.id)
    .with_for_update(read=True)
)
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


_GOVERNED = Statement(
    select(
        queries.STAGE.id, queries.STAGE.name, queries.STAGE.level, queries.STAGE.colour, queries.STAGE.purpose
    )
    .where(queries.STAGE.removed_at.is_(None), queries.STAGE.kind == bindparam("kind"))
    .order_by(queries.STAGE.id),
    StageRow,
)


def governed(kind: str) -> list[StageRow]:
    """Returns what has rules like a stage: the patterns of aliases (kind `alias`), the keys of tags (kind `tag`)."""
    return _GOVERNED.rows(kind=kind)


def find_governed(name: str) -> StageRow | None:
    """Returns what governs the alias `@name`, under that name, or the tag `#key`; None where nothing does.

    Of several patterns the one that says most comes first: the name itself, then the longest.
    """
    if name.startswith(TAG_MARK):
        return next((row for row in governed("tag") if row.name == name), None)
    if not name.startswith(ALIAS_MARK):
        return None
    return next(iter(governing_alias(name[1:])), None)


def governing_alias(alias: str) -> list[StageRow]:
    """Returns every pattern that the alias fits, under the alias's name, what says most first."""
    named = f"{ALIAS_MARK}{alias}"
    fitting = [row for row in governed("alias") if fnmatchcase(named, _only_stars(row.name))]
    fitting.sort(key=lambda row: (row.name != named, -len(row.name)))
    return [row._replace(name=named) for row in fitting]


def _only_stars(pattern: str) -> str:
    # An alias has letters, digits, dashes and underscores only, but nobody has to know that here.
    return pattern.replace("[", "[[]").replace("?", "[?]")


def find(name: str) -> StageRow:
    """Returns the stage of that name, whatever its case. Raises `UnknownStage` where there is none."""
    return Stages().find(name)


def lock_shared(stage: StageRow) -> None:
    """Keeps the stage and its rules as they are until the transaction ends, and the list. Raises `StageRemoved`.

    Taken after the model's lock and before anything is written. SQLite has one writer at a time anyway.
    """
    if db.engine.dialect.name != "sqlite" and stage.id not in _LOCK_SHARED.scalars(stage_id=stage.id):
        raise StageRemoved(stage.name)


def lock_list_shared() -> None:
    """Keeps the list of what has rules as it is, and the rules of aliases, until the transaction ends.

    For verbs that set aliases or move what they follow: a rule that somebody sets in the meantime would be
    settled by what was there before. Taken as `lock_shared`.
    """
    if db.engine.dialect.name != "sqlite":
        _LOCK_SHARED.scalars(stage_id=NONE_ID)


def lock_list() -> None:
    """Keeps everybody else from the list of what has rules, and from setting aliases, until the transaction ends.

    Taken before the lock of any other stage; None, which is always there, stands for the list.
    """
    _LOCK.scalar(stage_id=NONE_ID)


def lock(stage: StageRow) -> None:
    """Keeps every version from moving into the stage until the transaction ends. Raises `StageRemoved`.

    For verbs that remove the stage or change its rules; no model is locked after it.
    """
    if _LOCK.scalar(stage_id=stage.id) is None:
        raise StageRemoved(stage.name)
