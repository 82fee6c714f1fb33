"""The home page: what waits for the person, their models, and what has changed lately."""

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

MAX_WAITING = 5
MAX_MODELS = 8
MAX_CHANGED = 12
NEWEST_FIRST = [model_list.ORDERS["-updated"].order_by]


@blueprint.get("/")
@needs(Permission.MODELS_READ)
def show() -> str:
    """Shows the page to begin a day with. In personal mode it has no requests, and all models are the person's own."""
    actor, person = current_actor(), abilities.person()
    own_models: list[ModelRow] = []
    if person:
        own = model_list.made_by(actor)
        own_models, _ = models.search(filter=own, order_by=NEWEST_FIRST, max_results=MAX_MODELS)
    starred, _ = stars.search(order_by=NEWEST_FIRST, max_results=MAX_MODELS)
    changed, _ = models.search(order_by=NEWEST_FIRST, max_results=MAX_CHANGED)
    return render_template(
        "site/home.html",
        mine=own_models,
        starred=starred,
        changed=changed[:MAX_MODELS],
        waiting=inbox.undecided(actor, limit=MAX_WAITING) if person else [],
        unread=badge_counts.unread(),
        most_unread=MAX_COUNTED,
        has_star={model.id for model in starred}
        | stars.among([model.id for model in (*own_models, *changed)]),
        changes=recent.of_models([model.id for model in (*changed, *starred, *own_models)]),
    )
