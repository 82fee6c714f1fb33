"""Runs within runs, as hyperparameter searches leave them: clients name the outer run in a tag of the inner one."""

import re
from typing import NamedTuple

from app.core import mlflow_tags
from app.tracking import runs
from app.tracking.runs import RunDetails

SHOWN = 20
_RUN_ID = re.compile(r"[0-9a-f]{32}")


class Family(NamedTuple):
    """The run that a run was made within, and those made within it, newest first; `has_more` than are here."""

    parent: RunDetails | None
    children: list[RunDetails]
    has_more: bool


def family(details: RunDetails) -> Family:
    """The family of a run, as far as it is in the run's own experiment and not deleted."""
    experiment, own = details.run.experiment_id, details.run.uuid
    outer = details.tags.get(mlflow_tags.PARENT_RUN_ID, "")
    parents: list[RunDetails] = []
    if _RUN_ID.fullmatch(outer):
        parents, _token = runs.search([experiment], filter=f"attributes.run_id = '{outer}'", max_results=1)
    children, token = runs.search(
        [experiment], filter=f"tags.`{mlflow_tags.PARENT_RUN_ID}` = '{own}'", max_results=SHOWN
    )
    return Family(parents[0] if parents else None, children, token is not None)
