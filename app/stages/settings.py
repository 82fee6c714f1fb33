"""Managing the list of stages: create, change, order, remove. For administrators."""

import re
from collections.abc import Sequence

from sqlalchemy import bindparam, func, select, update

from app.audit import recorder
from app.audit.recorder import Kind
from app.authz.actors import Actor
from app.authz.administrators import check_configures
from app.authz.levels import Level
from app.core import clock
from app.core.key_rules import check_length
from app.db.statements import Statement
from app.db.transactions import db
from app.registry import queries, stage_spans
from app.registry.tables import ARCHIVED, COLOURS, NONE, ModelVersion, RegisteredModel, Stage
from app.stages import definitions, errors, open_requests, rules
from app.stages.definitions import StageRow, Stages
from app.stages.governed import aliases as governed_aliases
from app.stages.tables import StageRule

PERMANENT_STAGES = (NONE, ARCHIVED)
LEVELS = (Level.MANAGE_STAGING, Level.MANAGE_PRODUCTION, Level.MANAGE)
MAX_NAME_LENGTH = 64
MAX_PURPOSE_LENGTH = 1_000
_NAME = re.compile(r"[^\W_][\w.\- ]*\Z")
_COUNT_VERSIONS = Statement(
    select(func.count().label("count"))
    .select_from(ModelVersion.__table__)
    .join(RegisteredModel.__table__, queries.MODEL.id == queries.VERSION.model_id)
    .where(queries.LIVING, queries.VERSION.stage_id == bindparam("stage_id"))
)
_RULE = StageRule.__table__.c
_ALIASES = Statement(
    select(queries.STAGE.name)
    .join_from(StageRule.__table__, Stage.__table__, queries.STAGE.id == _RULE.stage_id)
    .outerjoin(RegisteredModel.__table__, queries.MODEL.id == _RULE.model_id)
    .where(
        (_RULE.bound_stage_id == bindparam("stage_id")) | (_RULE.followed_stage_id == bindparam("stage_id")),
        queries.MODEL.deleted_at.is_(None),
    )
)
_MOVE_ALL = Statement(
    update(ModelVersion.__table__)
    .where(queries.VERSION.stage_id == bindparam("from_stage"))
    .values(stage_id=bindparam("to_stage"), updated_at=bindparam("now"))
    .returning(queries.VERSION.id, queries.VERSION.model_id)
)


def create(
    name: str, *, colour: str = "blue", purpose: str = "", level: int = Level.MANAGE_STAGING, actor: Actor
) -> StageRow:
    """Creates a stage, placed before Archived. Clients reach it by its name at once (`models:/churn/Canary`).

    `level` is what it takes to move a version in or out of it, one of `LEVELS`; `colour` one of `COLOURS`.
    Raises `PermissionDenied`, `InvalidParameter`, and `StageNameTaken` for a name that is taken in any case.
    """
    check_configures(actor)
    _check(name, colour, purpose, level)
    definitions.lock_list()
    _free_name(name)
    stages = _stages()
    stage_id = db.session.scalars(select(func.max(Stage.id))).one() + 1
    stage = Stage(id=stage_id, name=name, level=int(level), colour=colour, purpose=purpose)
    names = [known.name for known in stages]
    stages.insert(names.index(ARCHIVED), stage)
    _order(stages)
    db.session.add(stage)
    db.session.flush()
    recorder.record(Kind.STAGE_CREATED, actor=actor, subject=name)
    return _row(stage)


def change(
    stage: str,
    *,
    name: str | None = None,
    colour: str | None = None,
    purpose: str | None = None,
    level: int | None = None,
    seen: str | None = None,
    actor: Actor,
) -> StageRow:
    """Gives a stage another name, colour, purpose or level; what is None stays.

    None and Archived keep their names, by which clients know them. Raises as `create`, and `StageChanged` where
    the stage is no longer the one whose `StageRow.token` was `seen`.
    """
    check_configures(actor)
    definitions.lock_list()
    before = definitions.find(stage)
    definitions.lock(before)
    if seen is not None and seen != before.token:
        raise errors.StageChanged(before.name)
    after = StageRow(
        id=before.id,
        name=before.name if name is None else name,
        level=int(before.level if level is None else level),
        colour=before.colour if colour is None else colour,
        purpose=before.purpose if purpose is None else purpose,
    )
    _check(after.name, after.colour, after.purpose, after.level)
    if after.name != before.name:
        if before.name in PERMANENT_STAGES:
            raise errors.StageNameFixed(before.name)
        _free_name(after.name, except_id=before.id)
    if after == before:
        return after
    changed = [key for key in after._fields if getattr(before, key) != getattr(after, key)]
    stored = db.session.get_one(Stage, before.id)
    for key in changed:
        setattr(stored, key, getattr(after, key))
    db.session.flush()
    recorder.record(
        Kind.STAGE_CHANGED,
        actor=actor,
        subject=before.name,
        before=_fields_text(before, changed),
        after=_fields_text(after, changed),
    )
    return after


def reorder(names: Sequence[str], *, actor: Actor) -> list[StageRow]:
    """Puts the stages in this order, which names each of them once. Raises `StagesChanged` where it does not."""
    check_configures(actor)
    definitions.lock_list()
    stages = {stage.name.lower(): stage for stage in _stages()}
    if sorted(name.lower() for name in names) != sorted(stages):
        raise errors.StagesChanged()
    before = list(stages.values())
    after = [stages[name.lower()] for name in names]
    if after != before:
        _order(after)
        db.session.flush()
        recorder.record(
            Kind.STAGES_ORDERED,
            actor=actor,
            before=", ".join(stage.name for stage in before),
            after=", ".join(stage.name for stage in after),
        )
    return [_row(stage) for stage in after]


