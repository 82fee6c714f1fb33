"""The stages, what holds each, and the one verb that moves a version from one to another."""

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import bindparam, select, update

from app import clock
from app.accounts.actors import Actor
from app.accounts.permissions import Permission
from app.audit import events
from app.audit.events import Kind
from app.errors import InvalidParameter, StaleState
from app.prepared import Prepared
from app.registry import access, changes, reads
from app.registry.models import ARCHIVED, ARCHIVED_ID, NONE, ModelVersion
from app.registry.reads import VersionRow

_STAGES = Prepared(select(reads.STAGE.id, reads.STAGE.name, reads.STAGE.level).order_by(reads.STAGE.position))
_MOVE = Prepared(
    update(ModelVersion.__table__)
    .where(reads.VERSION.id == bindparam("version_id"))
    .values(stage_id=bindparam("to_stage"), updated_at=bindparam("now"))
)
_ARCHIVE = Prepared(
    update(ModelVersion.__table__)
    .where(
        reads.VERSION.model_id == bindparam("of_model"),
        reads.VERSION.stage_id == bindparam("from_stage"),
        reads.VERSION.deleted_at.is_(None),
        reads.VERSION.id != bindparam("successor"),
    )
    .values(stage_id=bindparam("to_stage"), updated_at=bindparam("now"))
    .returning(reads.VERSION.id)
)


class StageRow(NamedTuple):
    """A stage; `level` is what it takes to move a version in or out of it (`app.accounts.levels`)."""

    id: int
    name: str
    level: int


def every() -> list[StageRow]:
    """The stages in their order."""
    return [StageRow(*row) for row in _STAGES.rows()]


def names() -> list[str]:
    """The stages' names in their order."""
    return [stage.name for stage in every()]


def _canonical_stages() -> dict[str, StageRow]:
    """The stages in their order, by their names in lower case."""
    return {stage.name.lower(): stage for stage in every()}


def _find(stages: dict[str, StageRow], text: str) -> StageRow:
    if text.lower() not in stages:
        known = ", ".join(stage.name for stage in stages.values())
        raise InvalidParameter(
            f"Invalid Model Version stage: {text}. Value must be one of {known}.", field="stage"
        )
    return stages[text.lower()]


def latest(name: str, stages: Sequence[str] = ()) -> list[VersionRow]:
    """The newest version in each of the stages named, or in every stage, in the order of their numbers.

    Raises `NotFound` for the model and `InvalidParameter` for a stage that there is not.
    """
    model_id = reads.find_model(name).id
    known = _canonical_stages()
    wanted = {_find(known, text).name for text in stages}
    rows = reads.latest_per_stage([model_id]).get(model_id, [])
    return [row for row in rows if not wanted or row.stage in wanted]


def transition(
    name: str, number: int | str, stage: str, *, archive_others: bool = False, actor: Actor,
    comment: str | None = None, seen_stage: str | None = None,
) -> VersionRow:  # fmt: skip
    """Move a version to a stage; with `archive_others`, whatever else holds that stage is archived.

    All of it happens or none. To move a version to where it is changes nothing but its time.
    Raises `NotFound`, `InvalidParameter` for a stage that there is not or whose holders cannot be
    archived, and `StaleState` when the version has left `seen_stage`, which the actor saw it in,
    and `PermissionDenied` for an actor who may not move versions between these stages.
    """
    known = _canonical_stages()
    target = _find(known, stage)
    if archive_others and target.name in (NONE, ARCHIVED):
        active = [one.name for one in known.values() if one.name not in (NONE, ARCHIVED)]
        raise InvalidParameter(
            f"Model version transition cannot archive existing model versions because '{stage}' is not an "
            f"Active stage. Valid stages are {active}",
            field="stage",
        )
    level = access.check(name, Permission.MODELS_TRANSITION, actor)
    row = reads.locked_version(name, number)
    access.check_move(name, (known[row.stage.lower()], target), level, actor)
    if seen_stage is not None and seen_stage != row.stage:
        raise StaleState(f"Version {row.number} of {name} has moved to {row.stage} in the meantime.")
    now = clock.now_ms()
    if archive_others:
        _archive_others(row, target, actor=actor, now=now)
    _MOVE.run(version_id=row.id, to_stage=target.id, now=now)
    changes.touch_model(row.model_id, now)
    if target.name != row.stage:
        events.record(
            Kind.VERSION_TRANSITIONED, actor=actor, model_id=row.model_id, version_id=row.id,
            before=row.stage, after=target.name, comment=comment,
        )  # fmt: skip
    return row._replace(stage=target.name, updated_at=now)


def _archive_others(row: VersionRow, target: StageRow, *, actor: Actor, now: int) -> None:
    moved = [one for (one,) in _ARCHIVE.rows(
        of_model=row.model_id, from_stage=target.id, successor=row.id, to_stage=ARCHIVED_ID, now=now
    )]  # fmt: skip
    event = {"kind": Kind.VERSION_ARCHIVED_BY_SUCCESSOR.value, **events.by(actor), "model_id": row.model_id,
             "subject": str(row.number), "before": target.name, "after": ARCHIVED}  # fmt: skip
    events.record_all([{**event, "version_id": version_id} for version_id in moved])
