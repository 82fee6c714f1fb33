"""A person's own account: its name, its password, and the browsers that are signed in to it."""

from flask import Blueprint, flash, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue

from app.accounts import accounts, groups, sessions, sign_in_throttle
from app.accounts.queries import AccountRow
from app.audit import recorder
from app.audit.recorder import Kind
from app.authz.permissions import Permission
from app.core.errors import TooMany
from app.http import authentication
from app.http.application import current_actor, current_greenroom, needs
from app.web.error_sentences import sentence
from app.web.errors import NoPasswordToChange, SessionAlreadyEnded
from app.web.forms.accounts import ChangePasswordForm, FullNameForm
from app.web.site import abilities
from app.web.site.query_numbers import positive_number

blueprint = Blueprint("profile", __name__, url_prefix="/account")


def own_account() -> AccountRow:
    """Returns the account behind the request. Raises `NotFound` in personal mode, which has none."""
    abilities.require_team()
    return accounts.get(current_actor().account_id or 0)


def _secret() -> str:
    return session.get(authentication.SESSION_KEY, "")


@blueprint.get("")
@needs(Permission.ACCOUNT)
def show() -> ResponseReturnValue:
    """Shows the account, its groups, and the browsers that are signed in."""
    account = own_account()
    return render_template(
        "account/show.html",
        account=account,
        groups=groups.of_account(account.id),
        sessions=sessions.of_account(account.id),
        present=sessions.find_id(_secret()),
        passwords=abilities.takes_passwords(),
    )


@blueprint.route("/full-name", methods=["GET", "POST"])
@needs(Permission.ACCOUNT)
def set_full_name() -> ResponseReturnValue:
    """Changes the person's full name."""
    account = own_account()
    form = FullNameForm()
    if not form.is_submitted():
        form.full_name.data = account.full_name
    elif form.validate() and form.attempt(
        lambda: accounts.set_full_name(account.name, form.full_name.data, actor=current_actor())
    ):
        flash("Full name saved.", "done")
        return redirect(url_for("profile.show"), 303)
    return render_template("account/full_name.html", account=account, form=form), form.status


@blueprint.route("/password", methods=["GET", "POST"])
@needs(Permission.ACCOUNT)
def change_password() -> ResponseReturnValue:
    """Changes the password once the present one is given, and signs out other browsers."""
    account = own_account()
    if not (account.has_password and abilities.takes_passwords()):
        raise NoPasswordToChange
    form = ChangePasswordForm()
    if form.validate_on_submit():
        try:
            if _change_password(account, form):
                flash("Password changed. Other browsers are signed out; tokens keep working.", "done")
                return redirect(url_for("profile.show"), 303)
        except TooMany as error:
            form.refuse(sentence(error))
            html = render_template("account/password.html", account=account, form=form)
            return html, 429, {"Retry-After": str(error.retry_after)}
    return render_template("account/password.html", account=account, form=form), form.status


def _change_password(account: AccountRow, form: ChangePasswordForm) -> bool:
    """Returns whether it worked; a wrong present password counts as a failed sign-in. Raises `TooMany`."""
    address = request.remote_addr or ""
    sign_in_throttle.check(account.name, address)
    done = form.attempt(
        lambda: accounts.set_password(
            account.name,
            form.password.data or "",
            current=form.current_password.data or "",
            keep=_secret(),
            actor=current_actor(),
        )
    )
    if form.current_password.errors:
        current_greenroom().sign_in.record_failure(account.name, address)
    return done


@blueprint.post("/sessions/end")
@needs(Permission.ACCOUNT)
def end_session() -> ResponseReturnValue:
    """Signs out the browser whose session the pressed button carries."""
    account, key = own_account(), positive_number(request.form.get("session"))
    if key not in {row.id for row in sessions.of_account(account.id)}:
        raise SessionAlreadyEnded
    sessions.end_by_id(key, account.id)
    return _ended("That browser is signed out.")


@blueprint.post("/sessions/end-others")
@needs(Permission.ACCOUNT)
def end_other_sessions() -> ResponseReturnValue:
    """Signs out every browser except this one."""
    sessions.end_all(own_account().id, but=_secret())
    return _ended("All other browsers are signed out.")


def _ended(words: str) -> ResponseReturnValue:
    recorder.record(Kind.SIGNED_OUT, actor=current_actor(), comment=words)
    flash(words, "done")
    return redirect(url_for("profile.show"), 303)
