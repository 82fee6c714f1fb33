"""A transition asked for, argued about and decided, through the real databricks-sdk.

Usage: python approvals.py <address> <model> [<token of who asks> <token of who approves>]. The model has
two versions. Without tokens one and the same local user does all of it. Ends with 0 when every answer
was as it should be.
"""

import logging
import sys

from databricks.sdk import WorkspaceClient
from databricks.sdk.errors import DatabricksError, NotFound, PermissionDenied
from databricks.sdk.service import ml
from databricks.sdk.version import __version__

OLD = tuple(map(int, __version__.split(".")[:2])) < (0, 58)
# Until 0.57 stages were an enum of the four.
PRODUCTION = ml.Stage.PRODUCTION if OLD else "Production"
STAGING = ml.Stage.STAGING if OLD else "Staging"
GONE = ml.DeleteTransitionRequestStage if OLD else None


class Complaint(logging.Handler):
    """Fails wherever the SDK warns its user of something about this server."""

    def emit(self, record: logging.LogRecord) -> None:
        raise AssertionError(record.getMessage())


logging.getLogger("databricks.sdk").addHandler(Complaint(logging.WARNING))


def client(address: str, token: str) -> ml.ModelRegistryAPI:
    return WorkspaceClient(host=address, token=token, auth_type="pat").model_registry


def refused(kind: type[DatabricksError], call, *arguments, **values) -> str:
    try:
        call(*arguments, **values)
    except kind as error:
        return str(error)
    raise AssertionError(f"{call.__name__} was not refused")


def text(value) -> str:
    return getattr(value, "value", value)


def live_through_a_request(asker: ml.ModelRegistryAPI, approver: ml.ModelRegistryAPI, name: str) -> None:
    request = asker.create_transition_request(name, "1", PRODUCTION, comment="Better").request
    assert (text(request.to_stage), request.comment) == ("Production", "Better"), request
    conflict = refused(DatabricksError, asker.create_transition_request, name, "1", PRODUCTION)
    assert "still open" in conflict, conflict
    (listed,) = approver.list_transition_requests(name, "1")
    assert text(listed.activity_type) == "REQUESTED_TRANSITION", listed
    assert listed.user_id == request.user_id
    asker.delete_transition_request(name, "1", GONE.PRODUCTION if OLD else PRODUCTION, request.user_id)
    assert list(asker.list_transition_requests(name, "1")) == []

    asker.create_transition_request(name, "1", PRODUCTION)
    rejected = approver.reject_transition_request(name, "1", PRODUCTION, comment="Not yet").activity
    assert text(rejected.activity_type) == "REJECTED_REQUEST", rejected

    asker.create_transition_request(name, "1", PRODUCTION)
    approved = approver.approve_transition_request(name, "1", PRODUCTION, True, comment="Go").activity
    assert text(approved.activity_type) == "APPROVED_REQUEST", approved
    assert (text(approved.from_stage), text(approved.to_stage)) == ("None", "Production"), approved
    assert approved.creation_timestamp > 0 and approved.user_id

    late = refused(DatabricksError, approver.approve_transition_request, name, "1", PRODUCTION, True)
    assert "approved" in late, late
    refused(NotFound, approver.reject_transition_request, name, "2", PRODUCTION)


def move_directly(approver: ml.ModelRegistryAPI, name: str) -> None:
    answer = approver.transition_stage(name, "2", PRODUCTION, True, comment="Directly")
    version = answer.model_version if OLD else answer.model_version_databricks
    assert (version.version, text(version.current_stage)) == ("2", "Production"), version
    assert text(version.permission_level) in ("CAN_MANAGE", "CAN_MANAGE_PRODUCTION_VERSIONS"), version
    model = approver.get_model(name).registered_model_databricks
    assert model.name == name and len(model.id) == 32, model
    stages = {one.version: text(one.current_stage) for one in model.latest_versions}
    assert stages == {"1": "Archived", "2": "Production"}, stages


def talk(asker: ml.ModelRegistryAPI, approver: ml.ModelRegistryAPI, name: str) -> None:
    comment = asker.create_comment(name, "1", "Hm").comment
    assert comment.comment == "Hm" and comment.id
    changed = asker.update_comment(comment.id, "Well").comment
    assert (changed.id, changed.comment) == (comment.id, "Well")
    if asker is not approver:
        refused(PermissionDenied, approver.update_comment, comment.id, "Mine")
    asker.delete_comment(comment.id)
    refused(NotFound, asker.delete_comment, comment.id)


def main(address: str, name: str, *tokens: str) -> None:
    asker = client(address, tokens[0] if tokens else "anything")
    approver = client(address, tokens[1]) if tokens else asker
    if tokens:
        denied = refused(PermissionDenied, asker.transition_stage, name, "1", PRODUCTION, True)
        assert "transition-requests/create" in denied, denied
        asker.create_transition_request(name, "1", STAGING)
        refused(PermissionDenied, asker.approve_transition_request, name, "1", STAGING, False)
        asker.delete_transition_request(
            name,
            "1",
            GONE.STAGING if OLD else STAGING,
            next(iter(asker.list_transition_requests(name, "1"))).user_id,
        )
    live_through_a_request(asker, approver, name)
    move_directly(approver, name)
    talk(asker, approver, name)


if __name__ == "__main__":
    main(*sys.argv[1:])
