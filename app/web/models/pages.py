"""The list of registered models, and the page of one."""

from collections.abc import Sequence

from flask import Blueprint, redirect, render_template, request
from flask.typing import ResponseReturnValue

from app.activity import timeline
from app.authz.permissions import Permission
from app.core import clock
from app.core.errors import InvalidParameter
from app.http.application import current_actor, needs
from app.registry import access, models, stars
from app.registry.queries import VersionRow
from app.stages import history
from app.stages.definitions import Stages
from app.stages.governed import following
from app.stages.history import Arrival
from app.web.charts import stage_lanes
from app.web.error_sentences import sentence
from app.web.forms.aliases import AliasForm
from app.web.forms.tags import TagForm
from app.web.models import model_list, version_list
from app.web.models.model_list import ModelPage
from app.web.rendering.list_view import SIZES
from app.web.site.redirects import has_default_fields

blueprint = Blueprint("models", __name__)

EVENTS_A_PAGE = 12
PERIODS_DRAWN = 40


@blueprint.get("/models", endpoint="index")
@needs(Permission.MODELS_READ)
def index() -> ResponseReturnValue:
    """Shows all models, or those that match the search, a page at a time."""
    view, wrong = model_list.read(request.args), None
    if has_default_fields(request.args, model_list.FORM, address := view.url()):
        return redirect(address)
    page = ModelPage([], None, [])
    try:
        page = model_list.find(view, current_actor())
    except InvalidParameter as error:
        wrong = sentence(error)
    html = render_template(
        "models/index.html",
        view=view,
        wrong=wrong,
        page=page,
        columns=model_list.COLUMNS,
        orders=model_list.ORDERS,
        sizes=SIZES,
    )
    return html, 400 if wrong else 200


@blueprint.get("/models/<name>")
@needs(Permission.MODELS_READ)
def show(name: str) -> ResponseReturnValue:
    """Shows one model: its stages, the metrics of its versions, and its history."""
    model = models.get(name)
    view = version_list.read(name, request.args)
    if has_default_fields(request.args, version_list.FORM, address := view.url(None)):
        return redirect(address)
    page = version_list.find(view)
    moments = timeline.timeline(model_id=model.id, before_id=view.before, limit=EVENTS_A_PAGE + 1)
    periods = history.periods(model.id, limit=PERIODS_DRAWN)
    stages = Stages()
    names = [stage.name for stage in stages.values()]
    html = render_template(
        "models/show.html",
        model=model,
        level=access.level_on(model.id),
        pictures=stage_lanes.wide_and_narrow(periods, names, clock.now_ms()),
        view=view,
        page=page,
        chart=version_list.metric_chart(model, view, page.versions),
        lanes=stage_lanes_of(model, names),
        moments=moments[:EVENTS_A_PAGE],
        is_starred=bool(stars.among([model.id])),
        older=moments[EVENTS_A_PAGE - 1].id if len(moments) > EVENTS_A_PAGE else None,
        tag_form=TagForm(formdata=None),
        alias_form=AliasForm(formdata=None),
        champion=following.state(model, stages),
    )
    return html, 400 if page.wrong else 200


def stage_lanes_of(
    model: models.ModelRow, stages: Sequence[str]
) -> list[tuple[str, VersionRow | None, Arrival | None]]:
    """Returns each stage in its order, with the newest version in it and since when and by whom it is there."""
    by_stage = {version.stage: version for version in model.latest}
    since = history.arrivals([version.id for version in model.latest])
    lanes: list[tuple[str, VersionRow | None, Arrival | None]] = []
    for stage in stages:
        version = by_stage.get(stage)
        lanes.append((stage, version, since.get(version.id) if version else None))
    return lanes
