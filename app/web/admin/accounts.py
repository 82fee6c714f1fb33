"""Administration of accounts: people and services are created, changed, disabled and deleted."""

from collections.abc import Callable

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from app.accounts import accounts, groups, sso_accounts, tokens
from app.accounts.queries import AccountRow
from app.authz.permissions import Permission
from app.http.application import current_actor, current_greenroom, needs
from app.settings.oidc import Provider
from app.sharing import team_setup
from app.web.errors import NoPasswordAllowed, NoSingleSignOnForAccount
from app.web.forms.accounts import FullNameForm, NewAccountForm, NewServiceForm, SetPasswordForm
from app.web.forms.base import Form
from app.web.rendering.list_view import search_page
from app.web.site import abilities

blueprint = Blueprint("accounts", __name__, url_prefix="/admin")

A_PAGE = 50
USER, SERVICE = "user", "service"


@blueprint.get("")
@needs(Permission.ADMINISTER)
def index() -> ResponseReturnValue:
    """Leads to the people, with whom administration begins."""
    return redirect(url_for("accounts.users"), 303)


@blueprint.get("/users")
@needs(Permission.ADMINISTER)
def users() -> ResponseReturnValue:
    """Shows the people with an account, by name, or those that match the search."""
    return _list(USER)


@blueprint.get("/services")
@needs(Permission.ADMINISTER)
def services() -> ResponseReturnValue:
    """Shows the service accounts, by name, or those that match the search."""
    return _list(SERVICE)


def _list(kind: str) -> ResponseReturnValue:
    abilities.require_team()
    page = search_page(
        lambda query, page_token: accounts.search(
            text=query, kind=kind, max_results=A_PAGE, page_token=page_token
        )
    )
    html = render_template(
        "admin/accounts.html",
        accounts=page.rows,
        kind=kind,
        query=page.query,
        wrong=page.wrong,
        next_url=page.next_url,
        first_url=page.first_url,
    )
    return html, page.status


@blueprint.route("/new-user", methods=["GET", "POST"])
@needs(Permission.ADMINISTER)
def create_user() -> ResponseReturnValue:
    """Makes a person's account. One without a password waits for single sign-on, or for a password."""
    abilities.require_team()
    form = NewAccountForm()
    if form.validate_on_submit() and form.attempt(
        lambda: team_setup.create_account(
            form.name.data or "",
            password=form.password.data or None,
            is_admin=form.is_admin.data,
            full_name=form.full_name.data or None,
            actor=current_actor(),
        )
    ):
        return _made(form)
    html = render_template("admin/new_user.html", form=form, passwords=abilities.takes_passwords())
    return html, form.status


@blueprint.route("/new-service", methods=["GET", "POST"])
@needs(Permission.ADMINISTER)
def create_service() -> ResponseReturnValue:
    """Makes a service account, which signs in with tokens only."""
    abilities.require_team()
    form = NewServiceForm()
    if form.validate_on_submit() and form.attempt(
        lambda: team_setup.create_account(
            form.name.data or "", kind=SERVICE, full_name=form.full_name.data or None, actor=current_actor()
        )
    ):
        return _made(form)
    return render_template("admin/new_service.html", form=form), form.status


def _made(form: NewServiceForm) -> ResponseReturnValue:
    flash(f"Account {form.name.data} created.", "done")
    return redirect(url_for("accounts.show", account=form.name.data), 303)


@blueprint.get("/accounts/<account>")
@needs(Permission.ADMINISTER)
def show(account: str) -> ResponseReturnValue:
    """Shows one account: what it is, its groups and tokens, and what can be done to it."""
    row = accounts.find(account)
    return render_template(
        "admin/account.html",
        account=row,
        groups=groups.of_account(row.id),
        token_count=len([token for token in tokens.of_account(row.id) if token.revoked_at is None]),
        is_own=row.id == current_actor().account_id,
        passwords=abilities.takes_passwords(),
        provider=_provider(),
    )


def _provider() -> Provider | None:
    return current_greenroom().settings.oidc


