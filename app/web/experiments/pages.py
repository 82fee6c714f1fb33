"""The list of experiments, and the page of one with its runs."""

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from app.activity import timeline
from app.authz.permissions import Permission
from app.core.errors import InvalidParameter
from app.http.application import needs
from app.tracking import experiments
from app.tracking.search_fields import EXPERIMENTS
from app.web.error_sentences import sentence
from app.web.experiments import run_list
from app.web.experiments.run_list import RunPage
from app.web.rendering import search_box
from app.web.rendering.list_view import SIZES, search_page
from app.web.site.query_numbers import positive_number

blueprint = Blueprint("experiments", __name__)

EXPERIMENTS_A_PAGE = 50
EVENTS_A_PAGE = 12


@blueprint.get("/experiments")
@needs(Permission.EXPERIMENTS_READ)
def index() -> ResponseReturnValue:
    """Shows all experiments, or those that match the search, newest first, a page at a time."""
    page = search_page(
        lambda query, page_token: experiments.search(
            filter=search_box.to_filter(EXPERIMENTS, query),
            page_token=page_token,
            max_results=EXPERIMENTS_A_PAGE,
        )
    )
    html = render_template(
        "experiments/index.html",
        experiments=page.rows,
        query=page.query,
        wrong=page.wrong,
        next_url=page.next_url,
        first_url=page.first_url,
    )
    return html, page.status


@blueprint.get("/experiments/<int:experiment_id>")
@needs(Permission.EXPERIMENTS_READ)
def show(experiment_id: int) -> ResponseReturnValue:
    """Shows one experiment and its runs, in the columns that were chosen or that most of them have."""
    experiment = experiments.find(experiment_id)
    view, wrong = run_list.read(experiment_id, request.args), None
    page = RunPage([], None, view.columns, list(view.columns))
    try:
        page = run_list.find(view)
    except InvalidParameter as error:
        wrong = sentence(error)
    html = render_template(
        "experiments/show.html",
        experiment=experiment,
        view=view,
        page=page,
        wrong=wrong,
        value_of=run_list.value_of,
        sizes=SIZES,
        moments=timeline.timeline(
            experiment_id=experiment_id,
            before_id=positive_number(request.args.get("before")),
            limit=EVENTS_A_PAGE,
        ),
    )
    return html, 400 if wrong else 200
