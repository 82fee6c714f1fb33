"""Rights on a model given, shown and taken through the real databricks-sdk.

Usage: python rights.py <address> <token of an administrator> <token of anna>. There are the accounts
anna and bot (a service), the group team, and the model churn. Ends with 0 when every answer was as it
should be.
"""

import sys

from databricks.sdk import WorkspaceClient
from databricks.sdk.errors import BadRequest, NotFound, PermissionDenied
from databricks.sdk.service import ml

Level = ml.RegisteredModelPermissionLevel
Entry = ml.RegisteredModelAccessControlRequest


def client(address: str, token: str) -> ml.ModelRegistryAPI:
    return WorkspaceClient(host=address, token=token, auth_type="pat").model_registry


def refused(kind: type[Exception], call, *arguments, **values) -> str:
    try:
        call(*arguments, **values)
    except kind as error:
        return str(error)
    raise AssertionError(f"{call.__name__} was not refused")


def shown(permissions: ml.RegisteredModelPermissions) -> dict[str, list[tuple[Level, bool]]]:
    """Who has which levels, and whether each is inherited."""
    return {
        entry.user_name or entry.group_name or entry.service_principal_name: [
            (one.permission_level, bool(one.inherited)) for one in entry.all_permissions
        ]
        for entry in permissions.access_control_list
    }


def main(address: str, admin_token: str, anna_token: str) -> None:
    admin, anna = client(address, admin_token), client(address, anna_token)
    model = admin.get_model("churn").registered_model_databricks
    assert len(model.id) == 32, model
    assert [one.permission_level for one in admin.get_permission_levels(model.id).permission_levels] == [
        Level.CAN_READ,
        Level.CAN_EDIT,
        Level.CAN_MANAGE_STAGING_VERSIONS,
        Level.CAN_MANAGE_PRODUCTION_VERSIONS,
        Level.CAN_MANAGE,
    ]
    refused(NotFound, anna.get_permissions, model.id)

    given = admin.set_permissions(
        model.id,
        access_control_list=[
            Entry(user_name="anna", permission_level=Level.CAN_READ),
            Entry(group_name="team", permission_level=Level.CAN_EDIT),
            Entry(service_principal_name="bot", permission_level=Level.CAN_MANAGE_STAGING_VERSIONS),
        ],
    )
    assert (given.object_id, given.object_type) == (f"/registered-models/{model.id}", "registered-model"), (
        given
    )
    assert shown(given) == {
        "admins": [(Level.CAN_MANAGE, True)],
        "bot": [(Level.CAN_MANAGE_STAGING_VERSIONS, False)],
        "team": [(Level.CAN_EDIT, False)],
        "anna": [(Level.CAN_READ, False)],
    }
    assert shown(anna.get_permissions(model.id)) == shown(given)
    me = anna.get_model("churn").registered_model_databricks
    assert getattr(me.permission_level, "value", me.permission_level) == "CAN_READ", me
    wish = [Entry(user_name="anna", permission_level=Level.CAN_MANAGE)]
    refused(PermissionDenied, anna.update_permissions, model.id, access_control_list=wish)

    assert shown(admin.update_permissions(model.id, access_control_list=wish))["anna"] == [
        (Level.CAN_MANAGE, False)
    ]
    left = anna.set_permissions(model.id, access_control_list=[])
    assert shown(left) == {"admins": [(Level.CAN_MANAGE, True)]}, left
    refused(NotFound, anna.get_permissions, model.id)
    refused(BadRequest, admin.set_permissions, "root", access_control_list=wish)
    admin.update_permissions(
        "root", access_control_list=[Entry(user_name="anna", permission_level=Level.CAN_READ)]
    )
    assert shown(anna.get_permissions(model.id))["anna"] == [(Level.CAN_READ, True)]


if __name__ == "__main__":
    main(*sys.argv[1:])
