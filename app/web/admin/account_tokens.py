"""The tokens of other accounts, for administrators; services come with nothing else."""

from flask import Blueprint
from flask.typing import ResponseReturnValue

from app.accounts import accounts
from app.authz.permissions import Permission
from app.http.application import needs
from app.web.account.tokens import Keeper, create_page, list_page, revoke_page

blueprint = Blueprint("account_tokens", __name__, url_prefix="/admin/accounts/<account>/tokens")


def _of(account: str) -> Keeper:
    row = accounts.find(account)
    return Keeper(row, "account_tokens", {"account": row.name})


@blueprint.get("")
@needs(Permission.ADMINISTER)
def index(account: str) -> ResponseReturnValue:
    """The account's tokens, those that are over below the others."""
    return list_page(_of(account))


@blueprint.route("/new", methods=["GET", "POST"])
@needs(Permission.ADMINISTER)
def create(account: str) -> ResponseReturnValue:
    """Make a token for the account and show its secret, this once."""
    return create_page(_of(account))


@blueprint.route("/<int:token_id>/revoke", methods=["GET", "POST"])
@needs(Permission.ADMINISTER)
def revoke(account: str, token_id: int) -> ResponseReturnValue:
    """Revoke a token of the account once that is confirmed."""
    return revoke_page(_of(account), token_id)
