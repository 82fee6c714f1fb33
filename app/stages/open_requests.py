"""Closing open requests: decided, withdrawn, or superseded by what happened to the version."""

from sqlalchemy import bindparam, func, literal_column, update

from app.authz.actors import Actor
from app.db.statements import Statement
from app.stages.tables import SUPERSEDED, Request

_TABLE = Request.__table__
_CLOSE = update(_TABLE).values(
    state=bindparam("new_state"),
    decided_by=bindparam("who"),
    decided_by_id=bindparam("who_id"),
    decided_at=bindparam("now"),
    reason=bindparam("why"),
)
_OPEN = _TABLE.c.state == literal_column("'open'")  # in the text, where a partial index is known by it
_OF_VERSION = Statement(
    _CLOSE.where(_TABLE.c.version_id == bindparam("of_version"), _TABLE.c.stage_id == bindparam("of_stage"))
    .where(_OPEN, func.coalesce(_TABLE.c.alias, literal_column("''")) == bindparam("of_alias"))
    .returning(_TABLE.c.id)
)
_OF_MODEL = Statement(
    _CLOSE.where(
        _TABLE.c.model_id == bindparam("of_model"), _TABLE.c.stage_id == bindparam("of_stage"), _OPEN
    )
)
_BY_ID = Statement(_CLOSE.where(_TABLE.c.id == bindparam("request_id"), _OPEN))
_OF_STAGE = Statement(_CLOSE.where(_TABLE.c.stage_id == bindparam("of_stage"), _OPEN))


def supersede(version_id: int, stage_id: int, *, actor: Actor, now: int) -> None:
    """Closes the requests for a version that is in the stage now, however it got there: nothing is left to decide."""
    _OF_VERSION.run(of_version=version_id, of_stage=stage_id, of_alias="", **_by(SUPERSEDED, actor, now))


def supersede_all(model_id: int, stage_id: int, *, actor: Actor, now: int) -> None:
    """Does what `supersede` does for every version of the model."""
    _OF_MODEL.run(of_model=model_id, of_stage=stage_id, **_by(SUPERSEDED, actor, now))


def decide(
    version_id: int,
    stage_id: int,
    state: str,
    *,
    alias: str | None = None,
    actor: Actor,
    now: int,
    reason: str | None,
) -> list[int]:
    """Closes every open request for this version and stage, or for the alias of that target; returns their ids."""
    return _OF_VERSION.scalars(
        of_version=version_id, of_stage=stage_id, of_alias=alias or "", **_by(state, actor, now, reason)
    )


def withdraw(request_id: int, *, actor: Actor, now: int, reason: str | None) -> None:
    """Closes one request on its requester's behalf."""
    _BY_ID.run(request_id=request_id, **_by("withdrawn", actor, now, reason))


def drop_stage(stage_id: int, *, actor: Actor, now: int, reason: str = "The stage was removed.") -> None:
    """Closes the requests for a stage that is removed, or for aliases that no rule governs any more."""
    _OF_STAGE.run(of_stage=stage_id, **_by(SUPERSEDED, actor, now, reason))


def _by(state: str, actor: Actor, now: int, reason: str | None = None) -> dict[str, str | int | None]:
    return {"new_state": state, "who": actor.name, "who_id": actor.account_id, "now": now, "why": reason}
