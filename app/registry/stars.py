"""Stars: models that somebody wants at hand. They are that person's own, and nobody else sees them."""

from collections.abc import Collection, Sequence

import orjson
from sqlalchemy import BigInteger, ForeignKey, bindparam, delete, select
from sqlalchemy.orm import Mapped, mapped_column

from app.authz import access_queries
from app.authz.access_queries import Listed
from app.authz.actors import Actor
from app.authz.viewer import viewer
from app.db.statements import Statement, each_of
from app.db.transactions import Base, upsert
from app.registry import queries
from app.registry.queries import ModelRow
from app.registry.search_fields import MODELS
from app.search import plan
from app.search.tree import Node

LOCAL = 0  # whose stars those of personal mode are; no account has this key


class Star(Base):
    """A model that an account has starred, found by the account."""

    __tablename__ = "star"

    account_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    model_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("registered_model.id"), primary_key=True)


STAR = Star.__table__.c
_VIEWER = bindparam("star_of", callable_=lambda: viewer().account_id or LOCAL, type_=BigInteger)
_STARRED = Listed(
    queries.select_models().where(
        queries.MODEL.id.in_(select(STAR.model_id).where(STAR.account_id == _VIEWER))
    ),
    access_queries.MODELS,
    queries.MODEL.id,
)
_ADD = Statement(lambda: upsert(Star).on_conflict_do_nothing(), columns=("account_id", "model_id"))
_TAKE = Statement(
    delete(Star.__table__).where(
        STAR.account_id == bindparam("of_account"), STAR.model_id == bindparam("of_model")
    )
)
_AMONG = Statement(
    lambda: select(STAR.model_id).where(
        STAR.account_id == bindparam("of_account"), STAR.model_id.in_(each_of("of_models", int))
    )
)


def add(name: str, *, actor: Actor) -> None:
    """Star a model; again is fine. No event tells of it, since it changes nothing for anybody else.

    Raises `NotFound`, `InvalidParameter`.
    """
    _ADD.run(account_id=actor.account_id or LOCAL, model_id=queries.model_id(name))


def take(name: str, *, actor: Actor) -> None:
    """Take the star away; that there is none is no error. Raises `NotFound`, `InvalidParameter`."""
    _TAKE.run(of_account=actor.account_id or LOCAL, of_model=queries.model_id(name))


def among(model_ids: Collection[int]) -> set[int]:
    """Those of the models that the viewer has starred."""
    ids = orjson.dumps(list(model_ids)).decode()
    return set(_AMONG.scalars(of_account=viewer().account_id or LOCAL, of_models=ids))


def search(
    *,
    filter: str | Node | None = "",
    order_by: Sequence[str] = (),
    max_results: int = 100,
    page_token: str | None = None,
) -> tuple[list[ModelRow], str | None]:
    """As `registered_models.search`, among what the viewer has starred."""
    page = plan(
        MODELS,
        filter=filter,
        order_by=order_by,
        page_token=page_token,
        max_results=max_results,
        scope=["starred"],
    )
    rows, token = page.fetch(_STARRED.for_viewer(), ModelRow)
    return queries.with_latest(rows), token
