"""What has a rule beside the stages: names and patterns of aliases, and keys of tags.

Each has a row among the stages, of its own kind, so that rules, requests and approvals go with it as with a stage.
"""

import re

from sqlalchemy import func, select

from app.authz.levels import Level
from app.core.key_rules import check_key
from app.db.transactions import db
from app.registry.tables import Stage
from app.stages import definitions
from app.stages.definitions import ALIAS_MARK, TAG_MARK, StageRow
from app.stages.governed.errors import InvalidAliasPattern, InvalidTagKey

MAX_LENGTH = 63  # with its mark, what the column of a stage's name holds
_PATTERN = re.compile(r"[A-Za-z0-9_*\-]+\Z")


def named_alias(pattern: str) -> str:
    """Returns the name that the pattern of aliases has among the stages. Raises `InvalidAliasPattern`."""
    if not _PATTERN.match(pattern) or len(pattern) > MAX_LENGTH or pattern.count("*") > 3:
        raise InvalidAliasPattern(MAX_LENGTH)
    return f"{ALIAS_MARK}{pattern}"


def named_tag(key: str) -> str:
    """Returns the name that the key of a tag has among the stages. Raises `InvalidTagKey`."""
    check_key(key, "tag")
    if len(key) > MAX_LENGTH or not key.isprintable():
        raise InvalidTagKey(MAX_LENGTH)
    return f"{TAG_MARK}{key}"


def exact(name: str) -> StageRow | None:
    """Returns the row of exactly that name, with its mark."""
    kind = "alias" if name.startswith(ALIAS_MARK) else "tag"
    return next((row for row in definitions.governed(kind) if row.name == name), None)


def ensure(name: str) -> StageRow:
    """Returns the row of that name, with its mark, which is made where there is none yet."""
    found = exact(name)
    if found is not None:
        return found
    definitions.lock_list()
    # Somebody else may have made it before.
    found = exact(name)
    if found is not None:
        return found
    stage_id = db.session.scalars(select(func.max(Stage.id))).one() + 1
    stage = Stage(
        id=stage_id,
        name=name,
        position=stage_id,
        level=int(Level.MANAGE_PRODUCTION),
        colour="grey",
        purpose="",
        kind="alias" if name.startswith(ALIAS_MARK) else "tag",
    )
    db.session.add(stage)
    db.session.flush()
    return StageRow(stage.id, stage.name, stage.level, stage.colour, stage.purpose)