@blueprint.route("/accounts/<account>/full-name", methods=["GET", "POST"])
@needs(Permission.ADMINISTER)
def set_full_name(account: str) -> ResponseReturnValue:
    """Changes the full name of the account's owner."""
    row, form = accounts.find(account), FullNameForm()
    if not form.is_submitted():
        form.full_name.data = row.full_name
    elif form.validate() and form.attempt(
        lambda: accounts.set_full_name(row.name, form.full_name.data, actor=current_actor())
    ):
        return _done(row, "Full name saved.")
    return render_template("admin/full_name.html", account=row, form=form), form.status


@blueprint.route("/accounts/<account>/password", methods=["GET", "POST"])
@needs(Permission.ADMINISTER)
def set_password(account: str) -> ResponseReturnValue:
    """Gives the account another password."""
    row, form = accounts.find(account), SetPasswordForm()
    if row.is_service or not abilities.takes_passwords():
        raise NoPasswordAllowed
    if row.id == current_actor().account_id:  # the profile also asks for the present password
        return redirect(url_for("profile.change_password"), 303)
    if form.validate_on_submit() and form.attempt(
        lambda: accounts.set_password(row.name, form.password.data or "", actor=current_actor())
    ):
        return _done(row, f"{row.name} has a new password and is signed out everywhere.")
    return render_template("admin/password.html", account=row, form=form), form.status


@blueprint.route("/accounts/<account>/administrator", methods=["GET", "POST"])
@needs(Permission.ADMINISTER)
def set_admin(account: str) -> ResponseReturnValue:
    """Makes the account an administrator, or takes that away."""
    row = accounts.find(account)
    words = "is no longer an administrator" if row.is_admin else "is now an administrator"
    return _confirmed(
        row,
        "administrator",
        words,
        lambda: accounts.set_admin(row.name, not row.is_admin, actor=current_actor()),
    )


@blueprint.route("/accounts/<account>/disable", methods=["GET", "POST"])
@needs(Permission.ADMINISTER)
def disable(account: str) -> ResponseReturnValue:
    """Disables the account: it can no longer sign in."""
    row = accounts.find(account)
    return _confirmed(
        row, "disable", "is disabled", lambda: accounts.disable(row.name, actor=current_actor())
    )


@blueprint.route("/accounts/<account>/single-sign-on", methods=["GET", "POST"])
@needs(Permission.ADMINISTER)
def prepare(account: str) -> ResponseReturnValue:
    """Prepares the account for its owner's single sign-on."""
    row = accounts.find(account)
    if row.is_service or _provider() is None:
        raise NoSingleSignOnForAccount
    return _confirmed(
        row,
        "prepare",
        "waits for its owner's single sign-on",
        lambda: sso_accounts.prepare(row.name, actor=current_actor()),
    )


@blueprint.post("/accounts/<account>/enable")
@needs(Permission.ADMINISTER)
def enable(account: str) -> ResponseReturnValue:
    """Lets a disabled account sign in again."""
    row = accounts.enable(account, actor=current_actor())
    return _done(row, f"{row.name} can sign in again.")


@blueprint.route("/accounts/<account>/delete", methods=["GET", "POST"])
@needs(Permission.ADMINISTER)
def delete(account: str) -> ResponseReturnValue:
    """Deletes the account."""
    row = accounts.find(account)
    onward = url_for("accounts.services" if row.is_service else "accounts.users")
    return _confirmed(
        row, "delete", "is deleted", lambda: accounts.delete(row.name, actor=current_actor()), onward
    )


def _confirmed(
    row: AccountRow, template: str, words: str, verb: Callable[[], object], onward: str | None = None
) -> ResponseReturnValue:
    """Returns the page that says what will happen, or the result once it is confirmed."""
    form = Form()
    if form.validate_on_submit() and form.attempt(verb):
        return _done(row, f"{row.name} {words}.", onward)
    html = render_template(
        f"admin/{template}.html",
        account=row,
        form=form,
        groups=groups.of_account(row.id),
        provider=_provider(),
    )
    return html, form.status


def _done(row: AccountRow, words: str, onward: str | None = None) -> ResponseReturnValue:
    flash(words, "done")
    return redirect(onward or url_for("accounts.show", account=row.name), 303)
