"""Accounts as `mlflow.server.auth.entities.User` reads them."""

from typing import Any

from app.accounts.queries import AccountRow
from app.authz.actors import Actor


def present_user(row: AccountRow) -> dict[str, Any]:
    """Returns a `User`. MLflow 2 demands the lists of permissions; MLflow 3 those of roles."""
    return {
        "id": row.id,
        "username": row.name,
        "is_admin": row.administers,
        "experiment_permissions": [],
        "registered_model_permissions": [],
        "roles": [],
    }


def present_actor(actor: Actor) -> dict[str, Any]:
    """Returns the caller as a `User`; where there are no accounts, the person at the machine is number 0."""
    return {
        "id": actor.account_id or 0,
        "username": actor.name,
        "is_admin": actor.account_id is None or actor.is_admin,
    }
