"""Runs and metrics as `mlflow.protos.service_pb2` writes them: what is empty is left out."""

import math
from typing import Any

from orjson import Fragment

from app.db.json_aggregates import has_any
from app.tracking.run_children import MetricRow
from app.tracking.runs import RunDetails, RunRow


def present_run_info(row: RunRow) -> dict[str, Any]:
    """Returns a `RunInfo`; the run's id stands in both fields, since each has readers."""
    shown: dict[str, Any] = {
        "run_uuid": row.uuid,
        "experiment_id": str(row.experiment_id),
        "run_name": row.name,
        "user_id": row.user_id,
        "status": row.status,
        "start_time": row.start_time,
        "artifact_uri": row.artifact_uri,
        "lifecycle_stage": row.lifecycle,
        "run_id": row.uuid,
    }
    if row.end_time:
        shown["end_time"] = row.end_time
    return shown


def present_run(details: RunDetails) -> dict[str, Any]:
    """Returns the `info` and `data` of a `Run`; inputs and outputs are the caller's to add."""
    data: dict[str, Any] = {}
    if details.metrics:
        data["metrics"] = [present_metric(metric) for metric in details.metrics]
    if has_any(details.params_json):
        data["params"] = Fragment(details.params_json)
    if has_any(details.tags_json):
        data["tags"] = Fragment(details.tags_json)
    return {"info": present_run_info(details.run), "data": data}


def present_metric(metric: MetricRow) -> dict[str, Any]:
    """Returns a `Metric`; protobuf's JSON spells NaN as text."""
    value = "NaN" if math.isnan(metric.value) else metric.value
    return {"key": metric.key, "value": value, "timestamp": metric.timestamp, "step": metric.step}
