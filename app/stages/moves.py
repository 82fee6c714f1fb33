"""The raw move of a version from stage to stage. It asks nobody: only verbs that have asked may call it.

Those are `app.stages.transitions.transition`, whatever the door, and the verbs of `app.approvals` that end
in a move; a test of the architecture holds everybody else off.
"""

from collections.abc import Mapping, Sequence

from sqlalchemy import bindparam, update

from app.audit import recorder
from app.audit.recorder import Kind
from app.authz.actors import Actor
from app.core import clock
from app.db.statements import Statement
from app.registry import model_lock, queries, stage_spans
from app.registry.queries import VersionRow
from app.registry.tables import ARCHIVED, ARCHIVED_ID, NONE_ID, ModelVersion
from app.stages import open_requests
from app.stages.definitions import StageRow

_MOVE = Statement(
    update(ModelVersion.__table__)
    .where(queries.VERSION.id == bindparam("version_id"))
    .values(stage_id=bindparam("to_stage"), updated_at=bindparam("now"))
)
_ARCHIVE = Statement(
    update(ModelVersion.__table__)
    .where(
        queries.VERSION.model_id == bindparam("of_model"),
        queries.VERSION.stage_id == bindparam("from_stage"),
        queries.VERSION.deleted_at.is_(None),
        queries.VERSION.id != bindparam("successor"),
    )
    .values(stage_id=bindparam("to_stage"), updated_at=bindparam("now"))
    .returning(queries.VERSION.id)
)

_ARCHIVE_ALL = Statement(
    update(ModelVersion.__table__)
    .where(
        queries.VERSION.model_id == bindparam("of_model"),
        queries.VERSION.stage_id != bindparam("to_stage"),
        queries.VERSION.deleted_at.is_(None),
    )
    .values(stage_id=bindparam("to_stage"), updated_at=bindparam("now"))
)
_BRING_BACK = Statement(
    update(ModelVersion.__table__)
    .where(
        queries.VERSION.model_id == bindparam("of_model"),
        queries.VERSION.number == bindparam("of_number"),
        queries.VERSION.deleted_at.is_not(None),
    )
    .values(deleted_at=None, stage_id=bindparam("to_stage"), updated_at=bindparam("now"))
    .returning(queries.VERSION.id)
)


def move(
    row: VersionRow,
    target: StageRow,
    *,
    archive_others: bool,
    actor: Actor,
    comment: str | None = None,
    request_id: int | None = None,
    kind: Kind = Kind.VERSION_TRANSITIONED,
) -> VersionRow:
    """Put the version, read under its model's lock, into the stage; the row as it is then.

    With `archive_others`, whatever else holds the stage is archived. The history, the events and the
    requests that thereby have what they asked for are written with it.
    """
    now = clock.now_ms()
    if archive_others:
        _archive(_others(row, target, now), row, target, actor=actor, now=now)
    _MOVE.run(version_id=row.id, to_stage=target.id, now=now)
    model_lock.touch_model(row.model_id, now)
    if target.name != row.stage:
        stage_spans.change(row.model_id, row.id, target.id, now=now, actor=actor, request_id=request_id)
        open_requests.overtake(row.id, target.id, actor=actor, now=now)
        recorder.record(
            kind,
            actor=actor,
            model_id=row.model_id,
            version_id=row.id,
            before=row.stage,
            after=target.name,
            comment=comment,
        )
    return row._replace(stage=target.name, updated_at=now)


def _others(row: VersionRow, target: StageRow, now: int) -> Sequence[int]:
    moved = _ARCHIVE.rows(
        of_model=row.model_id, from_stage=target.id, successor=row.id, to_stage=ARCHIVED_ID, now=now
    )
    return [version_id for (version_id,) in moved]


def _archive(version_ids: Sequence[int], row: VersionRow, stage: StageRow, *, actor: Actor, now: int) -> None:
    for version_id in version_ids:
        stage_spans.change(row.model_id, version_id, ARCHIVED_ID, now=now, actor=actor)
        open_requests.overtake(version_id, ARCHIVED_ID, actor=actor, now=now)
    event = {
        "kind": Kind.VERSION_ARCHIVED_BY_SUCCESSOR.value,
        **recorder.by(actor),
        "model_id": row.model_id,
        "subject": str(row.number),
        "before": stage.name,
        "after": ARCHIVED,
    }
    recorder.record_all([{**event, "version_id": version_id} for version_id in version_ids])


def archive_all(
    model_id: int, stages: Mapping[int, str], *, actor: Actor, comment: str | None = None
) -> None:
    """Archive every version of a model, under its lock; `stages` says in which the keys of others are now."""
    now = clock.now_ms()
    stage_spans.end_others(model_id, ARCHIVED_ID, now=now)
    _ARCHIVE_ALL.run(of_model=model_id, to_stage=ARCHIVED_ID, now=now)
    stage_spans.begin_all(model_id, list(stages), ARCHIVED_ID, now=now, actor=actor)
    open_requests.overtake_all(model_id, ARCHIVED_ID, actor=actor, now=now)
    model_lock.touch_model(model_id, now)
    event = {
        "kind": Kind.VERSION_TRANSITIONED.value,
        **recorder.by(actor),
        "model_id": model_id,
        "after": ARCHIVED,
        "comment": comment,
    }
    recorder.record_all([event | {"version_id": key, "before": stage} for key, stage in stages.items()])


def bring_back(model_id: int, number: int, *, actor: Actor) -> int | None:
    """Let a deleted version live again, in None as when it was new; its key, None where none is deleted."""
    now = clock.now_ms()
    model_lock.touch_model(model_id, now)
    version_id = _BRING_BACK.scalar(of_model=model_id, of_number=number, to_stage=NONE_ID, now=now)
    if version_id is not None:
        stage_spans.begin(model_id, version_id, NONE_ID, now=now, actor=actor)
    return version_id
