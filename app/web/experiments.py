"""The list of experiments, and the page of one with its runs."""

from collections import Counter
from collections.abc import Iterable, Sequence

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.accounts.permissions import Permission
from app.audit import events
from app.edge import needs
from app.errors import InvalidParameter
from app.tracking import experiments, runs
from app.tracking.runs import RunDetails
from app.tracking.searchable import EXPERIMENTS, RUNS
from app.web import searching
from app.web.numbers import positive

blueprint = Blueprint("experiments", __name__)

EXPERIMENTS_A_PAGE = 50
RUNS_A_PAGE = 50
EVENTS_A_PAGE = 12
METRIC_COLUMNS = 4
PARAM_COLUMNS = 3


@blueprint.get("/experiments")
@needs(Permission.EXPERIMENTS_READ)
def index() -> ResponseReturnValue:
    """All experiments, or those that the search box names, newest first, a page at a time."""
    query, page_token = request.args.get("q", ""), request.args.get("page_token") or None
    rows, token, wrong = [], None, None
    try:
        rows, token = experiments.search(
            filter=searching.to_filter(EXPERIMENTS, query),
            page_token=page_token,
            max_results=EXPERIMENTS_A_PAGE,
        )
    except InvalidParameter as error:
        wrong = error.message
    html = render_template(
        "experiments/index.html", experiments=rows, query=query, wrong=wrong,
        next_url=url_for("experiments.index", q=query or None, page_token=token) if token else None,
        first_url=url_for("experiments.index", q=query or None) if page_token else None,
    )  # fmt: skip
    return html, 400 if wrong else 200


@blueprint.get("/experiments/<int:experiment_id>")
@needs(Permission.EXPERIMENTS_READ)
def show(experiment_id: int) -> ResponseReturnValue:
    """One experiment: what it is, and its runs with the metrics and parameters that most of them have."""
    experiment = experiments.find(experiment_id)
    query, page_token = request.args.get("q", ""), request.args.get("page_token") or None
    rows, token, wrong = [], None, None
    try:
        rows, token = runs.search(
            [experiment_id],
            filter=searching.to_filter(RUNS, query),
            page_token=page_token,
            max_results=RUNS_A_PAGE,
        )
    except InvalidParameter as error:
        wrong = error.message
    here = {"experiment_id": experiment_id, "q": query or None}
    html = render_template(
        "experiments/show.html", experiment=experiment, runs=rows, query=query, wrong=wrong,
        metric_keys=_commonest((m.key for run in rows for m in run.metrics), METRIC_COLUMNS),
        param_keys=_commonest_differing(rows),
        moments=events.timeline(
            experiment_id=experiment_id, before_id=positive(request.args.get("before")), limit=EVENTS_A_PAGE
        ),
        next_url=url_for("experiments.show", page_token=token, **here) if token else None,
        first_url=url_for("experiments.show", **here) if page_token else None,
    )  # fmt: skip
    return html, 400 if wrong else 200


def _commonest(keys: Iterable[str], most: int) -> list[str]:
    """The keys that occur most often, in the order of their names."""
    counted = Counter(keys)
    return sorted(sorted(counted, key=lambda key: (-counted[key], key))[:most])


def _commonest_differing(rows: Sequence[RunDetails]) -> list[str]:
    """The commonest parameters, those first whose values tell the runs apart."""
    values: dict[str, set[str]] = {}
    counted: Counter[str] = Counter()
    for run in rows:
        for key, value in run.params.items():
            values.setdefault(key, set()).add(value)
            counted[key] += 1
    ranked = sorted(counted, key=lambda key: (len(values[key]) == 1, -counted[key], key))
    return sorted(ranked[:PARAM_COLUMNS])
