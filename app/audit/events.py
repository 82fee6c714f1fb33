"""Recording a change, and reading the changes back as a timeline."""

import enum
from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import insert, select

from app import clock
from app.accounts.actors import Actor
from app.accounts.models import Token
from app.audit.models import Event
from app.database import db
from app.prepared import Prepared
from app.registry.models import ModelVersion


class Kind(enum.Enum):
    """Every kind of change, as noun.verb; the pages have a sentence for each."""

    SIGNED_IN = "account.signed_in"
    SIGNED_OUT = "account.signed_out"
    SIGN_IN_REFUSED = "account.sign_in_refused"
    ACCESS_REFUSED = "access.refused"
    TOKEN_CREATED = "token.created"  # noqa: S105  (the name of a kind)
    TOKEN_REVOKED = "token.revoked"  # noqa: S105
    ACCOUNT_CREATED = "account.created"
    ACCOUNT_PREPARED = "account.prepared"
    ACCOUNT_LINKED = "account.linked"
    ACCOUNT_DESCRIBED = "account.described"
    ACCOUNT_PASSWORD_SET = "account.password_set"  # noqa: S105
    ACCOUNT_PROMOTED = "account.promoted"
    ACCOUNT_DEMOTED = "account.demoted"
    ACCOUNT_DISABLED = "account.disabled"
    ACCOUNT_ENABLED = "account.enabled"
    ACCOUNT_DELETED = "account.deleted"
    GROUP_CREATED = "group.created"
    GROUP_RENAMED = "group.renamed"
    GROUP_DESCRIBED = "group.described"
    GROUP_PROMOTED = "group.promoted"
    GROUP_DEMOTED = "group.demoted"
    GROUP_DELETED = "group.deleted"
    MEMBER_ADDED = "group.member_added"
    MEMBER_REMOVED = "group.member_removed"
    RIGHTS_GIVEN = "rights.given"
    RIGHTS_REMOVED = "rights.removed"
    MODEL_CREATED = "model.created"
    MODEL_RENAMED = "model.renamed"
    MODEL_DESCRIBED = "model.described"
    MODEL_DELETED = "model.deleted"
    MODEL_RESTORED = "model.restored"
    MODEL_TAG_SET = "model.tag_set"
    MODEL_TAG_REMOVED = "model.tag_removed"
    ALIAS_SET = "alias.set"
    ALIAS_REMOVED = "alias.removed"
    VERSION_CREATED = "version.created"
    VERSION_DESCRIBED = "version.described"
    VERSION_TAG_SET = "version.tag_set"
    VERSION_TAG_REMOVED = "version.tag_removed"
    VERSION_TRANSITIONED = "version.transitioned"
    VERSION_ARCHIVED_BY_SUCCESSOR = "version.archived_by_successor"
    VERSION_DELETED = "version.deleted"
    VERSION_RESTORED = "version.restored"
    VERSION_RETURNED = "version.returned"
    VERSION_RETURNED_IN_EMERGENCY = "version.returned_in_emergency"
    VERSION_MOVED_WITH_STAGE = "version.moved_with_stage"
    REQUEST_OPENED = "request.opened"
    REQUEST_APPROVED = "request.approved"
    REQUEST_REJECTED = "request.rejected"
    REQUEST_WITHDRAWN = "request.withdrawn"
    CHECK_REPORTED = "check.reported"
    COMMENT_WRITTEN = "comment.written"
    COMMENT_EDITED = "comment.edited"
    COMMENT_DELETED = "comment.deleted"
    COMMENT_RESTORED = "comment.restored"
    STAGE_CREATED = "stage.created"
    STAGE_CHANGED = "stage.changed"
    STAGES_ORDERED = "stage.ordered"
    STAGE_REMOVED = "stage.removed"
    RULE_SET = "rule.set"
    RULE_REMOVED = "rule.removed"
    EXPERIMENT_CREATED = "experiment.created"
    EXPERIMENT_RENAMED = "experiment.renamed"
    EXPERIMENT_DELETED = "experiment.deleted"
    EXPERIMENT_RESTORED = "experiment.restored"
    RUN_DELETED = "run.deleted"
    RUN_RESTORED = "run.restored"


COLUMNS = tuple(column.name for column in Event.__table__.columns if column.name != "id")
EMPTY: dict[str, int | str | None] = dict.fromkeys(COLUMNS)
_INSERT = Prepared(insert(Event.__table__), columns=COLUMNS)


def record(kind: Kind, *, actor: Actor, **columns: int | str | None) -> None:
    """Write one event into the running transaction; `columns` are those of `Event`."""
    record_all([{"kind": kind.value, **by(actor), **columns}])


def by(actor: Actor) -> dict[str, int | str | None]:
    """The columns of an event that say who made it, and through which token."""
    return {"actor": actor.name, "actor_id": actor.account_id, "token_id": actor.token_id}


def record_all(rows: Sequence[dict[str, int | str | None]]) -> None:
    """Write many events of one moment in one statement; each row gives at least its kind and `by`."""
    if rows:
        now = clock.now_ms()
        _INSERT.run_many([EMPTY | {"at": now} | row for row in rows])


class Via(NamedTuple):
    """The token through which a change came, good or over: its name, and how its secret begins."""

    name: str
    hint: str


class Moment(NamedTuple):
    """One line of a timeline; `version` is the number of the version it speaks of, if any.

    `via` is for who keeps the model, and not for everybody who sees the line.
    """

    id: int
    at: int
    kind: str
    actor: str
    version: int | None
    subject: str | None
    before: str | None
    after: str | None
    comment: str | None
    via: Via | None = None


def timeline(
    *,
    model_id: int | None = None,
    version_id: int | None = None,
    experiment_id: int | None = None,
    kinds: Sequence[Kind] = (),
    before_id: int | None = None,
    limit: int = 20,
) -> list[Moment]:
    """The newest events of one model, version or experiment, at most `limit`, those older than `before_id`.

    `kinds` leaves out all others.
    """
    query = (
        select(
            Event.id,
            Event.at,
            Event.kind,
            Event.actor,
            ModelVersion.number,
            Event.subject,
            Event.before,
            Event.after,
            Event.comment,
            Token.name,
            Token.hint,
        )
        .outerjoin(ModelVersion, ModelVersion.id == Event.version_id)
        .outerjoin(Token, Token.id == Event.token_id)
        .order_by(Event.id.desc())
        .limit(limit)
    )
    for column, value in (
        (Event.model_id, model_id),
        (Event.version_id, version_id),
        (Event.experiment_id, experiment_id),
    ):
        if value is not None:
            query = query.where(column == value)
    if kinds:
        query = query.where(Event.kind.in_([kind.value for kind in kinds]))
    if before_id is not None:
        query = query.where(Event.id < before_id)
    return [Moment(*row[:-2], via(*row[-2:])) for row in db.session.execute(query)]


def via(name: str | None, hint: str | None) -> Via | None:
    """The token of a row, which has null where there was none."""
    return None if name is None or hint is None else Via(name, hint)
