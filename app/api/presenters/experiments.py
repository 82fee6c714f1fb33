"""Experiments as `mlflow.protos.service_pb2.Experiment` writes them."""

from typing import Any

from app.api.presenters.registry import present_tags
from app.tracking.experiments import ExperimentRow


def present_experiment(row: ExperimentRow) -> dict[str, Any]:
    """Returns an `Experiment`; `workspace` is the only one, named as in MLflow."""
    shown: dict[str, Any] = {
        "experiment_id": str(row.id),
        "name": row.name,
        "artifact_location": row.artifact_location,
        "lifecycle_stage": row.lifecycle,
        "last_update_time": row.updated_at,
        "creation_time": row.created_at,
        "workspace": "default",
    }
    if row.tags:
        shown["tags"] = present_tags(row.tags)
    return shown
