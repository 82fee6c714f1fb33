"""The tokens of a person's own account. `app.web.admin.account_tokens` has those of other accounts."""

from typing import Any, NamedTuple

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.accounts import tokens
from app.accounts.errors import TokenNotFound
from app.accounts.queries import AccountRow
from app.accounts.tokens import TokenRow
from app.authz.permissions import Permission
from app.core import clock
from app.http import addresses
from app.http.application import current_actor, needs
from app.sharing import token_models
from app.web.account import profile
from app.web.account.token_forms import TokenForm, describe_scope

blueprint = Blueprint("tokens", __name__, url_prefix="/account/tokens")

OVER_SHOWN = 50
USED_ALREADY = (
    "This form has made its token already, and a secret is shown only once. Send it again for another token."
)


class TokenOwner(NamedTuple):
    """Whose tokens the pages are about. `area` is the blueprint of these pages, `values` are those of its addresses."""

    account: AccountRow
    area: str
    values: dict[str, Any]

    def url(self, endpoint: str, **values: Any) -> str:
        """Returns the address of one of the pages."""
        return url_for(f"{self.area}.{endpoint}", **self.values, **values)


def _mine() -> TokenOwner:
    return TokenOwner(profile.own_account(), "tokens", {})


@blueprint.get("")
@needs(Permission.ACCOUNT)
def index() -> ResponseReturnValue:
    """Shows the person's tokens; expired and revoked ones are below the others."""
    return list_page(_mine())


@blueprint.route("/new", methods=["GET", "POST"])
@needs(Permission.ACCOUNT)
def create() -> ResponseReturnValue:
    """Makes a token and shows its secret, this once."""
    return create_page(_mine())


@blueprint.route("/<int:token_id>/revoke", methods=["GET", "POST"])
@needs(Permission.ACCOUNT)
def revoke(token_id: int) -> ResponseReturnValue:
    """Revokes a token once the person has confirmed it."""
    return revoke_page(_mine(), token_id)


def list_page(owner: TokenOwner) -> ResponseReturnValue:
    """Returns the page with the tokens of an account."""
    now = clock.now_ms()
    every = tokens.of_account(owner.account.id)
    over = [row for row in every if not row.is_valid(now)]
    return render_template(
        "account/tokens.html",
        owner=owner,
        model_names=token_models.names_by_token(every),
        tokens=[row for row in every if row.is_valid(now)],
        over=over[:OVER_SHOWN],
        hidden=len(over[OVER_SHOWN:]),
    )


def create_page(owner: TokenOwner) -> ResponseReturnValue:
    """Returns the page with the form that makes a token, or with the secret of the new one."""
    form = TokenForm()
    created: list[tuple[TokenRow, str]] = []
    if form.validate_on_submit():
        if not form.is_first_time():
            form.find_stale(USED_ALREADY)
        elif form.attempt(lambda: created.append(_make(owner, form)), names="models"):
            return _secret_page(owner, *created[0])
    form.renew()
    html = render_template("account/new_token.html", owner=owner, form=form, describe_scope=describe_scope)
    return html, form.status


def _make(owner: TokenOwner, form: TokenForm) -> tuple[TokenRow, str]:
    return token_models.create(
        owner.account.id,
        form.name.data or "",
        scopes=form.chosen_scopes(),
        expires_at=form.expires_at(),
        models=form.model_names(),
        actor=current_actor(),
    )


def _secret_page(owner: TokenOwner, token: TokenRow, secret: str) -> ResponseReturnValue:
    html = render_template(
        "account/made_token.html",
        owner=owner,
        token=token,
        secret=secret,
        server=addresses.server(),
    )
    answer = make_response(html)
    answer.headers["Cache-Control"] = "no-store"
    return answer


def revoke_page(owner: TokenOwner, token_id: int) -> ResponseReturnValue:
    """Returns the page that asks before it revokes a token of the account."""
    token = next((row for row in tokens.of_account(owner.account.id) if row.id == token_id), None)
    if token is None:
        raise TokenNotFound(token_id)
    if request.method == "POST":
        tokens.revoke(token.id, actor=current_actor())
        flash(f"Token {token.name} revoked.", "done")
        return redirect(owner.url("index"), 303)
    return render_template("account/revoke_token.html", owner=owner, token=token)
