"""Serves Databricks' calls on transition requests and comments, which MLflow lacks, and those related to them.

What each field is and who may do what: `docs/approvals.md`. A request is named by model, version and
stage; a decision applies to all that are open for these three.
"""

from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

from app.activity import stage_activity
from app.api.errors import CommentIdNotFound
from app.api.fields import LooseFlag, Text
from app.api.presenters.activities import present_activity
from app.api.presenters.activity_ids import comment_number
from app.api.presenters.comments import present_comment
from app.api.presenters.databricks_models import present_model_databricks, present_version_databricks
from app.api.presenters.transition_requests import present_request
from app.api.routing import call
from app.approvals import comments, requests
from app.approvals.queries import RequestRow
from app.audit.recorder import Kind
from app.authz.permissions import Permission
from app.http.application import current_actor
from app.registry import access, models, queries
from app.registry.queries import VersionRow
from app.stages import transitions

NAME = Text(name="name", required=True)
VERSION = Text(name="version", required=True)
STAGE = Text(name="stage", required=True)
COMMENT = Text(name="comment")
# Required according to the documentation; Databricks' own notebooks also send it as a text.
ARCHIVE = LooseFlag(name="archive_existing_versions", default=False)
# Where it is left out, the holders of the stage are archived if the request says so.
ARCHIVE_OR_AS_REQUESTED = LooseFlag(name="archive_existing_versions")
READ, ASK = Permission.MODELS_READ, Permission.MODELS_REQUEST
# The stage's rule says who may decide, and it may name people who only read the model.
DECIDE = Permission.MODELS_TRANSITION


@call("POST", "/mlflow/transition-requests/create", ASK, NAME, VERSION, STAGE, COMMENT)
def create_request(args: SimpleNamespace) -> dict:
    """CreateTransitionRequest."""
    request = requests.open_request(
        args.name, args.version, args.stage, comment=args.comment, actor=current_actor()
    )
    return {"request": _present([request], queries.version(args.name, args.version))[0]}


@call("GET", "/mlflow/transition-requests/list", READ, NAME, VERSION)
def list_requests(args: SimpleNamespace) -> dict:
    """ListTransitionRequests: the open ones."""
    return {"requests": _open_requests(queries.version(args.name, args.version))}


@call(
    "POST",
    "/mlflow/transition-requests/approve",
    DECIDE,
    NAME,
    VERSION,
    STAGE,
    ARCHIVE_OR_AS_REQUESTED,
    COMMENT,
)
def approve_request(args: SimpleNamespace) -> dict:
    """ApproveTransitionRequest: the version moves once its rule is met."""
    decision = requests.approve(
        args.name,
        args.version,
        args.stage,
        archive_others=args.archive_existing_versions,
        comment=args.comment,
        actor=current_actor(),
    )
    return _activity(decision.version, Kind.REQUEST_APPROVED)


@call("POST", "/mlflow/transition-requests/reject", DECIDE, NAME, VERSION, STAGE, COMMENT)
def reject_request(args: SimpleNamespace) -> dict:
    """RejectTransitionRequest."""
    decision = requests.reject(
        args.name, args.version, args.stage, comment=args.comment, actor=current_actor()
    )
    return _activity(decision.version, Kind.REQUEST_REJECTED)


@call(
    "DELETE",
    "/mlflow/transition-requests/delete",
    ASK,
    NAME,
    VERSION,
    STAGE,
    Text(name="creator", required=True),
    COMMENT,
)
def delete_request(args: SimpleNamespace) -> dict:
    """DeleteTransitionRequest: withdraws the request of `creator`."""
    request = requests.withdraw(
        args.name,
        args.version,
        args.stage,
        requester=args.creator,
        comment=args.comment,
        actor=current_actor(),
    )
    return _activity(queries.version(request.name, request.number), Kind.REQUEST_WITHDRAWN)


@call(
    "POST",
    "/mlflow/databricks/model-versions/transition-stage",
    Permission.MODELS_TRANSITION,
    NAME,
    VERSION,
    STAGE,
    ARCHIVE,
    COMMENT,
)
def transition_stage(args: SimpleNamespace) -> dict:
    """TransitionModelVersionStageDatabricks; under both keys, since clients before 0.58 read the shorter."""
    row = transitions.transition(
        args.name,
        args.version,
        args.stage,
        archive_others=args.archive_existing_versions,
        comment=args.comment,
        actor=current_actor(),
    )
    level = access.level_on(row.model_id)
    shown = present_version_databricks(row, level, _open_requests(row))
    return {"model_version_databricks": shown, "model_version": shown}


@call("GET", "/mlflow/databricks/registered-models/get", READ, NAME)
def get_model(args: SimpleNamespace) -> dict:
    """GetRegisteredModelDatabricks."""
    row = models.get(args.name)
    shown = present_model_databricks(row, access.level_on(row.id))
    return {"registered_model_databricks": shown}


@call("POST", "/mlflow/comments/create", ASK, NAME, VERSION, Text(name="comment", required=True))
def create_comment(args: SimpleNamespace) -> dict:
    """CreateComment."""
    return _comment(comments.create(args.name, args.version, args.comment, actor=current_actor()))


@call(
    "PATCH",
    "/mlflow/comments/update",
    ASK,
    Text(name="id", required=True),
    Text(name="comment", required=True),
)
def update_comment(args: SimpleNamespace) -> dict:
    """UpdateComment."""
    return _comment(comments.edit(_number(args.id), args.comment, actor=current_actor()))


@call("DELETE", "/mlflow/comments/delete", ASK, Text(name="id", required=True))
def delete_comment(args: SimpleNamespace) -> dict:
    """DeleteComment."""
    comments.delete(_number(args.id), actor=current_actor())
    return {}


@call("POST", "/greenroom/comments/restore", ASK, Text(name="id", required=True))
def restore_comment(args: SimpleNamespace) -> dict:
    """Undoes DeleteComment, which Databricks cannot."""
    return _comment(comments.restore(_number(args.id), actor=current_actor()))


def _number(comment_id: str) -> int:
    number = comment_number(comment_id)
    if number is None:
        raise CommentIdNotFound(comment_id[:100])
    return number


def _comment(row: comments.CommentRow) -> dict[str, Any]:
    may = comments.abilities(row, access.level_on(row.model_id), current_actor())
    return {"comment": present_comment(row, may)}


def _open_requests(row: VersionRow) -> list[dict[str, Any]]:
    return _present(requests.open_of(row.id), row)


def _present(rows: Sequence[RequestRow], version: VersionRow) -> list[dict[str, Any]]:
    abilities = requests.abilities_of(rows, version, current_actor())
    return [
        present_request(row, may_decide=may.decide, may_withdraw=may.withdraw)
        for row, may in zip(rows, abilities, strict=True)
    ]


def _activity(row: VersionRow, kind: Kind) -> dict[str, Any]:
    moment = stage_activity.newest(row.id, kind)
    return {} if moment is None else {"activity": present_activity(moment)}