def count_versions(stage: str) -> int:
    """Returns how many living versions are in the stage, so that a page can ask where they go."""
    return _COUNT_VERSIONS.scalar(stage_id=definitions.find(stage).id)


def remove(stage: str, *, to: str | None = None, actor: Actor) -> int:
    """Removes a stage; the versions in it go to the stage `to`. Returns how many those were.

    Open requests for it are closed; the history keeps it. Raises `StageNotRemovable` for None and Archived,
    `StageOfAliases` while aliases follow it or are bound to it,
    `SuccessorStageNeeded` where it holds versions and there is no `to`, and `SuccessorStageRestricted` for a
    `to` whose rule does not let it take all of them.
    """
    check_configures(actor)
    definitions.lock_list()
    known = Stages()
    removed = known.find(stage)
    if removed.name in PERMANENT_STAGES:
        raise errors.StageNotRemovable(removed.name)
    target = None if to is None else known.find(to, field="to")
    if target == removed:
        raise errors.SuccessorIsRemovedStage()
    aliases = _aliases_with(removed)
    if aliases:
        raise errors.StageOfAliases(removed.name, aliases)
    definitions.lock(removed)
    if target is not None:
        definitions.lock_shared(target)
    count = count_versions(removed.name)
    if count and target is None:
        raise errors.SuccessorStageNeeded(removed.name, count)
    now = clock.now_ms()
    if count and target is not None:
        _check_takes_all(target)
    _move_all(removed, target or known.find(NONE), actor=actor, now=now)
    open_requests.drop_stage(removed.id, actor=actor, now=now)
    db.session.get_one(Stage, removed.id).removed_at = now
    db.session.flush()
    recorder.record(
        Kind.STAGE_REMOVED,
        actor=actor,
        subject=removed.name,
        before=removed.name,
        after=target.name if target else None,
    )
    return count


def _aliases_with(stage: StageRow) -> list[str]:
    """Returns the aliases and patterns, with their mark, that follow the stage or are bound to it, on any model."""
    return sorted({row.name for row in _ALIASES.rows(stage_id=stage.id)})


def _move_all(removed: StageRow, target: StageRow, *, actor: Actor, now: int) -> None:
    """Moves every version of the stage in one statement.

    Deleted ones move with them, so that they are in a stage when somebody restores them.
    """
    moved = _MOVE_ALL.rows(from_stage=removed.id, to_stage=target.id, now=now)
    events = []
    for version in moved:
        ended = stage_spans.end(version.id, now=now)
        if ended is not None:
            stage_spans.begin(version.model_id, version.id, target.id, now=ended, actor=actor)
            events.append(
                {
                    "kind": Kind.VERSION_MOVED_WITH_STAGE.value,
                    **recorder.by(actor),
                    "model_id": version.model_id,
                    "version_id": version.id,
                    "before": removed.name,
                    "after": target.name,
                }
            )
    recorder.record_all(events)
    for model_id in {version.model_id for version in moved}:
        governed_aliases.settle(model_id, actor=actor)


def _check_takes_all(target: StageRow) -> None:
    for rule in (rules.of(target, None), *rules.overrides(target)):
        if rule.must_request or rule.is_exclusive or rule.has_requirements:
            raise errors.SuccessorStageRestricted(target.name, rules.describe(rule))


def _stages() -> list[Stage]:
    query = (
        select(Stage)
        .where(Stage.removed_at.is_(None), Stage.kind == "stage")
        .order_by(Stage.position, Stage.id)
    )
    return list(db.session.scalars(query))


def _row(stage: Stage) -> StageRow:
    return StageRow(stage.id, stage.name, stage.level, stage.colour, stage.purpose)


def _order(stages: Sequence[Stage]) -> None:
    for position, stage in enumerate(stages, 1):
        stage.position = position


def _free_name(name: str, *, except_id: int = 0) -> None:
    """Raises `StageNameTaken` where a stage has the name; a removed one that had it is renamed."""
    others = list(db.session.scalars(select(Stage).where(Stage.id != except_id)))
    taken = {stage.name.lower() for stage in others}
    for stage in others:
        if stage.name.lower() != name.lower():
            continue
        if stage.removed_at is None:
            raise errors.StageNameTaken(stage.name)
        stage.name = _removed_name(stage.name, taken)
    # Before another takes the name, which is unique.
    db.session.flush()


def _removed_name(name: str, taken: set[str]) -> str:
    suffixes = (f" (removed{'' if n == 1 else f' {n}'})" for n in range(1, 1000))
    candidates = (f"{name[:40]}{suffix}" for suffix in suffixes)
    return next(candidate for candidate in candidates if candidate.lower() not in taken)


def _check(name: str, colour: str, purpose: str, level: int) -> None:
    check_length("name", MAX_NAME_LENGTH, name, field="name")
    if not _NAME.match(name) or name != name.strip() or name.isdigit() or name.lower() == "latest":
        raise errors.InvalidStageName(name)
    if colour not in COLOURS:
        raise errors.InvalidStageColour(COLOURS)
    check_length("purpose", MAX_PURPOSE_LENGTH, purpose, field="purpose")
    if level not in LEVELS:
        raise errors.InvalidStageLevel()


def _fields_text(stage: StageRow, fields: Sequence[str]) -> str:
    return ", ".join(f"{key} {getattr(stage, key)}" for key in fields)
