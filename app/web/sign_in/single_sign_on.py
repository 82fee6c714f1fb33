"""Signing in with an OpenID provider: out to it, and back with its answer."""

import time
from typing import TYPE_CHECKING

from flask import Blueprint, current_app, make_response, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue

from app.accounts import credentials, sso_accounts
from app.accounts.sso_accounts import Policy
from app.audit import recorder
from app.audit.recorder import Kind
from app.authz.actors import Actor
from app.authz.permissions import Permission
from app.core.errors import GreenroomError
from app.db.transactions import transaction
from app.http import addresses
from app.http.application import current_actor, current_greenroom, needs
from app.settings.oidc import Provider
from app.sharing import team_setup
from app.web.error_sentences import sentence
from app.web.errors import SignInNotBegun, SingleSignOnOff
from app.web.sign_in import password
from app.web.site import abilities
from app.web.site.error_pages import status_of

if TYPE_CHECKING:
    from app.accounts.oidc_client import Identity, OidcClient

blueprint = Blueprint("single_sign_on", __name__)

# Sign-ins that this browser has begun, the newest last: [state, nonce, verifier, next, until]. A cookie
# holds them, hence few and short ones: a browser keeps none above 4,096 bytes.
BEGUN = "oidc"
MAX_BEGUN = 3
MAX_NEXT = 2400  # characters of all their destinations; the address of a model with the longest name fits
GOOD_FOR = 15 * 60  # seconds to sign in at the provider


@blueprint.get("/sign-in/oidc")
@needs(Permission.PUBLIC)
def start() -> ResponseReturnValue:
    """Sends the browser to the provider; what it must bring back stays in its cookie."""
    client, onward = _client(), password.destination(request.args.get("next", ""))
    try:
        address, started = client.start(_callback())
    except GreenroomError as error:
        return _refused(error, onward)
    until = int(time.time()) + GOOD_FOR
    session[BEGUN] = _newest([*session.get(BEGUN, []), [*started, onward, until]])
    return redirect(address, 303)


# The protocol makes it a GET, although it signs somebody in. In place of a form's token it has the state, which
# only the browser that began has, and which works once.
@blueprint.get("/sign-in/oidc/callback")
@needs(Permission.PUBLIC)
def finish() -> ResponseReturnValue:
    """Signs in the person that the provider vouches for, and goes on to where they were going."""
    client, onward, who = _client(), addresses.home(), None
    try:
        nonce, verifier, onward = _begun_sign_in(request.args.get("state", ""))
        who = client.finish(request.args, _callback(), nonce=nonce, verifier=verifier)
        actor = _let_in(who)
    except GreenroomError as error:
        return _refused(error, onward, who)
    current_greenroom().sign_in.team.begin()
    password.begin(actor, hours=_provider().session_hours)
    return redirect(onward, 303)


def _provider() -> Provider:
    provider = current_greenroom().settings.oidc
    if provider is None:
        raise SingleSignOnOff
    return provider


def _client() -> "OidcClient":
    provider = _provider()
    from app.accounts.oidc_client import OidcClient  # it needs libraries that nothing else needs

    # One for the process, so that the provider's description and keys are fetched once.
    return current_app.extensions.setdefault("openid", OidcClient(provider))


def _callback() -> str:
    return url_for("single_sign_on.finish", _external=True)


def _newest(begun: list[list]) -> list[list]:
    """Returns the newest of the sign-ins that were begun, as many as the cookie holds."""
    kept: list[list] = []
    for state, nonce, verifier, onward, until in reversed(begun[-MAX_BEGUN:]):
        if sum(len(one[3]) for one in kept) + len(onward) <= MAX_NEXT:
            kept.insert(0, [state, nonce, verifier, onward, until])
        elif not kept:
            return [[state, nonce, verifier, addresses.home(), until]]
        else:
            break
    return kept


def _begun_sign_in(state: str) -> tuple[str, str, str]:
    """Returns nonce, verifier and destination of the sign-in that this browser began under that state, and ends it.

    Raises `SignInNotBegun`.
    """
    begun = session.get(BEGUN, [])
    session[BEGUN] = [[known, *rest] for known, *rest in begun if known != state]
    for known, nonce, verifier, onward, until in begun:
        if known == state and until > time.time():
            return nonce, verifier, onward
    raise SignInNotBegun


def _let_in(who: "Identity") -> Actor:
    provider = _provider()
    policy = Policy(provider.groups, provider.admin_group, provider.allowed_groups)
    # The request is a GET, whose own transaction only reads; accounts and groups are committed on their own.
    with transaction():
        with team_setup.opening_default_experiment(sso_accounts.PROVIDER):
            account_id = sso_accounts.sign_in(*who, policy=policy)
        actor = credentials.actor_of(account_id)
    assert actor is not None, "signed in to an account that is not there"
    return actor


def _refused(error: GreenroomError, onward: str, who: "Identity | None" = None) -> ResponseReturnValue:
    """Records the refusal, and returns the page that says why nobody was signed in."""
    comment = f"{sentence(error)} (with {_provider().name}, from {request.remote_addr})"
    with transaction():
        recorder.record(
            Kind.SIGN_IN_REFUSED,
            actor=current_actor(),
            comment=comment,
            subject=who.name[:255] if who else "nobody known",
        )
    # Changing the colours there leads to the page for signing in, as the address of this one works once.
    elsewhere = url_for("signing.sign_in", next=onward)
    html = render_template(
        "sign_in/refused.html",
        message=sentence(error),
        provider=_provider(),
        onward=onward,
        here=elsewhere,
        passwords=abilities.takes_passwords(),
    )
    return make_response(html, status_of(error))
