"""Calls on accounts, as MLflow's basic-auth application has them (`mlflow.server.auth`, MLflow 3.17).

A duplicate is answered without anything that was sent but the name, where MLflow gives the password's
hash away. Rights are given by other calls (`app.api.databricks.permissions`).
"""

from types import SimpleNamespace

from flask import request

from app.accounts import accounts, sign_in_throttle
from app.api.error_responses import for_domain_error
from app.api.fields import Flag, Text
from app.api.presenters.users import present_actor, present_user
from app.api.routing import Answer, call
from app.audit import recorder
from app.audit.recorder import Kind
from app.authz.permissions import Permission
from app.core.errors import InvalidParameter
from app.http.application import current_actor
from app.sharing import team_setup

USERNAME = Text(name="username", required=True)
PASSWORD = Text(name="password", required=True)
ADMINISTER = Permission.ADMINISTER


@call("POST", "/mlflow/users/create", ADMINISTER, USERNAME, PASSWORD)
def create(args: SimpleNamespace) -> dict:
    """CreateUser. The first account is made elsewhere, since it must be an administrator's."""
    row = team_setup.create_account(args.username, password=args.password, actor=current_actor())
    return {"user": present_user(row)}


@call("GET", "/mlflow/users/get", Permission.ACCOUNT, USERNAME)
def get(args: SimpleNamespace) -> dict:
    """GetUser: oneself, and for administrators everybody."""
    return {"user": present_user(accounts.get_managed(args.username, current_actor()))}


@call("GET", "/mlflow/users/list", ADMINISTER)
def list_(_args: SimpleNamespace) -> dict:
    """ListUsers: all of them at once, as MLflow does."""
    rows, _ = accounts.search(max_results=50_000)
    return {"users": [present_user(row) for row in rows]}


@call("GET", "/mlflow/users/current", Permission.WHOAMI)
def current(_args: SimpleNamespace) -> dict:
    """GetCurrentUser."""
    actor = current_actor()
    is_basic = request.authorization is not None and request.authorization.type == "basic"
    return {"user": present_actor(actor), "is_basic_auth": is_basic}


@call(
    "PATCH",
    "/mlflow/users/update-password",
    Permission.ACCOUNT,
    USERNAME,
    PASSWORD,
    Text(name="current_password"),
)
def update_password(args: SimpleNamespace) -> Answer:
    """UpdateUserPassword. A wrong current one counts as a sign-in that failed."""
    actor, address = current_actor(), request.remote_addr or ""
    if args.current_password is not None:
        sign_in_throttle.check(args.username, address)
    try:
        accounts.set_password(args.username, args.password, current=args.current_password, actor=actor)
    except InvalidParameter as error:
        if error.field != "current_password" or not args.current_password:
            raise
        sign_in_throttle.record_failure(args.username, address)
        recorder.record(Kind.SIGN_IN_REFUSED, actor=actor, subject=actor.name, comment=f"from {address}")
        return for_domain_error(error)  # an answer, not an error: what was just written is to stay
    return {}


@call("PATCH", "/mlflow/users/update-admin", ADMINISTER, USERNAME, Flag(name="is_admin", required=True))
def update_admin(args: SimpleNamespace) -> dict:
    """UpdateUserAdmin."""
    accounts.set_admin(args.username, args.is_admin, actor=current_actor())
    return {}


@call("DELETE", "/mlflow/users/delete", ADMINISTER, USERNAME)
def delete(args: SimpleNamespace) -> dict:
    """DeleteUser: anybody but oneself."""
    accounts.delete(args.username, actor=current_actor())
    return {}
