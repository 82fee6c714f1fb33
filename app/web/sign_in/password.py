"""Signing in with a name and password, and signing out."""

from urllib.parse import urlsplit

from flask import Blueprint, flash, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue

from app.accounts import sign_in_throttle
from app.accounts.credentials import by_session
from app.audit import recorder
from app.audit.recorder import Kind
from app.authz.actors import Actor
from app.authz.permissions import Permission
from app.core.errors import TooMany
from app.db.transactions import transaction
from app.http import addresses, authentication
from app.http.application import current_actor, current_greenroom, needs
from app.web.error_sentences import sentence
from app.web.sign_in.forms import SignInForm
from app.web.site import abilities

blueprint = Blueprint("signing", __name__)

REFUSED = "Wrong user name or password."


# The request's own transaction only reads: a wrong password is recorded although nothing else is, and the slow hash
# of a password must not hold the lock of writers.
@blueprint.route("/sign-in", methods=["GET", "POST"])
@needs(Permission.PUBLIC, reads=True)
def sign_in() -> ResponseReturnValue:
    """Begins a session for a person with the right name and password, and goes on to where they were going."""
    onward = destination(request.values.get("next", ""))
    secret = session.get(authentication.SESSION_KEY)
    if not _team().is_on() or (request.method == "GET" and secret and by_session(secret)):
        return redirect(onward, 303)
    form = SignInForm()
    form.next.data = onward
    if form.is_submitted() and form.validate():
        try:
            if actor := _actor_by_password(form.name.data or "", form.password.data or ""):
                begin(actor)
                return redirect(onward, 303)
            form.refuse(REFUSED)
        except TooMany as error:
            form.refuse(sentence(error))
            return _page(form), 429, {"Retry-After": str(error.retry_after)}
    return _page(form), form.status


def _page(form: SignInForm) -> str:
    provider = current_greenroom().settings.oidc
    onward = form.next.data or addresses.home()
    return render_template(
        "sign_in/sign_in.html",
        form=form,
        provider=provider,
        passwords=abilities.takes_passwords(),
        onward=onward,
        here=url_for("signing.sign_in", next=onward),
    )


def _team():
    return current_greenroom().sign_in.team


def destination(target: str) -> str:
    """Returns where to go after signing in: a path of this server, and not back to signing in or out."""
    path = addresses.local(target)
    own = (url_for("signing.sign_in"), url_for("signing.sign_out"))
    return addresses.home() if urlsplit(path).path.startswith(own) else path


def _actor_by_password(name: str, password: str) -> Actor | None:
    """Returns who signs in; None counts as a failure. Raises `TooMany`."""
    address = request.remote_addr or ""
    known = current_greenroom().sign_in.by_password(name, password, address)
    if known is None:
        current_greenroom().sign_in.record_failure(name, address)
        return None
    with transaction():
        sign_in_throttle.forget_failures(name, address)
    return known.actor


def begin(actor: Actor, *, hours: int | None = None) -> None:
    """Signs the present browser in as `actor`, whoever was signed in with it before, and records it.

    The session lasts so many hours, or those of a sign-in with a password.
    """
    hours = hours or current_greenroom().settings.session_hours
    with transaction():
        authentication.end_session()
        authentication.begin_session(actor.account_id or 0, hours=hours)
        recorder.record(Kind.SIGNED_IN, actor=actor, comment=f"from {request.remote_addr}")


@blueprint.post("/sign-out")
@needs(Permission.ACCOUNT)
def sign_out() -> ResponseReturnValue:
    """Ends the session of this browser."""
    if authentication.SESSION_KEY in session:
        authentication.end_session()
        recorder.record(Kind.SIGNED_OUT, actor=current_actor())
        flash("You have signed out.", "done")
    return redirect(url_for("signing.sign_in"), 303)
