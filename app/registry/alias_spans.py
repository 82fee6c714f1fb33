"""Writing how long an alias pointed at which version. Whatever changes an alias calls this with it."""

from sqlalchemy import BigInteger, bindparam, case, insert, select, update

from app.authz.actors import Actor
from app.db.statements import Statement
from app.registry.tables import Alias, AliasInterval

_TABLE = AliasInterval.__table__
_NOW = bindparam("now", type_=BigInteger)
# A clock that was set back must not end what had not begun.
_END = (
    update(_TABLE)
    .values(to_at=case((_TABLE.c.from_at > _NOW, _TABLE.c.from_at), else_=_NOW))
    .where(_TABLE.c.model_id == bindparam("of_model"), _TABLE.c.to_at.is_(None))
)
_END_ONE = Statement(_END.where(_TABLE.c.alias == bindparam("of_alias")))
_END_OF_VERSION = Statement(_END.where(_TABLE.c.version_id == bindparam("of_version")))
_END_ALL = Statement(_END)
_BEGIN = Statement(
    insert(_TABLE),
    columns=("model_id", "version_id", "alias", "from_at", "actor", "actor_id", "request_id"),
)
_ALIAS = Alias.__table__.c
_RESUME = Statement(
    insert(_TABLE).from_select(
        ["model_id", "version_id", "alias", "from_at", "actor", "actor_id"],
        select(
            _ALIAS.model_id,
            _ALIAS.version_id,
            _ALIAS.name,
            _NOW,
            bindparam("actor"),
            bindparam("actor_id", type_=BigInteger),
        ).where(_ALIAS.model_id == bindparam("of_model")),
    )
)


def point(
    model_id: int, alias: str, version_id: int, *, now: int, actor: Actor, request_id: int | None = None
) -> None:
    """The alias points at this version from now on, and no longer at another."""
    _END_ONE.run(of_model=model_id, of_alias=alias, now=now)
    _BEGIN.run(
        model_id=model_id,
        version_id=version_id,
        alias=alias,
        from_at=now,
        actor=actor.name,
        actor_id=actor.account_id,
        request_id=request_id,
    )


def end(model_id: int, alias: str, *, now: int) -> None:
    """The alias points nowhere any more."""
    _END_ONE.run(of_model=model_id, of_alias=alias, now=now)


def end_of_version(model_id: int, version_id: int, *, now: int) -> None:
    """No alias points at the version any more, since it is deleted."""
    _END_OF_VERSION.run(of_model=model_id, of_version=version_id, now=now)


def end_all(model_id: int, *, now: int) -> None:
    """No alias of the model points anywhere any more, since the model is deleted."""
    _END_ALL.run(of_model=model_id, now=now)


def resume_all(model_id: int, *, now: int, actor: Actor) -> None:
    """The aliases of a model that came back point again where they pointed when it was deleted."""
    _RESUME.run(of_model=model_id, now=now, actor=actor.name, actor_id=actor.account_id)
