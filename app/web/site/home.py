"""Home: what waits for somebody, their models, and what changed lately of what they may read."""

from flask import Blueprint, render_template

from app.activity import recent
from app.approvals import inbox
from app.approvals.inbox_query import MAX_COUNTED
from app.authz.permissions import Permission
from app.http.application import current_actor, needs
from app.registry import models, stars
from app.registry.queries import ModelRow
from app.web.models import model_list
from app.web.site import abilities, badge_counts

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
    mine: list[ModelRow] = []
    if person:
        own = model_list.made_by(actor)
        mine, _ = models.search(filter=own, order_by=NEWEST_FIRST, max_results=MODELS)
    starred, _ = stars.search(order_by=NEWEST_FIRST, max_results=MODELS)
    changed, _ = models.search(order_by=NEWEST_FIRST, max_results=CHANGED)
    return render_template(
        "site/home.html",
        mine=mine,
        starred=starred,
        changed=changed[:MODELS],
        waiting=inbox.undecided(actor, limit=WAITING) if person else [],
        unread=badge_counts.unread(),
        most_unread=MAX_COUNTED,
        has_star={model.id for model in starred} | stars.among([model.id for model in (*mine, *changed)]),
        changes=recent.of_models([model.id for model in (*changed, *starred, *mine)]),
    )
