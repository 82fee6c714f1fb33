"""The inbox of approvals: what waits for somebody, what they asked, what was decided, who called them."""

from typing import NamedTuple

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.accounts.permissions import Permission
from app.approvals import inbox
from app.approvals.inbox import Filters
from app.edge import current_actor, needs
from app.registry import stage_rows
from app.web import abilities
from app.web.numbers import positive

blueprint = Blueprint("inbox", __name__)

AGES = ((1, "a day"), (7, "a week"), (30, "a month"))
LISTS = {
    "waiting": ("Waiting for me", inbox.waiting), "asked": ("Asked by me", inbox.asked),
    "decided": ("Decided", inbox.decided), "mentions": ("Mentions", inbox.notices),
}  # fmt: skip


class Tab(NamedTuple):
    """One of the lists: its label, address, and whether it is the present one."""

    key: str
    label: str
    url: str
    is_here: bool


@blueprint.get("/approvals")
@needs(Permission.MODELS_READ)
def index() -> ResponseReturnValue:
    """One of the lists, narrowed down by the address, a page at a time."""
    abilities.require_team()
    chosen = request.args.get("show", "waiting")
    chosen = chosen if chosen in LISTS else "waiting"
    filters = Filters(
        model=_text("model"), stage=_text("stage"),
        person=_text("person"), days=positive(request.args.get("days")),
    )  # fmt: skip
    rows, token = LISTS[chosen][1](current_actor(), filters, before_id=positive(request.args.get("before")))
    kept = {key: value for key, value in filters._asdict().items() if value}
    return render_template(
        "approvals/inbox.html", chosen=chosen, rows=rows, filters=filters, ages=AGES,
        stages=[stage.name for stage in stage_rows.every()],
        tabs=[Tab(key, label, url_for("inbox.index", show=key, **kept), key == chosen)
              for key, (label, _read) in LISTS.items()],
        next_url=url_for("inbox.index", show=chosen, before=token, **kept) if token else None,
        first_url=url_for("inbox.index", show=chosen, **kept) if request.args.get("before") else None,
    )  # fmt: skip


def _text(name: str) -> str | None:
    """What the address says under that name, without what no name holds and no page can show."""
    return "".join(one for one in request.args.get(name, "") if one.isprintable()) or None
