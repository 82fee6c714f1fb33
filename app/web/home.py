"""Home: what waits for somebody, their models, and what changed lately of what they may read."""

from flask import Blueprint, render_template

from app.accounts.permissions import Permission
from app.approvals import inbox
from app.approvals.waiting import MOST_COUNTED
from app.audit import lately
from app.edge import current_actor, needs
from app.registry import registered_models, stars
from app.web import abilities, model_list, waiting

blueprint = Blueprint("home", __name__)

WAITING = 5
MODELS = 8
CHANGED = 12
NEWEST_FIRST = [model_list.ORDERS["-updated"][1]]


@blueprint.get("/")
@needs(Permission.MODELS_READ)
def show() -> str:
    """The page to begin a day with. In personal mode nobody waits for anybody, and all models are one's own."""
    actor, person = current_actor(), abilities.person()
    mine = []
    if person:
        own = model_list.made_by(actor)
        mine, _ = registered_models.search(filter=own, order_by=NEWEST_FIRST, max_results=MODELS)
    starred, _ = stars.search(order_by=NEWEST_FIRST, max_results=MODELS)
    changed, _ = registered_models.search(order_by=NEWEST_FIRST, max_results=CHANGED)
    return render_template(
        "home/show.html",
        mine=mine,
        starred=starred,
        changed=changed[:MODELS],
        waiting=inbox.undecided(actor, limit=WAITING) if person else [],
        unread=waiting.unread(),
        most_unread=MOST_COUNTED,
        has_star={model.id for model in starred} | stars.among([model.id for model in (*mine, *changed)]),
        changes=lately.of_models([model.id for model in (*changed, *starred, *mine)]),
    )
