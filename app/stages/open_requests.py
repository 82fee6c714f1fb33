"""Closing open requests whose wish somebody else fulfilled, or made void."""

from sqlalchemy import bindparam, literal_column, update

from app.authz.actors import Actor
from app.db.statements import Statement
from app.stages.tables import Request

_TABLE = Request.__table__
_CLOSE = update(_TABLE).values(
    state=bindparam("new_state"),
    decided_by=bindparam("who"),
    decided_by_id=bindparam("who_id"),
    decided_at=bindparam("now"),
    reason=bindparam("why"),
)
_OPEN = _TABLE.c.state == literal_column("'open'")  # in the text, where a partial index is known by it
_REACHED = Statement(
    _CLOSE.where(_TABLE.c.version_id == bindparam("of_version"), _TABLE.c.stage_id == bindparam("of_stage"))
    .where(_OPEN)
    .returning(_TABLE.c.id)
)
_ALL = Statement(
    _CLOSE.where(
        _TABLE.c.model_id == bindparam("of_model"), _TABLE.c.stage_id == bindparam("of_stage"), _OPEN
    )
)
_ONE = Statement(_CLOSE.where(_TABLE.c.id == bindparam("request_id"), _OPEN).returning(_TABLE.c.id))
_OF_STAGE = Statement(_CLOSE.where(_TABLE.c.stage_id == bindparam("of_stage"), _OPEN))


def overtake(version_id: int, stage_id: int, *, actor: Actor, now: int) -> None:
    """The version has come to the stage, by whatever way: nothing is left to be decided about it."""
    _REACHED.run(of_version=version_id, of_stage=stage_id, **_by("overtaken", actor, now))


def overtake_all(model_id: int, stage_id: int, *, actor: Actor, now: int) -> None:
    """`overtake` for every version of the model."""
    _ALL.run(of_model=model_id, of_stage=stage_id, **_by("overtaken", actor, now))


def decide(
    version_id: int, stage_id: int, state: str, *, actor: Actor, now: int, reason: str | None
) -> list[int]:
    """Close every open request for this version and stage; their ids."""
    rows = _REACHED.rows(of_version=version_id, of_stage=stage_id, **_by(state, actor, now, reason))
    return [request_id for (request_id,) in rows]


def withdraw(request_id: int, *, actor: Actor, now: int, reason: str | None) -> None:
    """Close one request on its asker's behalf."""
    _ONE.rows(request_id=request_id, **_by("withdrawn", actor, now, reason))


def drop_stage(stage_id: int, *, actor: Actor, now: int) -> None:
    """Nobody can come to the stage any more: it is removed."""
    _OF_STAGE.run(of_stage=stage_id, **_by("overtaken", actor, now, "The stage was removed."))


def _by(state: str, actor: Actor, now: int, reason: str | None = None) -> dict[str, str | int | None]:
    return {"new_state": state, "who": actor.name, "who_id": actor.account_id, "now": now, "why": reason}
