"""The list of registered models, and the page of one."""

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.accounts.permissions import Permission
from app.audit import events
from app.edge import needs
from app.errors import InvalidParameter
from app.registry import history, registered_models, stages, versions
from app.registry.searchable import MODELS
from app.web import searching
from app.web.forms.aliases import AliasForm
from app.web.forms.tags import TagForm
from app.web.numbers import positive

blueprint = Blueprint("models", __name__)

MODELS_A_PAGE = 50
VERSIONS_A_PAGE = 25
EVENTS_A_PAGE = 12


@blueprint.get("/", endpoint="home")
@blueprint.get("/models", endpoint="index")
@needs(Permission.MODELS_READ)
def index() -> ResponseReturnValue:
    """All models, or those that the search box names, a page at a time."""
    query = request.args.get("q", "")
    page_token = request.args.get("page_token") or None
    wrong = None
    models, token = [], None
    try:
        models, token = registered_models.search(
            filter=searching.to_filter(MODELS, query),
            order_by=["last_updated_timestamp DESC"],
            max_results=MODELS_A_PAGE,
            page_token=page_token,
        )
    except InvalidParameter as error:
        wrong = error.message
    html = render_template(
        "models/index.html", models=models, query=query, wrong=wrong,
        next_url=url_for("models.index", q=query or None, page_token=token) if token else None,
        first_url=url_for("models.index", q=query or None) if page_token else None,
    )  # fmt: skip
    return html, 400 if wrong else 200


@blueprint.get("/models/<name>")
@needs(Permission.MODELS_READ)
def show(name: str) -> ResponseReturnValue:
    """One model: what it is, what stands in which stage, its versions and its history."""
    model = registered_models.get(name)
    rows, below = versions.of_model(
        name, max_results=VERSIONS_A_PAGE, below=positive(request.args.get("below"))
    )
    moments = events.timeline(
        model_id=model.id, before_id=positive(request.args.get("before")), limit=EVENTS_A_PAGE + 1
    )
    return render_template(
        "models/show.html", model=model, versions=rows, below=below,
        is_first_page="below" not in request.args,
        lanes=lanes(model), moments=moments[:EVENTS_A_PAGE],
        older=moments[EVENTS_A_PAGE - 1].id if len(moments) > EVENTS_A_PAGE else None,
        tag_form=TagForm(formdata=None), alias_form=AliasForm(formdata=None),
    )  # fmt: skip


def lanes(model: registered_models.ModelRow) -> list[tuple[str, object, object]]:
    """Each stage in its order, with the newest version in it and since when and by whom it is there."""
    by_stage = {version.stage: version for version in model.latest}
    since = history.since([version.id for version in model.latest])
    found = []
    for stage in stages.names():
        version = by_stage.get(stage)
        found.append((stage, version, since.get(version.id) if version else None))
    return found
