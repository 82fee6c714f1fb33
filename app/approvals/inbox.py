"""What waits for somebody, what they asked, what was decided, and where they were called by name.

All of it is of models that the viewer may read, and the actor is the viewer. Pages go by key, newest first.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Select,
    String,
    and_,
    bindparam,
    case,
    exists,
    false,
    func,
    literal_column,
    or_,
    select,
)

from app import clock
from app.accounts import rights
from app.accounts.actors import Actor
from app.accounts.levels import Level
from app.accounts.models import Group, Membership
from app.accounts.viewing import viewer
from app.approvals import progress, request_reads
from app.approvals.models import Approval, Comment, Notice, Request, RuleGroup, StageRule
from app.approvals.progress import Progress
from app.approvals.request_reads import APPROVAL, IS_OPEN, REQUEST, RequestRow
from app.audit.events import Kind
from app.audit.models import Event
from app.database import db
from app.registry import reads, versions
from app.registry.models import ModelVersion, RegisteredModel, Stage

MOST_COUNTED = 99  # the navigation says "99+"
MOST_ROUNDS = 8  # pages of what somebody approved already that are skipped before one is shown empty
DAY = 24 * 3600 * 1000

NOTICE = Notice.__table__.c
COMMENT = Comment.__table__.c
EVENT = Event.__table__.c
_PRESENT = Stage.__table__.alias("present_stage").c
_OWN = StageRule.__table__.alias("own_rule").c
_GENERAL = StageRule.__table__.alias("general_rule").c
# Who looks, read when a statement runs; the operator, whom rules do not bind, has no account.
_ME = bindparam("me", callable_=lambda: viewer().account_id or 0, type_=BigInteger)
_MY_NAME = bindparam("my_name", callable_=lambda: viewer().name, type_=String)
_NOBODY = literal_column("0")
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

    The second of the two is the id to go on before, None on the last page. What the actor has approved
    is left out; a page is shorter than `limit`, or empty, only where that was nearly all of hundreds.
    """
    found: list[Item] = []
    token = before_id
    for _ in range(MOST_ROUNDS):
        items, token = _page(_listed(_waiting()), filters, token, limit, actor)
        found += [one for one in items if one.progress is None or not one.progress.has_approval_of(actor)]
        if token is None or len(found) >= limit:
            break
    if len(found) > limit:
        found = found[:limit]
        token = found[-1].request.id
    return found, token


def undecided(actor: Actor, *, limit: int) -> list[RequestRow]:
    """The newest of what `waiting` lists, without how far each has come: one statement for all of them.

    What the actor approved before it changed is left to `waiting`, which looks at each.
    """
    query = _waiting(actor).where(~_given_by(actor)).order_by(REQUEST.id.desc()).limit(limit)
    return [RequestRow(*row) for row in db.session.execute(query)]


def count(actor: Actor) -> int:
    """How many requests wait for the actor, for the navigation; `MOST_COUNTED` + 1 stands for more.

    Every page asks this, so it counts what they have not approved yet, and looks closer only at what
    they did approve and where the version's history has an entry since. An approval that is void because
    of its files alone is found when the list is opened.
    """
    new = len(_NEW.rows())
    if new > MOST_COUNTED:
        return new
    changed = _with_progress([RequestRow(*row) for row in _APPROVED_AND_CHANGED.rows()], actor)
    again = sum(one.progress is not None and not one.progress.has_approval_of(actor) for one in changed)
    return min(new + again, MOST_COUNTED + 1)


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
    still_open = [row for row in rows if row.state == "open" and row.version_id in found]
    come = dict(zip((row.id for row in still_open), progress.of_each(still_open, found, actor), strict=True))
    return [Item(row, come.get(row.id)) for row in rows]


def _asked_by(actor: Actor) -> ColumnElement[bool]:
    if actor.account_id is None:
        return and_(REQUEST.asker_id.is_(None), REQUEST.asker == actor.name)
    return REQUEST.asker_id == actor.account_id


def _waiting() -> Select[Any]:
    """The open requests that the viewer may decide: `app.approvals.gate.may_decide` in the database's words."""
    rule = func.coalesce(_OWN.id, _GENERAL.id)
    counts = func.coalesce(_OWN.asker_counts, _GENERAL.asker_counts, false())
    names_groups = exists().where(_PART.rule_id == rule, _PART.role == "approves")
    is_named = exists().where(
        _PART.rule_id == rule, _PART.role == "approves", _MEMBER.group_id == _PART.group_id,
        _MEMBER.account_id == _ME, _GROUP.id == _PART.group_id, _GROUP.deleted_at.is_(None),
    )  # fmt: skip
    parts = (RuleGroup.__table__, Membership.__table__, Group.__table__)
    needed = case(
        (and_(_PRESENT.level >= reads.STAGE.level, _PRESENT.level >= int(Level.MANAGE_STAGING)), _PRESENT.level),
        (reads.STAGE.level >= int(Level.MANAGE_STAGING), reads.STAGE.level),
        else_=int(Level.MANAGE_STAGING),
    )  # fmt: skip
    decides = or_(
        is_named.correlate_except(*parts),
        and_(~names_groups.correlate_except(RuleGroup.__table__), rights.MODELS.reaches(reads.MODEL.id, needed)),
    )  # fmt: skip
    return (
        request_reads.select_requests().where(IS_OPEN)
        .join(_PRESENT.id.table, _PRESENT.id == reads.VERSION.stage_id)
        .outerjoin(_OWN.id.table, and_(_OWN.stage_id == REQUEST.stage_id, _OWN.model_id == REQUEST.model_id))
        .outerjoin(
            _GENERAL.id.table, and_(_GENERAL.stage_id == REQUEST.stage_id, _GENERAL.model_id.is_(None))
        )
        .where(or_(
            _ME == _NOBODY, and_(or_(func.coalesce(REQUEST.asker_id, _NOBODY) != _ME, counts), decides)
        ))
    )  # fmt: skip


_MINE = and_(
    APPROVAL.request_id == REQUEST.id,
    func.coalesce(APPROVAL.approver_id, _NOBODY) == _ME,
    or_(_ME != _NOBODY, APPROVAL.approver == _MY_NAME),
)
_NEW = rights.Viewed(
    _waiting()
    .with_only_columns(REQUEST.id)
    .where(~exists().where(_MINE).correlate_except(Approval.__table__))
    .limit(literal_column(str(MOST_COUNTED + 1))),
    rights.MODELS,
    REQUEST.model_id,
)
# What an approval is of, is in the facts that `app.approvals.fingerprint` gathers; these change them.
_CHANGES = (
    Kind.VERSION_DESCRIBED, Kind.VERSION_TAG_SET, Kind.VERSION_TAG_REMOVED, Kind.VERSION_TRANSITIONED,
    Kind.VERSION_RETURNED, Kind.VERSION_RETURNED_IN_EMERGENCY, Kind.VERSION_ARCHIVED_BY_SUCCESSOR,
    Kind.VERSION_MOVED_WITH_STAGE, Kind.CHECK_REPORTED,
)  # fmt: skip
_APPROVED_AND_CHANGED = rights.Viewed(
    _waiting()
    .where(
        exists()
        .where(
            _MINE, EVENT.version_id == REQUEST.version_id, EVENT.at >= APPROVAL.at,
            EVENT.kind.in_([literal_column(f"'{kind.value}'") for kind in _CHANGES]),
        )
        .correlate_except(Approval.__table__, Event.__table__)
    )
    .limit(literal_column(str(MOST_COUNTED))),
    rights.MODELS,
    REQUEST.model_id,
)  # fmt: skip
