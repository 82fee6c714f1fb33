"""Reading requests: one, those of a version, and the approvals given to them."""

import json
from collections import defaultdict
from collections.abc import Collection
from typing import Any, NamedTuple

from sqlalchemy import Select, bindparam, func, literal_column, select

from app.accounts.names import key_of
from app.approvals.errors import NothingRequested, RequestClosed, RequestNotFound
from app.approvals.tables import Approval
from app.authz import access_queries
from app.authz.actors import Actor
from app.authz.permissions import Permission, allowed
from app.core.ids import RegisteredModelId
from app.db.statements import Statement, each_of
from app.registry import queries
from app.registry.queries import VersionRow
from app.registry.tables import ModelVersion, RegisteredModel, Stage
from app.stages.definitions import ALIAS_MARK, StageRow
from app.stages.tables import SUPERSEDED, Request

REQUEST = Request.__table__.c
APPROVAL = Approval.__table__.c
_FROM = Stage.__table__.alias("from_stage").c
IS_OPEN = REQUEST.state == literal_column("'open'")  # in the text, where a partial index is known by it


class RequestRow(NamedTuple):
    """A request as it is shown; times in milliseconds. `state` is open, approved, rejected, withdrawn or
    superseded (`app.stages.tables.SUPERSEDED`: the version got to the stage another way); `reason` is the
    comment of whoever decided.
    """

    id: int
    model_id: RegisteredModelId
    name: str
    version_id: int
    number: int
    stage_id: int
    stage: str
    from_stage: str
    requester: str
    requester_id: int | None
    token_maker_id: int | None
    service_creator_id: int | None
    requested_at: int
    comment: str | None
    archive_others: bool
    facts: str
    state: str
    decided_by: str | None
    decided_at: int | None
    reason: str | None

    @property
    def state_label(self) -> str:
        """The state as people are told it."""
        return "superseded" if self.state == SUPERSEDED else self.state

    def is_by(self, actor: Actor) -> bool:
        """Returns whether the actor made the request; without an account the name stands for the person."""
        return is_same(actor, self.requester_id, self.requester)


class ApprovalRow(NamedTuple):
    """An approval of a request."""

    id: int
    request_id: int
    approver: str
    approver_id: int | None
    token_maker_id: int | None
    at: int
    comment: str | None
    facts: str

    def is_by(self, actor: Actor) -> bool:
        """Returns whether the actor gave it."""
        return is_same(actor, self.approver_id, self.approver)


def is_same(actor: Actor, account_id: int | None, name: str) -> bool:
    """Returns whether the actor is the person of that account, or of that name where there is no account."""
    if actor.account_id is None or account_id is None:
        return actor.account_id == account_id and actor.name == name
    return actor.account_id == account_id


def select_requests() -> Select[Any]:
    """Returns the statement that every read of requests starts from: of living versions, as `RequestRow`."""
    return (
        select(
            REQUEST.id,
            REQUEST.model_id,
            queries.MODEL.name,
            REQUEST.version_id,
            queries.VERSION.number,
            REQUEST.stage_id,
            func.coalesce(literal_column("'@'") + REQUEST.alias, queries.STAGE.name).label("stage"),
            _FROM.name.label("from_stage"),
            REQUEST.asker.label("requester"),
            REQUEST.asker_id.label("requester_id"),
            REQUEST.token_maker_id,
            REQUEST.service_creator_id,
            REQUEST.asked_at.label("requested_at"),
            REQUEST.comment,
            REQUEST.archive_others,
            REQUEST.facts,
            REQUEST.state,
            REQUEST.decided_by,
            REQUEST.decided_at,
            REQUEST.reason,
        )
        .select_from(Request.__table__)
        .join(ModelVersion.__table__, queries.VERSION.id == REQUEST.version_id)
        .join(RegisteredModel.__table__, queries.MODEL.id == REQUEST.model_id)
        .join(Stage.__table__, queries.STAGE.id == REQUEST.stage_id)
        .join(_FROM.id.table, _FROM.id == REQUEST.from_stage_id)
        .where(queries.LIVING)
    )


_BY_ID = Statement(
    select_requests().where(REQUEST.id == bindparam("request_id")),
    RequestRow,
    visible_to=access_queries.MODELS.readers_of(REQUEST.model_id),
)
_OF_VERSION = Statement(
    select_requests().where(REQUEST.version_id == bindparam("version_id")).order_by(REQUEST.id.desc()),
    RequestRow,
)
_OPEN_OF_VERSION = Statement(
    select_requests().where(REQUEST.version_id == bindparam("version_id"), IS_OPEN).order_by(REQUEST.id),
    RequestRow,
)
_APPROVALS = Statement(
    lambda: (
        select(
            APPROVAL.id,
            APPROVAL.request_id,
            APPROVAL.approver,
            APPROVAL.approver_id,
            APPROVAL.token_maker_id,
            APPROVAL.at,
            APPROVAL.comment,
            APPROVAL.facts,
        )
        .where(APPROVAL.request_id.in_(each_of("request_ids", int)))
        .order_by(APPROVAL.id)
    ),
    ApprovalRow,
)


def get(request_id: int) -> RequestRow:
    """Returns the request of that id. Raises `RequestNotFound`, also for one that the viewer may not see."""
    request = _BY_ID.first(request_id=request_id)
    if request is None:
        raise RequestNotFound(request_id)
    return request


def of_version(version_id: int) -> list[RequestRow]:
    """Returns every request about a version that the viewer was shown, the last first."""
    return _OF_VERSION.rows(version_id=version_id)


def open_of(version_id: int, stage: StageRow | None = None) -> list[RequestRow]:
    """Returns the open requests about a version that the viewer was shown, for any stage or one, the first first."""
    requests = _OPEN_OF_VERSION.rows(version_id=version_id)
    return [request for request in requests if stage is None or _is_for(request, stage)]


def _is_for(request: RequestRow, stage: StageRow) -> bool:
    # Of a pattern of aliases each alias has requests of its own.
    is_alias = stage.name.startswith(ALIAS_MARK)
    return request.stage_id == stage.id and (not is_alias or request.stage == stage.name)


def approvals_of(request_ids: Collection[int]) -> dict[int, list[ApprovalRow]]:
    """Returns the approvals given to each request, the first first, in one statement."""
    by_request: dict[int, list[ApprovalRow]] = defaultdict(list)
    if request_ids:
        for approval in _APPROVALS.rows(request_ids=json.dumps(list(request_ids))):
            by_request[approval.request_id].append(approval)
    return by_request


def may_withdraw(request: RequestRow, level: int, actor: Actor) -> bool:
    """Returns whether the actor may withdraw the request: its requester may, and whoever manages the model."""
    return request.is_by(actor) or allowed(Permission.MODELS_MANAGE, level)


def nothing_open(
    row: VersionRow, stage: StageRow, requester: str | None = None
) -> NothingRequested | RequestClosed:
    """Returns the error for a decision with no open request: who decided and when, or that nobody requested it."""
    for request in of_version(row.id):
        is_meant = requester is None or key_of(requester) == key_of(request.requester)
        if _is_for(request, stage) and is_meant and request.decided_at:
            return RequestClosed(
                name=row.name,
                number=row.number,
                stage=stage.name,
                requester=request.requester,
                state=request.state,
                decided_by=request.decided_by,
                at=request.decided_at,
            )
    return NothingRequested(row.name, row.number, stage.name, requester)
