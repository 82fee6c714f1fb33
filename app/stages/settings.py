"""Keeping the list of stages: make, change, order, remove. For administrators."""

import re
from collections.abc import Sequence

from sqlalchemy import func, insert, select, update

from app.audit import recorder
from app.audit.recorder import Kind
from app.authz.actors import Actor
from app.authz.administrators import check_administers
from app.authz.levels import Level
from app.core import clock
from app.core.errors import AlreadyExists, InvalidParameter, StaleState
from app.core.key_rules import check_length
from app.db.transactions import db
from app.registry import queries, stage_spans
from app.registry.tables import ARCHIVED, COLOURS, NONE, ModelVersion, RegisteredModel, Stage
from app.stages import definitions, open_requests, rules
from app.stages.definitions import StageRow, Stages

ALWAYS_THERE = (NONE, ARCHIVED)
LEVELS = (Level.MANAGE_STAGING, Level.MANAGE_PRODUCTION, Level.MANAGE)
LONGEST_NAME = 64
LONGEST_PURPOSE = 1_000
_NAME = re.compile(r"[^\W_][\w.\- ]*\Z")
_TABLE = Stage.__table__


def create(
    name: str, *, colour: str = "blue", purpose: str = "", level: int = Level.MANAGE_STAGING, actor: Actor
) -> StageRow:
    """Make a stage, placed before Archived. Clients reach it by its name at once (`models:/churn/Canary`).

    `level` is what it takes to move a version in or out of it, one of `LEVELS`; `colour` one of `COLOURS`.
    Raises `PermissionDenied`, `InvalidParameter`, and `AlreadyExists` for a name that is taken in any case.
    """
    check_administers(actor)
    _check(name, colour, purpose, level)
    _lock_list()
    _free_name(name)
    known = definitions.every()
    stage_id = db.session.execute(select(func.max(queries.STAGE.id))).scalar_one() + 1
    place = next((n for n, stage in enumerate(known) if stage.name == ARCHIVED), len(known))
    made = StageRow(stage_id, name, int(level), colour, purpose)
    db.session.execute(insert(_TABLE).values(position=0, **made._asdict()))
    _order([*known[:place], made, *known[place:]])
    recorder.record(Kind.STAGE_CREATED, actor=actor, subject=name)
    return made


def change(
    stage: str,
    *,
    name: str | None = None,
    colour: str | None = None,
    purpose: str | None = None,
    level: int | None = None,
    actor: Actor,
) -> StageRow:
    """Give a stage another name, colour, purpose or level; what is None stays.

    None and Archived keep their names, by which clients know them. Raises as `create`.
    """
    check_administers(actor)
    _lock_list()
    before = definitions.find(stage)
    definitions.lock(before)
    given = {"name": name, "colour": colour, "purpose": purpose, "level": level}
    after = before._replace(**{key: value for key, value in given.items() if value is not None})
    _check(after.name, after.colour, after.purpose, after.level)
    if after.name != before.name:
        if before.name in ALWAYS_THERE:
            raise InvalidParameter(f"The stage {before.name} keeps its name.", field="name")
        _free_name(after.name, but=before.id)
    values = {**after._asdict(), "level": int(after.level)}
    db.session.execute(update(_TABLE).where(queries.STAGE.id == before.id).values(**values))
    if after != before:
        changed = [key for key in after._fields if getattr(before, key) != getattr(after, key)]
        recorder.record(
            Kind.STAGE_CHANGED,
            actor=actor,
            subject=before.name,
            before=_shown(before, changed),
            after=_shown(after, changed),
        )
    return after


def reorder(names: Sequence[str], *, actor: Actor) -> list[StageRow]:
    """Put the stages in this order, which names each of them once. Raises `StaleState` where it does not."""
    check_administers(actor)
    _lock_list()
    known = Stages()
    if sorted(name.lower() for name in names) != sorted(known):
        raise StaleState("The list of stages has changed in the meantime; nothing was ordered.")
    wanted = [known[name.lower()] for name in names]
    if wanted != list(known.values()):
        _order(wanted)
        recorder.record(
            Kind.STAGES_ORDERED,
            actor=actor,
            before=", ".join(stage.name for stage in known.values()),
            after=", ".join(stage.name for stage in wanted),
        )
    return wanted


def holders(stage: str) -> int:
    """How many living versions hold the stage, so that a page can ask where they go."""
    query = (
        select(func.count())
        .select_from(ModelVersion.__table__)
        .join(RegisteredModel.__table__, queries.MODEL.id == queries.VERSION.model_id)
        .where(queries.LIVING, queries.VERSION.stage_id == definitions.find(stage).id)
    )
    return db.session.execute(query).scalar_one()


