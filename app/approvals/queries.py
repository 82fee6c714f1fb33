"""Reading requests: one, those of a version, and the approvals given to them."""

from collections import defaultdict
from collections.abc import Collection
from typing import Any, NamedTuple

from sqlalchemy import Select, bindparam, literal_column, select

from app.accounts.names import key_of
from app.approvals.tables import Approval
from app.authz import access_queries
from app.authz.actors import Actor
from app.authz.permissions import Permission, allowed
from app.core import clock
from app.core.errors import NotFound, StaleState
from app.db.statements import Statement
from app.db.transactions import db
from app.registry import queries
from app.registry.queries import VersionRow
from app.registry.tables import ModelVersion, RegisteredModel, Stage
from app.stages.definitions import StageRow
from app.stages.tables import Request

REQUEST = Request.__table__.c
APPROVAL = Approval.__table__.c
_FROM = Stage.__table__.alias("from_stage").c
IS_OPEN = REQUEST.state == literal_column("'open'")  # in the text, where a partial index is known by it


class RequestRow(NamedTuple):
    """A request as it is shown; times in milliseconds. `state` is open, approved, rejected, withdrawn or
    overtaken (the version came to the stage by another way); `reason` is the decider's comment.
    """

    id: int
    model_id: int
    name: str
    version_id: int
    number: int
    stage_id: int
    stage: str
    from_stage: str
    asker: str
    asker_id: int | None
    asked_at: int
    comment: str | None
    archive_others: bool
    facts: str
    state: str
    decided_by: str | None
    decided_at: int | None
    reason: str | None

    def is_by(self, actor: Actor) -> bool:
        """Whether the actor asked this; without an account the name stands for the person."""
        return is_same(actor, self.asker_id, self.asker)


class ApprovalRow(NamedTuple):
    """A yes to a request; `void_because` says in words why it does not count (any more), if so."""

    id: int
    request_id: int
    approver: str
    approver_id: int | None
    at: int
    comment: str | None
    facts: str
    void_because: tuple[str, ...] = ()

    @property
    def counts(self) -> bool:
        return not self.void_because

    def is_by(self, actor: Actor) -> bool:
        """Whether the actor gave it."""
        return is_same(actor, self.approver_id, self.approver)


def is_same(actor: Actor, account_id: int | None, name: str) -> bool:
    """Whether the actor is the person of that account, or of that name where there is no account."""
    if actor.account_id is None or account_id is None:
        return actor.account_id == account_id and actor.name == name
    return actor.account_id == account_id


def select_requests() -> Select[Any]:
    """The statement that every read of requests starts from: of living versions, the columns of `RequestRow`."""
    return (
        select(
            REQUEST.id,
            REQUEST.model_id,
            queries.MODEL.name,
            REQUEST.version_id,
            queries.VERSION.number,
            REQUEST.stage_id,
            queries.STAGE.name.label("stage"),
            _FROM.name.label("from_stage"),
            REQUEST.asker,
            REQUEST.asker_id,
            REQUEST.asked_at,
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
    visible_to=access_queries.MODELS.readers_of(REQUEST.model_id),
)
_OF_VERSION = Statement(
    select_requests().where(REQUEST.version_id == bindparam("version_id")).order_by(REQUEST.id.desc())
)
_OPEN_OF_VERSION = Statement(
    select_requests().where(REQUEST.version_id == bindparam("version_id"), IS_OPEN).order_by(REQUEST.id)
)


def get(request_id: int) -> RequestRow:
    """The request of that id. Raises `NotFound` for one that the viewer may not see as well."""
    row = _BY_ID.first(request_id=request_id)
    if row is None:
        raise NotFound(f"There is no request {request_id}.")
    return RequestRow(*row)


def of_version(version_id: int) -> list[RequestRow]:
    """Every request about a version that the viewer was shown, the last first."""
    return [RequestRow(*row) for row in _OF_VERSION.rows(version_id=version_id)]


def open_of(version_id: int, stage: StageRow | None = None) -> list[RequestRow]:
    """The open requests about a version that the viewer was shown, for any stage or one, the first first."""
    found = [RequestRow(*row) for row in _OPEN_OF_VERSION.rows(version_id=version_id)]
    return [row for row in found if stage is None or row.stage_id == stage.id]


def approvals_of(request_ids: Collection[int]) -> dict[int, list[ApprovalRow]]:
    """The approvals given to each request, the first first, in one statement."""
    found: dict[int, list[ApprovalRow]] = defaultdict(list)
    if request_ids:
        query = select(
            APPROVAL.id,
            APPROVAL.request_id,
            APPROVAL.approver,
            APPROVAL.approver_id,
            APPROVAL.at,
            APPROVAL.comment,
            APPROVAL.facts,
        )
        for row in db.session.execute(
            query.where(APPROVAL.request_id.in_(request_ids)).order_by(APPROVAL.id)
        ):
            found[row[1]].append(ApprovalRow(*row))
    return found


def may_withdraw(request: RequestRow, level: int, actor: Actor) -> bool:
    """Whether the actor may withdraw the request: whoever asked, and whoever manages the model."""
    return request.is_by(actor) or allowed(Permission.MODELS_MANAGE, level)


def nothing_open(row: VersionRow, stage: StageRow, asker: str | None = None) -> NotFound | StaleState:
    """What to say to a decision for which nothing is open: who decided and when, or that nobody asked."""
    for request in of_version(row.id):
        is_meant = asker is None or key_of(asker) == key_of(request.asker)
        if request.stage_id == stage.id and is_meant and request.decided_at:
            done = {"overtaken": "overtaken, since the version got there by another way"}
            return StaleState(
                f"The request of {request.asker} to move version {row.number} of {row.name} to {stage.name} "
                f"was {done.get(request.state, request.state)}, by {request.decided_by} on "
                f"{clock.in_words(request.decided_at)}. Nothing was done now."
            )
    who = asker or "Nobody"
    verb = "has not asked" if asker else "asked"
    return NotFound(f"{who} {verb} to move version {row.number} of {row.name} to {stage.name}.")
