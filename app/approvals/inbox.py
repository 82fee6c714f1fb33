"""What waits for somebody, what they asked, what was decided, and where they were called by name.

All of it is of models that the viewer may read. Pages go by key, newest first.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, and_, exists, false, func, or_, select

from app import clock
from app.accounts import rights
from app.accounts.actors import Actor
from app.accounts.levels import Level
from app.accounts.models import Group, Membership
from app.approvals import request_reads
from app.approvals.models import Approval, Comment, Notice, Request, RuleGroup, StageRule
from app.approvals.request_reads import APPROVAL, IS_OPEN, REQUEST, Progress, RequestRow
from app.database import db
from app.registry import reads, versions
from app.registry.models import ModelVersion, RegisteredModel, Stage

MOST_COUNTED = 99  # the navigation says "99+"
DAY = 24 * 3600 * 1000

NOTICE = Notice.__table__.c
COMMENT = Comment.__table__.c
_PRESENT = Stage.__table__.alias("present_stage").c
_OWN = StageRule.__table__.alias("own_rule").c
_GENERAL = StageRule.__table__.alias("general_rule").c
_GROUP, _MEMBER, _PART = Group.__table__.c, Membership.__table__.c, RuleGroup.__table__.c


class Filters(NamedTuple):
    """What narrows a list down: a model's name, a stage's, who asked, and the age in days at least."""

    model: str | None = None
    stage: str | None = None
    person: str | None = None
    days: int | None = None


EVERYTHING = Filters()


class Item(NamedTuple):
    """A line of the inbox: a request, and for an open one how far it has come."""

    request: RequestRow
    progress: Progress | None


class NoticeRow(NamedTuple):
    """Somebody was called by name, or a version with a rule of theirs was returned in an emergency.

    `kind` is mention or emergency; `text` is the comment's, the request's, or the reason of the emergency.
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


def waiting(
    actor: Actor,
    filters: Filters = EVERYTHING,
    *,
    before_id: int | None = None,
    limit: int = 25,
) -> tuple[list[Item], int | None]:
    """The open requests that the actor may decide and has not approved as they are, newest first.

    The second of the two is the id to go on before, None on the last page. A page may be shorter than
    `limit`, since what the actor has approved already is left out of it.
    """
    items, token = _page(_waiting(actor), filters, before_id, limit, actor)
    wanted = [one for one in items if one.progress is None or _is_wanted(one.progress, actor)]
    return wanted, token


def undecided(actor: Actor, *, limit: int) -> list[RequestRow]:
    """The newest of what `waiting` lists, without how far each has come: one statement for all of them.

    What the actor approved before it changed is left to `waiting`, which looks at each.
    """
    query = _waiting(actor).where(~_given_by(actor)).order_by(REQUEST.id.desc()).limit(limit)
    return [RequestRow(*row) for row in db.session.execute(query)]


def count(actor: Actor) -> int:
    """How many requests wait for the actor, for the navigation; `MOST_COUNTED` + 1 stands for more.

    One statement for everybody who has not yet approved something that is still open.
    """
    mine = _given_by(actor)
    query = select(func.count()).select_from(
        _waiting(actor).with_only_columns(REQUEST.id).where(~mine).limit(MOST_COUNTED + 1).subquery()
    )
    found = db.session.execute(query).scalar_one()
    given = db.session.execute(_waiting(actor).where(mine).limit(MOST_COUNTED)).all()
    again = _with_progress([RequestRow(*row) for row in given], actor)
    return found + sum(one.progress is not None and _is_wanted(one.progress, actor) for one in again)


def asked(
    actor: Actor,
    filters: Filters = EVERYTHING,
    *,
    before_id: int | None = None,
    limit: int = 25,
) -> tuple[list[Item], int | None]:
    """What the actor asked, open or decided, newest first."""
    query = _listed(request_reads.select_requests()).where(_asked_by(actor))
    return _page(query, filters, before_id, limit, actor)


def decided(
    actor: Actor,
    filters: Filters = EVERYTHING,
    *,
    before_id: int | None = None,
    limit: int = 25,
) -> tuple[list[Item], int | None]:
    """What was decided, by whomever, on the models that the viewer may read; the last asked first."""
    query = _listed(request_reads.select_requests()).where(REQUEST.decided_at.is_not(None))
    return _page(query, filters, before_id, limit, actor)


def notices(
    actor: Actor,
    filters: Filters = EVERYTHING,
    *,
    before_id: int | None = None,
    limit: int = 25,
) -> tuple[list[NoticeRow], int | None]:
    """Where the actor was called by name, and emergencies on rules with a part of theirs, newest first."""
    query = (
        select(
            NOTICE.id, NOTICE.kind, NOTICE.at, NOTICE.actor, reads.MODEL.name, reads.VERSION.number,
            reads.STAGE.name, NOTICE.request_id, NOTICE.comment_id,
            func.coalesce(NOTICE.text, COMMENT.text, REQUEST.comment),
        )
        .select_from(Notice.__table__)
        .join(ModelVersion.__table__, reads.VERSION.id == NOTICE.version_id)
        .join(RegisteredModel.__table__, reads.MODEL.id == NOTICE.model_id)
        .outerjoin(Stage.__table__, reads.STAGE.id == NOTICE.stage_id)
        .outerjoin(Comment.__table__, COMMENT.id == NOTICE.comment_id)
        .outerjoin(Request.__table__, REQUEST.id == NOTICE.request_id)
        .where(NOTICE.account_id == (actor.account_id or 0), reads.LIVING)
    )  # fmt: skip
    query = _listed(query).where(*_conditions(filters, NOTICE.actor, NOTICE.at))
    if before_id is not None:
        query = query.where(NOTICE.id < before_id)
    rows = [NoticeRow(*row) for row in db.session.execute(query.order_by(NOTICE.id.desc()).limit(limit + 1))]
    return rows[:limit], (rows[limit - 1].id if len(rows) > limit else None)


