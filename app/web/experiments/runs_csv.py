"""The runs of an experiment as a file for spreadsheets."""

from collections.abc import Iterator
from dataclasses import replace

from flask import Blueprint, Response, request

from app.authz.permissions import Permission
from app.http.application import needs
from app.tracking import experiments
from app.web.experiments import run_list
from app.web.experiments.run_list import RunListView
from app.web.rendering.csv import csv_answer
from app.web.rendering.formats import exactly
from app.web.rendering.list_view import every_page

blueprint = Blueprint("runs_csv", __name__)


@blueprint.get("/experiments/<int:experiment_id>/runs.csv")
@needs(Permission.EXPERIMENTS_READ)
def download(experiment_id: int) -> Response:
    """Answers with every run that the table would show on all its pages, up to 10,000, in its columns and order."""
    experiments.find(experiment_id)
    view = run_list.read(experiment_id, request.args)
    return csv_answer(f"experiment-{experiment_id}-runs.csv", _rows(view))


def _rows(view: RunListView) -> Iterator[list[str | float | None]]:
    # The columns of the view's first page, whatever the later ones have.
    columns = run_list.find(replace(view, page_token=None)).columns
    yield ["Run", "Run id", "Status", "User", "Started", "Ended", *(column.name for column in columns)]
    for page in every_page(view, run_list.find):
        for details in page.rows:
            run = details.run
            yield [
                run.name,
                run.uuid,
                run.status,
                run.user_id,
                exactly(run.start_time),
                exactly(run.end_time),
                *(run_list.value_of(details, column) for column in columns),
            ]
