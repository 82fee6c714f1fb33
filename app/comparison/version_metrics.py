"""Reads the metrics of a version: those of the run that made it, and those of its logged model from any run."""

from app.tracking.logged_models.metrics import ModelMetricRow
from app.tracking.lookup import LoggedFigures
from app.tracking.run_children import MetricRow
from app.tracking.runs import RunDetails


def metrics(
    run: RunDetails | None, logged: LoggedFigures | None
) -> dict[str, MetricRow | ModelMetricRow] | None:
    """Returns the newest point of each metric by its key; None where neither the run nor the logged model is known.

    What was logged for the model itself takes precedence over its run, which may have gone on after the model
    was saved. A point of step 0 does not, where that run has later ones: MLflow's clients copy the run's first
    values to a model that is logged without a step.
    """
    if run is None and logged is None:
        return None
    points: dict[str, MetricRow | ModelMetricRow] = (
        {metric.key: metric for metric in run.metrics} if run else {}
    )
    for key, point in (logged.metrics if logged else {}).items():
        by_run = points.get(key)
        is_first_of_run = run is not None and point.run_uuid == run.run.uuid and point.step == 0
        if not (is_first_of_run and by_run is not None and by_run.step > 0):
            points[key] = point
    return points
