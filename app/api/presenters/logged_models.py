"""Logged models as `mlflow.protos.service_pb2` writes them.

MLflow shows a model's type and source run as empty strings where there is none, and leaves out lists
that are empty.
"""

import math
from typing import Any

from app.tracking.logged_models.models import LoggedModelDetails, ModelMetricRow

# Our status -> the name of MLflow's enum, in the order of its numbers from 0.
STATUS_NAMES = {
    "UNSPECIFIED": "LOGGED_MODEL_STATUS_UNSPECIFIED",
    "PENDING": "LOGGED_MODEL_PENDING",
    "READY": "LOGGED_MODEL_READY",
    "FAILED": "LOGGED_MODEL_UPLOAD_FAILED",
}


def present_logged_model(details: LoggedModelDetails) -> dict[str, Any]:
    """Returns a `LoggedModel`: its `info` and its `data`."""
    row = details.model
    info: dict[str, Any] = {
        "model_id": row.model_id,
        "experiment_id": str(row.experiment_id),
        "name": row.name,
        "creation_timestamp_ms": row.created_at,
        "last_updated_timestamp_ms": row.updated_at,
        "artifact_uri": row.artifact_uri,
        "status": STATUS_NAMES[row.status],
        "model_type": row.model_type or "",
        "source_run_id": row.source_run_uuid or "",
    }
    if row.status_message:
        info["status_message"] = row.status_message
    if details.tags:
        info["tags"] = _pairs(details.tags)
    data: dict[str, Any] = {}
    if details.params:
        data["params"] = _pairs(details.params)
    if details.metrics:
        data["metrics"] = [_metric(row.model_id, metric) for metric in details.metrics]
    return {"info": info, "data": data}


def _pairs(texts: dict[str, str]) -> list[dict[str, str]]:
    return [{"key": key, "value": value} for key, value in texts.items()]


def _metric(model_id: str, row: ModelMetricRow) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "key": row.key,
        "value": "NaN" if math.isnan(row.value) else row.value,
        "timestamp": row.timestamp,
        "step": row.step,
        "model_id": model_id,
        "run_id": row.run_uuid,
    }
    if row.dataset_name is not None:
        shown["dataset_name"] = row.dataset_name
    if row.dataset_digest is not None:
        shown["dataset_digest"] = row.dataset_digest
    return shown
