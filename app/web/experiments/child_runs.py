"""Nested runs, as hyperparameter searches make them: clients name the outer run in a tag of the inner one."""

import re
from typing import NamedTuple

from app.core import mlflow_tags
from app.tracking import nested_runs, runs
from app.tracking.runs import RunDetails

MAX_CHILDREN = 20
_RUN_ID = re.compile(r"[0-9a-f]{32}")


class RunFamily(NamedTuple):
    """The parent of a run, and its children, newest first; `has_more` says whether there are more than these."""

    parent: RunDetails | None
    children: list[RunDetails]
    has_more: bool


def family(details: RunDetails) -> RunFamily:
    """Returns the family of a run, within the run's own experiment and without deleted runs."""
    experiment = details.run.experiment_id
    outer = details.tags.get(mlflow_tags.PARENT_RUN_ID, "")
    parents: list[RunDetails] = []
    if _RUN_ID.fullmatch(outer):
        parents, _token = runs.search([experiment], filter=f"attributes.run_id = '{outer}'", max_results=1)
    children = nested_runs.children_of(details.run, MAX_CHILDREN + 1)
    return RunFamily(
        parents[0] if parents else None, children[:MAX_CHILDREN], has_more=len(children) > MAX_CHILDREN
    )
