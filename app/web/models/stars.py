"""Stars of models, set by a button beside each name."""

from flask import Blueprint, redirect, request
from flask.typing import ResponseReturnValue

from app.authz.permissions import Permission
from app.http import addresses
from app.http.application import current_actor, needs
from app.registry import stars

blueprint = Blueprint("stars", __name__)


@blueprint.post("/stars")
@needs(Permission.ACCOUNT)
def change() -> ResponseReturnValue:
    """Adds or removes the star that the pressed button names, and goes back to the page with the button."""
    if name := request.form.get("add"):
        stars.add(name, actor=current_actor())
    elif name := request.form.get("take"):
        stars.take(name, actor=current_actor())
    return redirect(addresses.local(request.form.get("next", "")), 303)
