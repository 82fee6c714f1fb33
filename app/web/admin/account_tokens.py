"""The tokens of other accounts, for administrators. Service accounts sign in with tokens only."""

from flask import Blueprint
from flask.typing import ResponseReturnValue

from app.accounts import accounts
from app.authz.permissions import Permission
from app.http.application import needs
from app.web.account.tokens import TokenOwner, create_page, list_page, revoke_page

blueprint = Blueprint("account_tokens", __name__, url_prefix="/admin/accounts/<account>/tokens")


def _of(account: str) -> TokenOwner:
    row = accounts.find(account)
    return TokenOwner(row, "account_tokens", {"account": row.name})


@blueprint.get("")
@needs(Permission.ADMINISTER)
def index(account: str) -> ResponseReturnValue:
    """Shows the account's tokens; expired and revoked ones are below the others."""
    return list_page(_of(account))


@blueprint.route("/new", methods=["GET", "POST"])
@needs(Permission.ADMINISTER)
def create(account: str) -> ResponseReturnValue:
    """Makes a token for the account and shows its secret, this once."""
    return create_page(_of(account))


@blueprint.route("/<int:token_id>/revoke", methods=["GET", "POST"])
@needs(Permission.ADMINISTER)
def revoke(account: str, token_id: int) -> ResponseReturnValue:
    """Revokes a token of the account once the administrator has confirmed it."""
    return revoke_page(_of(account), token_id)
