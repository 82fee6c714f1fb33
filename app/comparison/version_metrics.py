"""What was measured of a version: by the run that made it, and of its logged model by whichever run."""

from app.tracking.logged_models.metrics import ModelMetricRow
from app.tracking.lookup import LoggedFigures
from app.tracking.run_children import MetricRow
from app.tracking.runs import RunDetails


def metrics(
    run: RunDetails | None, logged: LoggedFigures | None
) -> dict[str, MetricRow | ModelMetricRow] | None:
    """The newest point of each metric by its key; None where neither the run nor the logged model is known.

    What was logged of the model itself stands over what its run says, which may have gone on after the model
    was saved. Only not a point of step 0 where that run has later ones: MLflow's clients copy the run's first
    values to a model that is logged without a step.
    """
    if run is None and logged is None:
        return None
    found: dict[str, MetricRow | ModelMetricRow] = {one.key: one for one in run.metrics} if run else {}
    for key, point in (logged.metrics if logged else {}).items():
        by_run = found.get(key)
        is_first_of_run = run is not None and point.run_uuid == run.run.uuid and point.step == 0
        if not (is_first_of_run and by_run is not None and by_run.step > 0):
            found[key] = point
    return found
