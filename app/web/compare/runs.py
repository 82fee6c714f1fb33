"""The page that compares runs side by side."""

from flask import Blueprint
from flask.typing import ResponseReturnValue

from app.authz.permissions import Permission
from app.comparison import compare as comparison
from app.comparison import subjects
from app.http.application import needs
from app.web.compare import versions

blueprint = Blueprint("compare_runs", __name__)

RUNS = versions.SubjectKind("compare_runs.runs", "runs", "run", "runs")


@blueprint.get("/compare-runs")
@needs(Permission.EXPERIMENTS_READ)
def runs() -> ResponseReturnValue:
    """Compares runs of any experiments: `runs=<id>&runs=<id>`, the base as `base=<id>`."""
    keys = versions.requested_keys(RUNS)
    return versions.page(
        RUNS, keys, lambda: subjects.find_runs(keys), lambda details: details.run.uuid, comparison.of_runs
    )
