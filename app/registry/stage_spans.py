"""Writing how long a version holds which stage. Whatever changes a version's stage calls this with it.

With a stage other than None and Archived, it is also written what the version was: the key of its files, facts that
the caller gives, and the last metrics of its run, so that a rollback can tell whether it is still the same.
"""

import hashlib
from collections.abc import Sequence
from typing import Any, NamedTuple

import orjson
from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Insert,
    String,
    Text,
    and_,
    bindparam,
    case,
    cast,
    func,
    insert,
    literal_column,
    or_,
    select,
    update,
)

from app.authz.actors import Actor
from app.db.json_aggregates import json_object
from app.db.statements import Statement
from app.manifests.tables import PENDING, UNREADABLE, ManifestOfVersion
from app.registry.queries import VersionRow
from app.registry.tables import ARCHIVED_ID, NONE_ID, ModelVersion, Stage, StageInterval
from app.tracking.tables import Metric, Run

_TABLE = StageInterval.__table__
_NOW = bindparam("now", type_=BigInteger)
# A clock that was set back must not end what had not begun.
_END = update(_TABLE).values(to_at=case((_TABLE.c.from_at > _NOW, _TABLE.c.from_at), else_=_NOW))
_END_ONE = Statement(
    _END.where(_TABLE.c.version_id == bindparam("of_version"), _TABLE.c.to_at.is_(None)).returning(
        _TABLE.c.to_at
    )
)
_END_ALL = Statement(_END.where(_TABLE.c.model_id == bindparam("of_model"), _TABLE.c.to_at.is_(None)))
_END_OTHERS = Statement(
    _END.where(
        _TABLE.c.model_id == bindparam("of_model"),
        _TABLE.c.to_at.is_(None),
        _TABLE.c.stage_id != bindparam("but_stage"),
    )
)
_BEGIN = Statement(
    insert(_TABLE),
    columns=("model_id", "version_id", "stage_id", "from_at", "actor", "actor_id", "request_id"),
)
_VERSION = ModelVersion.__table__.c
_METRIC, _RUN, _OF_VERSION = Metric.__table__.c, Run.__table__.c, ManifestOfVersion.__table__.c
OWN_TAGS = "greenroom."  # which follow the files
MAX_METRICS = 500  # that are remembered of a version's run, the first by name


def facts_of(row: VersionRow) -> dict[str, Any]:
    """Returns what is written down of a version itself: its source, run, description and tags, texts as digests."""
    return {
        "source": _digest(row.source),
        "run": row.run_uuid,
        "description": _digest(row.description or ""),
        "tags": {key: _digest(value) for key, value in row.tags.items() if not key.startswith(OWN_TAGS)},
    }


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def content_of(version_id: ColumnElement[int]) -> ColumnElement[str | None]:
    """Returns what stands for the files of a version: their key, else a digest that was reported, else their state."""
    return (
        select(func.coalesce(_OF_VERSION.manifest_key, _OF_VERSION.reported_digest, _OF_VERSION.state))
        .where(_OF_VERSION.version_id == version_id)
        .scalar_subquery()
    )


def metrics_of(version_id: ColumnElement[int]) -> ColumnElement[str | None]:
    """Returns the last metrics of the version's run as a JSON object of texts; none of a run that is claimed."""
    value = case((_METRIC.is_nan, "NaN"), else_=cast(_METRIC.value, Text))
    first = (
        select(_METRIC.key, value.label("value"))
        .select_from(ModelVersion.__table__)
        .join(Run.__table__, _RUN.uuid == _VERSION.run_uuid)
        .join(Metric.__table__, _METRIC.run_id == _RUN.id)
        .where(_VERSION.id == version_id, _VERSION.run_claimed.is_(False))
        .order_by(_METRIC.key)
        .limit(literal_column(str(MAX_METRICS)))
        .subquery()
    )
    return select(json_object(first.c.key, first.c.value)).scalar_subquery()


def _begin_held() -> Insert:
    version_id = bindparam("of_version", type_=BigInteger)
    return insert(_TABLE).values(
        model_id=bindparam("of_model"),
        version_id=version_id,
        stage_id=bindparam("to_stage"),
        from_at=bindparam("now"),
        actor=bindparam("by_actor"),
        actor_id=bindparam("by_actor_id"),
        request_id=bindparam("on_request"),
        content_key=content_of(version_id),
        facts=bindparam("held_facts"),
        metrics=metrics_of(version_id),
    )


