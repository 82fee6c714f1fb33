"""The runs of an experiment as a file for spreadsheets."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from flask import Blueprint, Response, request

from app.authz.permissions import Permission
from app.db.transactions import transaction
from app.http.application import needs
from app.tracking import experiments, runs
from app.tracking.runs import RunDetails
from app.web.experiments import run_list
from app.web.experiments.run_list import Column, RunRows
from app.web.rendering.csv import CsvRow, csv_stream
from app.web.rendering.formats import exactly
from app.web.rendering.list_view import every_page

blueprint = Blueprint("runs_csv", __name__)

# Sorting by a metric sorts all runs for each page, so pages are long; what the runs logged is read in portions.
RUNS_AT_ONCE = 20_000
DETAILS_AT_ONCE = 500
HEADING = ("Run", "Run id", "Status", "User", "Started", "Ended")


@blueprint.get("/experiments/<int:experiment_id>/runs.csv")
@needs(Permission.EXPERIMENTS_READ)
def download(experiment_id: int) -> Response:
    """Answers with every run that the table would show on all its pages, in its columns and order."""
    experiments.find(experiment_id)
    view = run_list.read(experiment_id, request.args)
    # The columns of the view's first page, whatever the later ones have.
    columns = run_list.find(replace(view, page_token=None)).columns
    pages = every_page(view, run_list.find_rows, RUNS_AT_ONCE)
    heading = [*HEADING, *(column.name for column in columns)]
    return csv_stream(f"experiment-{experiment_id}-runs.csv", heading, _parts(pages, columns))


def _parts(pages: Iterable[RunRows], columns: Sequence[Column]) -> Iterator[list[CsvRow]]:
    for page in pages:
        for start in range(0, len(page.rows), DETAILS_AT_ONCE):
            with transaction(read_only=True):
                part = runs.with_details(page.rows[start : start + DETAILS_AT_ONCE])
            yield [_cells(details, columns) for details in part]


def _cells(details: RunDetails, columns: Sequence[Column]) -> CsvRow:
    run, values = details.run, run_list.values_of(details)
    return [
        run.name,
        run.uuid,
        run.status,
        run.user_id,
        exactly(run.start_time),
        exactly(run.end_time),
        *(values.get(column) for column in columns),
    ]
