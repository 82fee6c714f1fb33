"""Aliases and tags that have rules: what is refused in which words, and that all the rest goes on.

Usage: python governed.py <address of Greenroom> <token of anna, who edits> <token of meg, who manages>. Version 1 of
`churn` is in Production, where @champion points, protected by a rule. @prod-* is bound to Production, @live follows
it, and the tag `approved` is protected.
"""

import os
import sys
from urllib.parse import quote

import requests
from mlflow import MlflowClient
from mlflow.exceptions import MlflowException


def act_as(token: str) -> None:
    os.environ["MLFLOW_TRACKING_TOKEN"] = token


def refused(code: str, action, *arguments, **named) -> str:
    try:
        action(*arguments, **named)
    except MlflowException as error:
        assert error.error_code == code, error
        return str(error)
    raise AssertionError(f"{action} was not refused")


def pointed(client: MlflowClient) -> dict[str, int]:
    return {alias: int(number) for alias, number in client.get_registered_model("churn").aliases.items()}


def set_aliases(client: MlflowClient, address: str) -> None:
    """A protected one with the rule and where to ask, one that follows, one that is bound, and one that is free."""
    message = refused("PERMISSION_DENIED", client.set_registered_model_alias, "churn", "champion", 2)
    assert "Everyone, including administrators, has to request it." in message, message
    assert f"{address}/models/churn/versions/2/requests/new?stage={quote('@champion')}" in message, message
    message = refused("PERMISSION_DENIED", client.set_registered_model_alias, "churn", "live", "2")
    assert "@live of churn follows Production" in message, message
    message = refused("INVALID_STATE", client.set_registered_model_alias, "churn", "prod-eu", "2")
    assert "@prod-eu can only point at a version in Production" in message, message
    for alias in ("champion", "live"):
        refused("PERMISSION_DENIED", client.delete_registered_model_alias, "churn", alias)
    assert pointed(client) == {"champion": 1, "live": 1}, pointed(client)

    client.set_registered_model_alias("churn", "champion", "1")  # where it points already
    client.set_registered_model_alias("churn", "prod-eu", "1")
    client.set_registered_model_alias("churn", "free", "2")
    client.delete_registered_model_alias("churn", "free")
    client.delete_registered_model_alias("churn", "prod-eu")
    assert client.get_model_version_by_alias("churn", "live").version in (1, "1")


def set_tags(client: MlflowClient) -> None:
    """Wherever a tag can be given: on a model, a version, in what makes one, and in a copy."""
    rule = "can set or remove the tag approved."
    calls = (
        (client.set_registered_model_tag, "churn", "approved", "yes"),
        (client.delete_registered_model_tag, "churn", "approved"),
        (client.set_model_version_tag, "churn", "2", "approved", "yes"),
        (client.delete_model_version_tag, "churn", "1", "approved"),
    )
    for call, *arguments in calls:
        assert rule in refused("PERMISSION_DENIED", call, *arguments)
    # The clients give their own code to what they were told while they copied.
    message = refused("INTERNAL_ERROR", client.copy_model_version, "models:/churn/1", "copy")
    assert "PERMISSION_DENIED" in message and rule in message, message
    tags = {"approved": "yes"}
    assert rule in refused("PERMISSION_DENIED", client.create_registered_model, "fresh", tags=tags)
    refused("RESOURCE_DOES_NOT_EXIST", client.get_registered_model, "fresh")
    assert rule in refused("PERMISSION_DENIED", client.create_model_version, "churn", "s3://a/b", tags=tags)
    assert client.get_model_version("churn", "1").tags["approved"] == "yes"

    client.set_model_version_tag("churn", "2", "looked-at", "yes")
    made = client.create_model_version("churn", "s3://a/b", tags={"team": "risk"})
    assert made.version in (3, "3"), made
    copy = client.copy_model_version("models:/churn/2", "copy")
    assert copy.tags["looked-at"] == "yes"


def carry_away(client: MlflowClient) -> None:
    """A manager, who would take the alias from clients with the version, the model or its name."""
    for call, *arguments in (
        (client.delete_model_version, "churn", "1"),
        (client.delete_registered_model, "churn"),
        (client.rename_registered_model, "churn", "left"),
    ):
        assert "@champion of churn without a request" in refused("PERMISSION_DENIED", call, *arguments)
    client.delete_model_version("churn", "3")
    assert pointed(client) == {"champion": 1, "live": 1}, pointed(client)


def ask(address: str, anna: str, meg: str) -> None:
    """What the refusal offers: the request, which somebody else approves."""
    for token, call in ((anna, "create"), (meg, "approve")):
        answer = requests.post(
            f"{address}/api/2.0/mlflow/transition-requests/{call}",
            json={"name": "churn", "version": "2", "stage": "@champion", "archive_existing_versions": False},
            headers={"Authorization": f"Bearer {token}"},
            timeout=60,
        )
        assert answer.ok, answer.text


def follow(client: MlflowClient) -> None:
    """A version moves, and what follows its stage is there for the next reader."""
    client.transition_model_version_stage("churn", "2", "Production", archive_existing_versions=True)
    assert pointed(client) == {"champion": 2, "live": 2}, pointed(client)


if __name__ == "__main__":
    address, anna, meg = sys.argv[1:]
    act_as(anna)
    editor = MlflowClient(address, address)
    set_aliases(editor, address)
    set_tags(editor)
    act_as(meg)
    carry_away(editor)
    ask(address, anna, meg)
    assert pointed(editor) == {"champion": 2, "live": 1}, pointed(editor)
    follow(editor)
