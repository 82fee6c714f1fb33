"""The page that sets up a team and so ends personal mode."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.accounts import credentials
from app.authz.actors import Actor
from app.authz.permissions import Permission
from app.authz.viewer import acting_as
from app.core.errors import InvalidState
from app.db.transactions import transaction
from app.http import addresses
from app.http.application import current_greenroom, needs
from app.sharing import team_setup
from app.web.errors import SetUpRefused, TeamAlreadySetUp
from app.web.sign_in import password
from app.web.sign_in.forms import SetUpForm
from app.web.site import abilities

blueprint = Blueprint("set_up", __name__)


# The request's own transaction only reads; a valid form is then saved in another one.
@blueprint.route("/set-up", methods=["GET", "POST"])
@needs(Permission.PUBLIC, reads=True)
def set_up() -> ResponseReturnValue:
    """Makes the first administrator and signs them in; where there are accounts, it leads to the sign-in page."""
    if request.method == "GET" and _is_a_teams():
        flash("This registry already has accounts.")
        return redirect(url_for("signing.sign_in"), 303)
    actor = _local_user()
    passwords = abilities.takes_passwords()
    form = SetUpForm()
    created: list[Actor] = []
    if passwords and form.validate_on_submit() and form.attempt(lambda: created.append(_set_up(form, actor))):
        [administrator] = created
        current_greenroom().sign_in.team.begin()
        password.begin(administrator)
        flash(f"Sign-in is now required. You are signed in as {administrator.name}.", "done")
        return redirect(url_for("accounts.users"), 303)
    html = render_template(
        "sign_in/set_up.html",
        form=form,
        passwords=passwords,
        provider=current_greenroom().settings.oidc,
        server=addresses.server(),
    )
    return html, form.status


def _is_a_teams() -> bool:
    return current_greenroom().sign_in.team.is_on()


def _local_user() -> Actor:
    """Returns who sets up the team: the local user of a registry without one. Raises `TeamAlreadySetUp`."""
    if _is_a_teams():
        raise TeamAlreadySetUp
    return current_greenroom().sign_in.identify(request).actor


def _set_up(form: SetUpForm, actor: Actor) -> Actor:
    try:
        with transaction(), acting_as(actor):
            account = team_setup.set_up_team(
                form.name.data or "",
                form.password.data or "",
                full_name=form.full_name.data or None,
                everyone_reads=form.everyone_reads.data,
                actor=actor,
            )
            # Within this transaction: the request's own may have begun to read before the account existed.
            administrator = credentials.actor_of(account.id)
    except InvalidState as error:
        raise SetUpRefused(error) from error
    assert administrator is not None, "set up with an account that is not there"
    return administrator
