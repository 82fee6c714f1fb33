"""Records changes: one event for each, in the transaction of the change itself."""

import enum
from collections.abc import Sequence

from sqlalchemy import insert

from app.audit.tables import Event
from app.authz.actors import Actor
from app.core import clock
from app.db.statements import Statement


class Kind(enum.Enum):
    """Every kind of event, as noun.verb; the pages have a sentence for each."""

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
    VERSION_DIGEST_REPORTED = "version.digest_reported"
    VERSION_FILES_CHANGED = "version.files_changed"
    VERSION_FILES_RESTORED = "version.files_restored"
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
    IMPORT_FINISHED = "import.finished"


COLUMNS = tuple(column.name for column in Event.__table__.columns if column.name != "id")
EMPTY: dict[str, int | str | None] = dict.fromkeys(COLUMNS)
_INSERT = Statement(insert(Event.__table__), columns=COLUMNS)


def record(kind: Kind, *, actor: Actor, **columns: int | str | None) -> None:
    """Writes one event into the running transaction; `columns` are those of `Event`."""
    record_all([{"kind": kind.value, **by(actor), **columns}])


def by(actor: Actor) -> dict[str, int | str | None]:
    """Returns the columns of an event that say who caused it, and through which token."""
    return {"actor": actor.name, "actor_id": actor.account_id, "token_id": actor.token_id}


def record_all(rows: Sequence[dict[str, int | str | None]]) -> None:
    """Writes many events of the same moment in one statement; each row has at least its kind and `by`."""
    if rows:
        now = clock.now_ms()
        _INSERT.run_many([EMPTY | {"at": now} | row for row in rows])