def remove(stage: str, *, to: str | None = None, actor: Actor) -> int:
    """Remove a stage; the versions that hold it go to the stage `to`. How many those were.

    Open requests for it are closed; the history keeps it. Raises `InvalidParameter` for None and
    Archived, for holders without a `to`, and for a `to` whose rule forbids to fill it wholesale.
    """
    check_administers(actor)
    _lock_list()
    known = Stages()
    gone = known.find(stage)
    if gone.name in ALWAYS_THERE:
        raise InvalidParameter(f"The stage {gone.name} is always there.", field="stage")
    target = None if to is None else known.find(to, field="to")
    if target == gone:
        raise InvalidParameter("The versions must go to another stage than the one removed.", field="to")
    definitions.lock(gone)
    if target is not None:
        definitions.hold(target)
    count = holders(gone.name)
    if count and target is None:
        one = f"1 version holds {gone.name}: say where it goes."
        many = f"{count} versions hold {gone.name}: say where they go."
        raise InvalidParameter(one if count == 1 else many, field="to")
    now = clock.now_ms()
    if count and target is not None:
        _check_takes_all(target)
    _move_all(gone, target or known.find(NONE), actor=actor, now=now)
    open_requests.drop_stage(gone.id, actor=actor, now=now)
    db.session.execute(update(_TABLE).where(queries.STAGE.id == gone.id).values(removed_at=now))
    recorder.record(
        Kind.STAGE_REMOVED, actor=actor, subject=gone.name, before=gone.name, after=target and target.name
    )
    return count


def _move_all(gone: StageRow, target: StageRow, *, actor: Actor, now: int) -> None:
    """Every holder in one statement; deleted ones come along, so that whoever restores them finds a stage."""
    table = ModelVersion.__table__
    moved = db.session.execute(
        update(table)
        .where(queries.VERSION.stage_id == gone.id)
        .values(stage_id=target.id, updated_at=now)
        .returning(queries.VERSION.id, queries.VERSION.model_id)
    ).all()
    rows = []
    for version_id, model_id in moved:
        ended = stage_spans.end(version_id, now=now)
        if ended is not None:
            stage_spans.begin(model_id, version_id, target.id, now=ended, actor=actor)
            rows.append(
                {
                    "kind": Kind.VERSION_MOVED_WITH_STAGE.value,
                    **recorder.by(actor),
                    "model_id": model_id,
                    "version_id": version_id,
                    "before": gone.name,
                    "after": target.name,
                }
            )
    recorder.record_all(rows)


def _check_takes_all(target: StageRow) -> None:
    for rule in (rules.of(target, None), *rules.overrides(target)):
        if rule.must_ask or rule.is_exclusive or rule.has_requirements:
            raise InvalidParameter(
                f"Versions cannot be put into {target.name} wholesale: {rules.words(rule)} "
                "Choose another stage, such as Archived.",
                field="to",
            )


def _lock_list() -> None:
    # Two who change the list at once: the second sees what the first left. Taken before the lock of any
    # other stage; None, which is always there, stands for the list.
    definitions.lock(definitions.find(NONE))


def _order(stages: Sequence[StageRow]) -> None:
    for position, stage in enumerate(stages, 1):
        db.session.execute(update(_TABLE).where(queries.STAGE.id == stage.id).values(position=position))


def _free_name(name: str, *, but: int = 0) -> None:
    """Raise `AlreadyExists` where a stage has the name; a removed one that had it makes room."""
    query = select(queries.STAGE.id, queries.STAGE.name, queries.STAGE.removed_at)
    rows = [row for row in db.session.execute(query) if row[0] != but]
    taken = {row[1].lower() for row in rows}
    for stage_id, old, removed_at in rows:
        if old.lower() != name.lower():
            continue
        if removed_at is None:
            raise AlreadyExists(f"There is a stage {old} already.", field="name")
        aside = next(
            text
            for n in range(1, 1000)
            if (text := f"{old[:40]} (removed{'' if n == 1 else f' {n}'})").lower() not in taken
        )
        db.session.execute(update(_TABLE).where(queries.STAGE.id == stage_id).values(name=aside))


def _check(name: str, colour: str, purpose: str, level: int) -> None:
    check_length("name", LONGEST_NAME, name, field="name")
    if not _NAME.match(name) or name != name.strip() or name.isdigit() or name.lower() == "latest":
        raise InvalidParameter(
            f"'{name}' cannot be a stage: clients write it as models:/name/stage, so it is a word of letters, "
            "digits, spaces, dots, dashes and underscores, not a number and not 'latest'.",
            field="name",
        )
    if colour not in COLOURS:
        raise InvalidParameter(f"A stage's colour is one of {', '.join(COLOURS)}.", field="colour")
    check_length("purpose", LONGEST_PURPOSE, purpose, field="purpose")
    if level not in LEVELS:
        raise InvalidParameter("A stage's level is one of those that manage versions.", field="level")


def _shown(stage: StageRow, fields: Sequence[str]) -> str:
    return ", ".join(f"{key} {getattr(stage, key)}" for key in fields)
