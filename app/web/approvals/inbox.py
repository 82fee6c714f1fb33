"""The inbox of approvals: requests to decide, the person's own requests, past decisions, and notices."""

from typing import NamedTuple

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.approvals import inbox, notices
from app.approvals.inbox_filters import Filters
from app.authz.permissions import Permission
from app.http import addresses
from app.http.application import current_actor, needs
from app.stages import definitions
from app.web.site import abilities, badge_counts
from app.web.site.query_numbers import positive_number

blueprint = Blueprint("inbox", __name__)

AGES = ((1, "a day"), (7, "a week"), (30, "a month"))
LISTS = {
    "waiting": ("Waiting for me", inbox.list_waiting),
    "asked": ("My requests", inbox.list_requested),
    "decided": ("Decided", inbox.list_decided),
    "mentions": ("Notifications", notices.of),
}


class Tab(NamedTuple):
    """One of the lists: its label, address, whether it is the present one, and how many new entries it has."""

    key: str
    label: str
    url: str
    is_here: bool
    unseen: int = 0


@blueprint.get("/approvals")
@needs(Permission.MODELS_READ)
def index() -> ResponseReturnValue:
    """Shows one of the lists, narrowed down by the address, a page at a time."""
    abilities.require_team()
    chosen = request.args.get("show", "waiting")
    chosen = chosen if chosen in LISTS else "waiting"
    filters = Filters(
        model=_text("model"),
        stage=_text("stage"),
        person=_text("person"),
        days=positive_number(request.args.get("days")),
    )
    actor = current_actor()
    rows, token = LISTS[chosen][1](actor, filters, before_id=positive_number(request.args.get("before")))
    kept = {key: value for key, value in filters._asdict().items() if value}
    counts = {"waiting": badge_counts.requests(), "mentions": badge_counts.unread()}
    return render_template(
        "approvals/inbox.html",
        chosen=chosen,
        rows=rows,
        filters=filters,
        ages=AGES,
        is_narrowed=bool(kept),
        whole_url=url_for("inbox.index", show=chosen),
        stages=[*definitions.names(), *(row.name for row in definitions.governed("alias"))],
        tabs=[
            Tab(key, label, url_for("inbox.index", show=key, **kept), key == chosen, counts.get(key, 0))
            for key, (label, _read) in LISTS.items()
        ],
        next_url=url_for("inbox.index", show=chosen, before=token, **kept) if token else None,
        first_url=url_for("inbox.index", show=chosen, **kept) if request.args.get("before") else None,
    )


@blueprint.post("/approvals/notices/read")
@needs(Permission.ACCOUNT)
def read() -> ResponseReturnValue:
    """Marks a notice (`id`), or all up to one (`up_to`), as read, and goes back to the page with the button."""
    notice_id, up_to = positive_number(request.form.get("id")), positive_number(request.form.get("up_to"))
    if notice_id or up_to:
        notices.see(notice_id or up_to or 0, only=notice_id is not None, actor=current_actor())
    return redirect(addresses.local(request.form.get("next", "")), 303)


def _text(name: str) -> str | None:
    """Returns an argument of the address without characters that no name holds and no page can show."""
    return "".join(filter(str.isprintable, request.args.get(name, ""))) or None
