"""What somebody is told: that they were called by name, and emergencies on rules with a part of theirs.

The account is that of the viewer, and what they may not read (any more) is left out.
"""

from typing import Any, NamedTuple

from sqlalchemy import BigInteger, Select, bindparam, func, literal_column, select, update

from app import clock
from app.accounts import rights
from app.accounts.actors import Actor
from app.accounts.viewing import viewer
from app.approvals.filters import EVERYTHING, Filters
from app.approvals.models import Comment, Notice, Request
from app.approvals.request_reads import REQUEST
from app.approvals.waiting import MOST_COUNTED
from app.database import db
from app.prepared import Prepared
from app.registry import reads
from app.registry.models import ModelVersion, RegisteredModel, Stage

NOTICE = Notice.__table__.c
COMMENT = Comment.__table__.c
_ME = bindparam("me", callable_=lambda: viewer().account_id or 0, type_=BigInteger)


class NoticeRow(NamedTuple):
    """Somebody was called by name, or a version with a rule of theirs was returned in an emergency.

    `kind` is mention or emergency; `text` is the comment's, the request's, or the reason of the emergency;
    `seen_at` is when they said that they have read it.
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
        return self.kind == "emergency"


def _select() -> Select[Any]:
    return (
        select(
            NOTICE.id,
            NOTICE.kind,
            NOTICE.at,
            NOTICE.actor,
            reads.MODEL.name,
            reads.VERSION.number,
            reads.STAGE.name,
            NOTICE.request_id,
            NOTICE.comment_id,
            func.coalesce(NOTICE.text, COMMENT.text, REQUEST.comment),
            NOTICE.seen_at,
        )
        .select_from(Notice.__table__)
        .join(ModelVersion.__table__, reads.VERSION.id == NOTICE.version_id)
        .join(RegisteredModel.__table__, reads.MODEL.id == NOTICE.model_id)
        .outerjoin(Stage.__table__, reads.STAGE.id == NOTICE.stage_id)
        .outerjoin(Comment.__table__, COMMENT.id == NOTICE.comment_id)
        .outerjoin(Request.__table__, REQUEST.id == NOTICE.request_id)
        .where(NOTICE.account_id == _ME, reads.LIVING)
    )


_UNSEEN = rights.Viewed(
    _select()
    .with_only_columns(NOTICE.id)
    .where(NOTICE.seen_at.is_(None))
    .limit(literal_column(str(MOST_COUNTED + 1))),
    rights.MODELS,
    NOTICE.model_id,
)
_SEE = Prepared(
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
    """Where the actor was called by name, and emergencies on rules with a part of theirs, newest first."""
    query = _select().where(*rights.listed(rights.MODELS, reads.MODEL.id))
    query = query.where(*filters.conditions(NOTICE.actor, NOTICE.at))
    if before_id is not None:
        query = query.where(NOTICE.id < before_id)
    rows = [NoticeRow(*row) for row in db.session.execute(query.order_by(NOTICE.id.desc()).limit(limit + 1))]
    return rows[:limit], (rows[limit - 1].id if len(rows) > limit else None)


def count_unseen(actor: Actor) -> int:
    """How many notices the actor has not read yet; `MOST_COUNTED` + 1 stands for more."""
    return len(_UNSEEN.rows()) if actor.account_id else 0


def see(up_to: int, *, only: bool = False, actor: Actor) -> int:
    """Note that the actor has read the notices up to that one, or that one alone; how many were new.

    No event tells of it, since it changes nothing for anybody else. What is not theirs stays as it is.
    """
    return _SEE.run(
        of_account=actor.account_id or 0, up_to=up_to, since=up_to if only else 0, now=clock.now_ms()
    )