def _listed(query: Select[Any]) -> Select[Any]:
    return query.where(*rights.listed(rights.MODELS, reads.MODEL.id))


def _conditions(filters: Filters, person: ColumnElement[Any], at: ColumnElement[Any]) -> list[Any]:
    found: list[Any] = []
    if filters.model:
        found.append(reads.MODEL.name == filters.model)
    if filters.stage:
        found.append(func.lower(reads.STAGE.name) == filters.stage.lower())
    if filters.person:
        found.append(person == filters.person)
    if filters.days:
        found.append(at <= clock.now_ms() - filters.days * DAY)
    return found


def _page(
    query: Select[Any], filters: Filters, before_id: int | None, limit: int, actor: Actor
) -> tuple[list[Item], int | None]:
    query = query.where(*_conditions(filters, REQUEST.asker, REQUEST.asked_at))
    if before_id is not None:
        query = query.where(REQUEST.id < before_id)
    rows = [
        RequestRow(*row) for row in db.session.execute(query.order_by(REQUEST.id.desc()).limit(limit + 1))
    ]
    return _with_progress(rows[:limit], actor), (rows[limit - 1].id if len(rows) > limit else None)


def _with_progress(rows: Sequence[RequestRow], actor: Actor) -> list[Item]:
    found = versions.of_ids([row.version_id for row in rows if row.state == "open"])
    return [Item(row, request_reads.progress(row, found[row.version_id], actor)
                 if row.version_id in found and row.state == "open" else None) for row in rows]  # fmt: skip


def _is_wanted(progress: Progress, actor: Actor) -> bool:
    """Whether the actor's approval is still missing: none of theirs holds for the version as it is."""
    return not any(
        one.counts and request_reads.is_same(actor, one.approver_id, one.approver)
        for one in progress.approvals
    )


def _asked_by(actor: Actor) -> ColumnElement[bool]:
    if actor.account_id is None:
        return and_(REQUEST.asker_id.is_(None), REQUEST.asker == actor.name)
    return REQUEST.asker_id == actor.account_id


def _given_by(actor: Actor) -> ColumnElement[bool]:
    mine = (
        and_(APPROVAL.approver_id.is_(None), APPROVAL.approver == actor.name)
        if actor.account_id is None
        else APPROVAL.approver_id == actor.account_id
    )
    return exists().where(APPROVAL.request_id == REQUEST.id, mine).correlate_except(Approval.__table__)


def _waiting(actor: Actor) -> Select[Any]:
    """The open requests that the actor may decide: `app.approvals.gate.may_decide` in the database's words."""
    query = _listed(request_reads.select_requests()).where(IS_OPEN)
    if actor.account_id is None:
        return query
    rule = func.coalesce(_OWN.id, _GENERAL.id)
    counts = func.coalesce(_OWN.asker_counts, _GENERAL.asker_counts, false())
    names_groups = exists().where(_PART.rule_id == rule, _PART.role == "approves")
    is_named = exists().where(
        _PART.rule_id == rule, _PART.role == "approves", _MEMBER.group_id == _PART.group_id,
        _MEMBER.account_id == actor.account_id, _GROUP.id == _PART.group_id, _GROUP.deleted_at.is_(None),
    )  # fmt: skip
    parts = (RuleGroup.__table__, Membership.__table__, Group.__table__)
    return (
        query.join(_PRESENT.id.table, _PRESENT.id == reads.VERSION.stage_id)
        .outerjoin(_OWN.id.table, and_(_OWN.stage_id == REQUEST.stage_id, _OWN.model_id == REQUEST.model_id))
        .outerjoin(
            _GENERAL.id.table, and_(_GENERAL.stage_id == REQUEST.stage_id, _GENERAL.model_id.is_(None))
        )
        .where(or_(REQUEST.asker_id.is_(None), REQUEST.asker_id != actor.account_id, counts))
        .where(or_(is_named.correlate_except(*parts),
                   and_(~names_groups.correlate_except(RuleGroup.__table__), _has_level(actor))))
    )  # fmt: skip


def _has_level(actor: Actor) -> ColumnElement[bool]:
    """The actor, who is the viewer, has the level of both stages, and the least that moves anything."""
    everywhere = rights.MODELS.everywhere(actor)

    def reaches(needed: Any) -> ColumnElement[bool]:
        return or_(rights.MODELS.level(reads.MODEL.id) >= needed, needed <= int(everywhere))

    if everywhere >= Level.MANAGE:
        return REQUEST.id > 0
    least = or_(
        rights.MODELS.level(reads.MODEL.id) >= int(Level.MANAGE_STAGING),
        REQUEST.id > 0 if everywhere >= Level.MANAGE_STAGING else false(),
    )
    return and_(least, reaches(reads.STAGE.level), reaches(_PRESENT.level))
