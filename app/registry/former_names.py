"""The names that models had before they were renamed, and where they lead now.

Pages redirect from a former name to its model. Calls of clients get "not found", as from MLflow, unless
whoever renamed the model chose that the old name forwards. A living model of the name always comes first.
"""

from collections.abc import Collection
from typing import NamedTuple

from sqlalchemy import bindparam, delete, literal_column, select, update

from app.authz.actors import Actor
from app.authz.permissions import Permission
from app.core.ids import RegisteredModelId
from app.db.statements import Statement
from app.db.transactions import upsert
from app.registry import access, queries
from app.registry.tables import FormerName, RegisteredModel

FORMER = FormerName.__table__.c


class FormerNameRow(NamedTuple):
    """A name that a model had until `until_at`, in milliseconds."""

    name: str
    until_at: int
    forwards: bool


class NameHolder(NamedTuple):
    """A model that had a name before, by being renamed or deleted since."""

    id: RegisteredModelId
    until_at: int


_ADD = Statement(
    lambda: (new := upsert(FormerName.__table__)).on_conflict_do_update(
        index_elements=["model_id", "name"],
        set_={"until_at": new.excluded.until_at, "forwards": new.excluded.forwards},
    ),
    columns=("model_id", "name", "until_at", "forwards"),
)
_DROP = Statement(
    delete(FormerName.__table__).where(
        FORMER.model_id == bindparam("model_id"), FORMER.name == bindparam("name")
    )
)
_OF_MODEL = Statement(
    select(FORMER.name, FORMER.until_at, FORMER.forwards)
    .where(FORMER.model_id == bindparam("model_id"))
    .order_by(FORMER.until_at.desc(), FORMER.name),
    FormerNameRow,
)
_STOP = Statement(
    update(FormerName.__table__)
    .where(FORMER.model_id == bindparam("of_model"), FORMER.name == bindparam("of_name"))
    .where(FORMER.forwards)
    .values(forwards=False)
)
_LEADS_TO = queries.viewed(
    select(queries.MODEL.name)
    .join_from(FormerName.__table__, RegisteredModel.__table__, queries.MODEL.id == FORMER.model_id)
    .where(FORMER.name == bindparam("former"), queries.MODEL.deleted_at.is_(None))
    .order_by(FORMER.until_at.desc(), FORMER.model_id.desc())
    .limit(literal_column("1"))
)
_FORWARDING = (
    select(queries.MODEL.name)
    .join_from(FormerName.__table__, RegisteredModel.__table__, queries.MODEL.id == FORMER.model_id)
    .where(FORMER.name == bindparam("former"), FORMER.forwards, queries.MODEL.deleted_at.is_(None))
    .order_by(FORMER.until_at.desc(), FORMER.model_id.desc())
    .limit(literal_column("1"))
)
_FORWARDS_TO = queries.viewed(_FORWARDING)
_FORWARDS = Statement(_FORWARDING.where(FORMER.model_id != bindparam("but")))
_RENAMED_HOLDERS = Statement(
    select(FORMER.model_id.label("id"), FORMER.until_at).where(FORMER.name == bindparam("name")), NameHolder
)
_DELETED_HOLDERS = Statement(
    select(queries.MODEL.id, queries.MODEL.deleted_at.label("until_at")).where(
        queries.MODEL.name == bindparam("name"), queries.MODEL.deleted_at.is_not(None)
    ),
    NameHolder,
)


def keep(model_id: RegisteredModelId, name: str, new_name: str, *, now: int, forwards: bool) -> None:
    """Records that the model was called `name` until now; `new_name`, if it had that before, is its own again."""
    _DROP.run(model_id=model_id, name=new_name)
    _ADD.run(model_id=model_id, name=name, until_at=until(name, model_id, now), forwards=forwards)


def until(name: str, model_id: RegisteredModelId, now: int) -> int:
    """Returns the time to record for the end of the model's having the name: now, and later than for any before it.

    A name leads to the model that had it last, and who had it since then decides who may take it again. A clock that
    was set back, or another server's that is ahead, changes neither.
    """
    return max([now, *(holder.until_at + 1 for holder in earlier_holders(name, [model_id]))])


def of_model(model_id: RegisteredModelId) -> list[FormerNameRow]:
    """Returns the former names of a model that the viewer was shown, the last one first."""
    return _OF_MODEL.rows(model_id=model_id)


def stop_forwarding(name: str, former: str, *, actor: Actor) -> None:
    """Lets a former name of the model lead clients nowhere; pages still redirect. Twice does no harm.

    Raises `ModelNotFound` and `PermissionDenied`.
    """
    access.check(name, Permission.MODELS_MANAGE, actor)
    model_id = queries.locked_model_id(name)
    _STOP.run(of_model=model_id, of_name=former)


def leads_to(name: str) -> str | None:
    """Returns the present name of the living model that last had this name, if the viewer may read that model."""
    return _LEADS_TO.scalar(former=name)


def forwards_to(name: str) -> str | None:
    """Returns the same for a name that forwards the calls of clients."""
    return _FORWARDS_TO.scalar(former=name)


def is_forwarding(name: str, but: RegisteredModelId | None = None) -> bool:
    """Returns whether the name forwards to a living model other than `but`, whoever may read that."""
    return _FORWARDS.scalar(former=name, but=but or 0) is not None


def earlier_holders(name: str, but: Collection[RegisteredModelId]) -> list[NameHolder]:
    """Returns the models that had the name before, renamed or deleted since, but these; the last one first."""
    holders = [*_RENAMED_HOLDERS.rows(name=name), *_DELETED_HOLDERS.rows(name=name)]
    return sorted((holder for holder in holders if holder.id not in but), key=lambda row: -row.until_at)
