"""The raw move of a version from stage to stage. It checks no rule: only verbs that have checked it may call it.

Those are `app.stages.transitions.transition`, whatever the door, and the verbs of `app.approvals` that end
in a move; a test of the architecture keeps everybody else out.
"""

from collections.abc import Mapping

from sqlalchemy import bindparam, update

from app.audit import recorder
from app.audit.recorder import Kind
from app.authz.actors import Actor
from app.core import clock
from app.core.ids import RegisteredModelId
from app.db.statements import Statement
from app.registry import model_lock, queries, stage_spans
from app.registry.queries import VersionRow
from app.registry.tables import ARCHIVED, ARCHIVED_ID, NONE_ID, ModelVersion
from app.stages import open_requests
from app.stages.definitions import StageRow
from app.stages.governed.aliases import settle

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
_RESTORE = Statement(
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
    subject: str | None = None,
) -> VersionRow:
    """Moves the version, read under its model's lock, into the stage; returns the row as it is then.

    With `archive_others`, every other version in the stage is archived. The history, the events and the
    requests that this makes superfluous are written with it.
    """
    now = clock.now_ms()
    if archive_others:
        _archive_others(row, target, actor=actor, now=now)
    _MOVE.run(version_id=row.id, to_stage=target.id, now=now)
    model_lock.touch_model(row.model_id, now)
    if target.name != row.stage:
        stage_spans.change(
            row.model_id, row.id, target.id, now=now, actor=actor, request_id=request_id, row=row
        )
        open_requests.supersede(row.id, target.id, actor=actor, now=now)
        recorder.record(
            kind,
            actor=actor,
            model_id=row.model_id,
            version_id=row.id,
            before=row.stage,
            after=target.name,
            subject=subject,
            comment=comment,
        )
        settle(row.model_id, actor=actor, request_id=request_id)
    return row._replace(stage=target.name, updated_at=now)


def _archive_others(row: VersionRow, stage: StageRow, *, actor: Actor, now: int) -> None:
    version_ids = _ARCHIVE.scalars(
        of_model=row.model_id, from_stage=stage.id, successor=row.id, to_stage=ARCHIVED_ID, now=now
    )
    for version_id in version_ids:
        stage_spans.change(row.model_id, version_id, ARCHIVED_ID, now=now, actor=actor)
        open_requests.supersede(version_id, ARCHIVED_ID, actor=actor, now=now)
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
    model_id: RegisteredModelId, stages: Mapping[int, str], *, actor: Actor, comment: str | None = None
) -> None:
    """Archives every version of a model, under its lock; `stages` says in which stage each of them is, by key."""
    now = clock.now_ms()
    stage_spans.end_others(model_id, ARCHIVED_ID, now=now)
    _ARCHIVE_ALL.run(of_model=model_id, to_stage=ARCHIVED_ID, now=now)
    stage_spans.begin_all(model_id, list(stages), ARCHIVED_ID, now=now, actor=actor)
    open_requests.supersede_all(model_id, ARCHIVED_ID, actor=actor, now=now)
    model_lock.touch_model(model_id, now)
    event = {
        "kind": Kind.VERSION_TRANSITIONED.value,
        **recorder.by(actor),
        "model_id": model_id,
        "after": ARCHIVED,
        "comment": comment,
    }
    recorder.record_all([event | {"version_id": key, "before": stage} for key, stage in stages.items()])
    settle(model_id, actor=actor)


def restore(model_id: RegisteredModelId, number: int, *, actor: Actor) -> int | None:
    """Restores a deleted version in None, as when it was new; returns its key, or None where it is not deleted."""
    now = clock.now_ms()
    model_lock.touch_model(model_id, now)
    version_id = _RESTORE.scalar(of_model=model_id, of_number=number, to_stage=NONE_ID, now=now)
    if version_id is not None:
        stage_spans.begin(model_id, version_id, NONE_ID, now=now, actor=actor)
    return version_id
