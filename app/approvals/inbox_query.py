"""What is waiting for whom, as conditions of a statement: what `app.stages.policy.may_decide` says of one request."""

from typing import Any

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
)

from app.approvals import queries as request_queries
from app.approvals.queries import APPROVAL, IS_OPEN, REQUEST, RequestRow
from app.approvals.tables import Approval
from app.audit.recorder import Kind
from app.audit.tables import Event
from app.authz import access_queries
from app.authz.levels import Level
from app.authz.tables import Group, Membership
from app.authz.viewer import viewer
from app.db.statements import Statement
from app.registry import queries as registry_queries
from app.registry.tables import Stage
from app.stages.tables import RuleGroup, StageRule
from app.tracking.tables import Run

MAX_COUNTED = 99  # the navigation says "99+"

EVENT = Event.__table__.c
_RUN = Run.__table__.c
_PRESENT = Stage.__table__.alias("present_stage").c
_OWN = StageRule.__table__.alias("own_rule").c
_GENERAL = StageRule.__table__.alias("general_rule").c
# The viewer, read when a statement runs; the operator, whom rules do not bind, has no account.
_ME = bindparam("me", callable_=lambda: viewer().account_id or 0, type_=BigInteger)
_MY_NAME = bindparam("my_name", callable_=lambda: viewer().name, type_=String)
_NOBODY: ColumnElement[int] = literal_column("0")
_GROUP, _MEMBER, _PART = Group.__table__.c, Membership.__table__.c, RuleGroup.__table__.c


def select_waiting() -> Select[Any]:
    """Returns the statement for the open requests that the viewer may decide (`app.stages.policy.may_decide`)."""
    rule = func.coalesce(_OWN.id, _GENERAL.id)
    counts = func.coalesce(_OWN.asker_counts, _GENERAL.asker_counts, false())
    names_groups = exists().where(_PART.rule_id == rule, _PART.role == "approves")
    is_named = exists().where(
        _PART.rule_id == rule,
        _PART.role == "approves",
        _MEMBER.group_id == _PART.group_id,
        _MEMBER.account_id == _ME,
        _GROUP.id == _PART.group_id,
        _GROUP.deleted_at.is_(None),
    )
    parts = (RuleGroup.__table__, Membership.__table__, Group.__table__)
    needed = case(
        (
            and_(_PRESENT.level >= registry_queries.STAGE.level, _PRESENT.level >= int(Level.MANAGE_STAGING)),
            _PRESENT.level,
        ),
        (registry_queries.STAGE.level >= int(Level.MANAGE_STAGING), registry_queries.STAGE.level),
        else_=int(Level.MANAGE_STAGING),
    )
    decides = or_(
        is_named.correlate_except(*parts),
        and_(
            ~names_groups.correlate_except(RuleGroup.__table__),
            access_queries.MODELS.reaches(registry_queries.MODEL.id, needed),
        ),
    )
    return (
        request_queries.select_requests()
        .where(IS_OPEN)
        .join(_PRESENT.id.table, _PRESENT.id == registry_queries.VERSION.stage_id)
        .outerjoin(
            _OWN.id.table,
            and_(_OWN.stage_id == REQUEST.stage_id, _OWN.model_id == REQUEST.model_id, ~_OWN.gives_way),
        )
        .outerjoin(
            _GENERAL.id.table, and_(_GENERAL.stage_id == REQUEST.stage_id, _GENERAL.model_id.is_(None))
        )
        .where(or_(_ME == _NOBODY, and_(or_(_has_no_part(), counts), decides)))
    )


def _has_no_part() -> ColumnElement[bool]:
    """Returns the condition that the viewer has no part in the request, as `app.approvals.four_eyes` says it."""
    is_run_author = exists().where(
        _RUN.uuid == registry_queries.VERSION.run_uuid, _RUN.created_by == _MY_NAME
    )
    return and_(
        func.coalesce(REQUEST.asker_id, _NOBODY) != _ME,
        func.coalesce(REQUEST.token_maker_id, _NOBODY) != _ME,
        func.coalesce(REQUEST.service_creator_id, _NOBODY) != _ME,
        registry_queries.VERSION.created_by != _MY_NAME,
        ~is_run_author.correlate_except(Run.__table__),
    )


_MINE = and_(
    APPROVAL.request_id == REQUEST.id,
    func.coalesce(APPROVAL.approver_id, _NOBODY) == _ME,
    or_(_ME != _NOBODY, APPROVAL.approver == _MY_NAME),
)
NOT_APPROVED = ~exists().where(_MINE).correlate_except(Approval.__table__)
# The ids of what the viewer may decide and has not approved, at most one more than are counted.
NEW = Statement(
    select_waiting()
    .with_only_columns(REQUEST.id)
    .where(NOT_APPROVED)
    .limit(literal_column(str(MAX_COUNTED + 1))),
    visible_to=access_queries.MODELS.readers_of(REQUEST.model_id),
)
# What an approval is of, is in the facts that `app.approvals.version_snapshot` gathers; these change them.
_CHANGES = (
    Kind.VERSION_DESCRIBED,
    Kind.VERSION_TAG_SET,
    Kind.VERSION_TAG_REMOVED,
    Kind.VERSION_TRANSITIONED,
    Kind.VERSION_RETURNED,
    Kind.VERSION_RETURNED_IN_EMERGENCY,
    Kind.VERSION_ARCHIVED_BY_SUCCESSOR,
    Kind.VERSION_MOVED_WITH_STAGE,
    Kind.CHECK_REPORTED,
)
# What the viewer has approved, where the version's history has such an entry since.
APPROVED_AND_CHANGED = Statement(
    select_waiting()
    .where(
        exists()
        .where(
            _MINE,
            EVENT.version_id == REQUEST.version_id,
            EVENT.at >= APPROVAL.at,
            EVENT.kind.in_([literal_column(f"'{kind.value}'") for kind in _CHANGES]),
        )
        .correlate_except(Approval.__table__, Event.__table__)
    )
    .limit(literal_column(str(MAX_COUNTED))),
    RequestRow,
    visible_to=access_queries.MODELS.readers_of(REQUEST.model_id),
)
