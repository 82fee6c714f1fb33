"""Notifications: mentions by name, emergencies on rules in which somebody has a part, and files that changed.

The account is that of the viewer, and what they may no longer read is left out.
"""

from typing import Any, NamedTuple

from sqlalchemy import BigInteger, Select, bindparam, func, literal_column, select, update

from app.approvals.inbox_filters import EVERYTHING, Filters
from app.approvals.inbox_query import MAX_COUNTED
from app.approvals.queries import REQUEST
from app.approvals.tables import Comment, Notice
from app.authz import access_queries
from app.authz.actors import Actor
from app.authz.viewer import viewer
from app.core import clock
from app.db.statements import Statement
from app.db.transactions import db
from app.registry import queries
from app.registry.tables import ModelVersion, RegisteredModel, Stage
from app.stages.tables import Request

NOTICE = Notice.__table__.c
COMMENT = Comment.__table__.c
_ME = bindparam("me", callable_=lambda: viewer().account_id or 0, type_=BigInteger)


class NoticeRow(NamedTuple):
    """Somebody was mentioned, a stage with a rule of theirs was rolled back in an emergency, or files changed.

    `kind` is one of `NOTICES`; `text` is the comment's, the request's, the reason of the emergency, or which files;
    `seen_at` is when they marked it as read.
    """

    id: int
    kind: str
    at: int
    actor: str
    name: str
    number: int
    stage: str | None
    request_id: int | None
    comment_id: int | None
    text: str | None
    seen_at: int | None

    @property
    def is_emergency(self) -> bool:
        """Whether it tells of an emergency."""
        return self.kind == "emergency"

    @property
    def is_mismatch(self) -> bool:
        """Whether it tells of files that are not those that were registered."""
        return self.kind == "mismatch"


def _select() -> Select[Any]:
    return (
        select(
            NOTICE.id,
            NOTICE.kind,
            NOTICE.at,
            NOTICE.actor,
            queries.MODEL.name,
            queries.VERSION.number,
            queries.STAGE.name.label("stage"),
            NOTICE.request_id,
            NOTICE.comment_id,
            func.coalesce(NOTICE.text, COMMENT.text, REQUEST.comment).label("text"),
            NOTICE.seen_at,
        )
        .select_from(Notice.__table__)
        .join(ModelVersion.__table__, queries.VERSION.id == NOTICE.version_id)
        .join(RegisteredModel.__table__, queries.MODEL.id == NOTICE.model_id)
        .outerjoin(Stage.__table__, queries.STAGE.id == NOTICE.stage_id)
        .outerjoin(Comment.__table__, COMMENT.id == NOTICE.comment_id)
        .outerjoin(Request.__table__, REQUEST.id == NOTICE.request_id)
        .where(NOTICE.account_id == _ME, queries.LIVING)
    )


_UNSEEN = Statement(
    _select()
    .with_only_columns(NOTICE.id)
    .where(NOTICE.seen_at.is_(None))
    .limit(literal_column(str(MAX_COUNTED + 1))),
    visible_to=access_queries.MODELS.readers_of(NOTICE.model_id),
)
_SEE = Statement(
    update(Notice.__table__)
    .where(
        NOTICE.account_id == bindparam("of_account"),
        NOTICE.id <= bindparam("up_to"),
        NOTICE.id >= bindparam("since"),
        NOTICE.seen_at.is_(None),
    )
    .values(seen_at=bindparam("now"))
)


def of(
    actor: Actor,
    filters: Filters = EVERYTHING,
    *,
    before_id: int | None = None,
    limit: int = 25,
) -> tuple[list[NoticeRow], int | None]:
    """Returns what the actor was told, newest first."""
    query = _select().where(*access_queries.listed(access_queries.MODELS, queries.MODEL.id))
    query = query.where(*filters.conditions(NOTICE.actor, NOTICE.at))
    if before_id is not None:
        query = query.where(NOTICE.id < before_id)
    query = query.order_by(NOTICE.id.desc()).limit(limit + 1)
    rows = [NoticeRow(**row._mapping) for row in db.session.execute(query)]
    return rows[:limit], (rows[limit - 1].id if len(rows) > limit else None)


def count_unseen(actor: Actor) -> int:
    """Returns how many notices the actor has not read yet; `MAX_COUNTED` + 1 stands for more."""
    return len(_UNSEEN.scalars()) if actor.account_id else 0


def see(up_to: int, *, only: bool = False, actor: Actor) -> int:
    """Marks the notices of the actor up to that one, or that one alone, as read; returns how many were new.

    It has no event, since it changes nothing for anybody else. Notices of others stay as they are.
    """
    return _SEE.run(
        of_account=actor.account_id or 0, up_to=up_to, since=up_to if only else 0, now=clock.now_ms()
    )
