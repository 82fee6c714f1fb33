"""Writing how long a version holds which stage. Whatever changes a version's stage calls this with it."""

from collections.abc import Sequence

from sqlalchemy import BigInteger, String, bindparam, case, insert, select, update

from app.authz.actors import Actor
from app.db.statements import Statement
from app.registry.tables import ModelVersion, StageInterval

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
_RESUME = Statement(
    insert(_TABLE).from_select(
        ["model_id", "version_id", "stage_id", "from_at", "actor", "actor_id"],
        select(
            _VERSION.model_id,
            _VERSION.id,
            _VERSION.stage_id,
            _NOW,
            bindparam("actor", type_=String),
            bindparam("actor_id", type_=BigInteger),
        ).where(_VERSION.model_id == bindparam("of_model"), _VERSION.deleted_at.is_(None)),
    )
)


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
    model_id: int, version_id: int, stage_id: int, *, now: int, actor: Actor, request_id: int | None = None
) -> None:
    """The version leaves the stage it holds for this one, at one and the same moment."""
    ended = end(version_id, now=now)
    begin(model_id, version_id, stage_id, now=ended or now, actor=actor, request_id=request_id)


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