_BEGIN_HELD = Statement(_begin_held)
_LAST = _TABLE.alias("last")
_OLDER = _TABLE.alias("older")
_LAST_ID = (
    select(func.max(_OLDER.c.id)).where(_OLDER.c.version_id == _VERSION.id).correlate(ModelVersion.__table__)
).scalar_subquery()
_RESUME = Statement(
    insert(_TABLE).from_select(
        [
            "model_id",
            "version_id",
            "stage_id",
            "from_at",
            "actor",
            "actor_id",
            "content_key",
            "facts",
            "metrics",
        ],
        select(
            _VERSION.model_id,
            _VERSION.id,
            _VERSION.stage_id,
            _NOW,
            bindparam("actor", type_=String),
            bindparam("actor_id", type_=BigInteger),
            _LAST.c.content_key,
            _LAST.c.facts,
            _LAST.c.metrics,
        )
        .select_from(ModelVersion.__table__)
        .outerjoin(_LAST, and_(_LAST.c.id == _LAST_ID, _LAST.c.stage_id == _VERSION.stage_id))
        .where(_VERSION.model_id == bindparam("of_model"), _VERSION.deleted_at.is_(None)),
    )
)


class ChangedHolder(NamedTuple):
    """A version in a stage whose files are not those that came into it."""

    id: int
    stage: str


_CHANGED_HOLDERS = Statement(
    select(_VERSION.id, Stage.__table__.c.name.label("stage"))
    .select_from(ModelVersion.__table__)
    .join(Stage.__table__, Stage.__table__.c.id == _VERSION.stage_id)
    .outerjoin(_LAST, and_(_LAST.c.id == _LAST_ID, _LAST.c.stage_id == _VERSION.stage_id))
    .outerjoin(ManifestOfVersion.__table__, _OF_VERSION.version_id == _VERSION.id)
    .where(
        _VERSION.model_id == bindparam("of_model"),
        _VERSION.deleted_at.is_(None),
        _VERSION.stage_id != NONE_ID,
        _VERSION.stage_id != ARCHIVED_ID,
        or_(
            _OF_VERSION.mismatch_at.is_not(None),
            and_(
                _LAST.c.content_key != PENDING,
                _LAST.c.content_key != UNREADABLE,
                _LAST.c.content_key
                != func.coalesce(_OF_VERSION.manifest_key, _OF_VERSION.reported_digest, _OF_VERSION.state),
            ),
        ),
    ),
    ChangedHolder,
)


def changed_holders(model_id: int) -> list[ChangedHolder]:
    """Returns the living versions of the model in stages whose files are not those that came into their stage."""
    return _CHANGED_HOLDERS.rows(of_model=model_id)


def begin(
    model_id: int, version_id: int, stage_id: int, *, now: int, actor: Actor, request_id: int | None = None
) -> None:
    """The version, which holds no stage yet (or no more, when a deleted one came back), holds this one."""
    begin_all(model_id, [version_id], stage_id, now=now, actor=actor, request_id=request_id)


def begin_all(
    model_id: int,
    version_ids: Sequence[int],
    stage_id: int,
    *,
    now: int,
    actor: Actor,
    request_id: int | None = None,
) -> None:
    """`begin` for many versions of a model."""
    stay = {
        "model_id": model_id,
        "stage_id": stage_id,
        "from_at": now,
        "request_id": request_id,
        **_by(actor),
    }
    if version_ids:
        _BEGIN.run_many([stay | {"version_id": version_id} for version_id in version_ids])


def change(
    model_id: int,
    version_id: int,
    stage_id: int,
    *,
    now: int,
    actor: Actor,
    request_id: int | None = None,
    row: VersionRow | None = None,
) -> None:
    """The version, whose facts `row` has, leaves the stage it holds for this one, at one and the same moment."""
    ended = end(version_id, now=now)
    if stage_id in (NONE_ID, ARCHIVED_ID):
        begin(model_id, version_id, stage_id, now=ended or now, actor=actor, request_id=request_id)
        return
    _BEGIN_HELD.run(
        of_model=model_id,
        of_version=version_id,
        to_stage=stage_id,
        now=ended or now,
        by_actor=actor.name,
        by_actor_id=actor.account_id,
        on_request=request_id,
        held_facts=None if row is None else orjson.dumps(facts_of(row)).decode(),
    )


def end(version_id: int, *, now: int) -> int | None:
    """The version holds no stage any more, since it is deleted; the moment written down."""
    return _END_ONE.scalar(of_version=version_id, now=now)


def end_all(model_id: int, *, now: int) -> None:
    """No version of the model holds a stage any more, since the model is deleted."""
    _END_ALL.run(of_model=model_id, now=now)


def end_others(model_id: int, stage_id: int, *, now: int) -> None:
    """No version of the model holds another stage than this one any more, since all of them go there."""
    _END_OTHERS.run(of_model=model_id, but_stage=stage_id, now=now)


def resume_all(model_id: int, *, now: int, actor: Actor) -> None:
    """The living versions of a model that came back hold again the stages they held when it was deleted."""
    _RESUME.run(of_model=model_id, now=now, **_by(actor))


def _by(actor: Actor) -> dict[str, str | int | None]:
    return {"actor": actor.name, "actor_id": actor.account_id}
