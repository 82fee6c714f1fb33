"""Comparing runs side by side."""

from flask import Blueprint
from flask.typing import ResponseReturnValue

from app.accounts.permissions import Permission
from app.edge import needs
from app.registry import comparison, sides
from app.web import compare

blueprint = Blueprint("compare_runs", __name__)

RUNS = compare.Kind("compare_runs.runs", "runs", "run", "runs")


@blueprint.get("/compare-runs")
@needs(Permission.EXPERIMENTS_READ)
def runs() -> ResponseReturnValue:
    """Runs of any experiments: `runs=<id>&runs=<id>`, the base as `base=<id>`."""
    asked = compare.asked_for(RUNS)
    return compare.page(
        RUNS, asked, lambda: sides.find_runs(asked), lambda one: one.run.uuid, comparison.of_runs
    )
