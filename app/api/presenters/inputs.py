"""Inputs and outputs of runs as `mlflow.protos.service_pb2` writes them: empty lists are left out."""

from typing import Any

from app.api.presenters.registry import present_tags
from app.tracking.datasets import DatasetRow, DatasetSummary
from app.tracking.inputs import DatasetInputRow, RunInputs


def present_inputs(inputs: RunInputs) -> dict[str, Any]:
    """Returns a `RunInputs`, which stands in a run as `inputs`."""
    shown: dict[str, Any] = {}
    if inputs.dataset_inputs:
        shown["dataset_inputs"] = [_dataset_input(row) for row in inputs.dataset_inputs]
    if inputs.model_inputs:
        shown["model_inputs"] = [{"model_id": model.model_id} for model in inputs.model_inputs]
    return shown


def present_outputs(inputs: RunInputs) -> dict[str, Any]:
    """Returns a `RunOutputs`, which stands in a run as `outputs`."""
    if not inputs.model_outputs:
        return {}
    return {
        "model_outputs": [{"model_id": model.model_id, "step": model.step} for model in inputs.model_outputs]
    }


def _dataset_input(row: DatasetInputRow) -> dict[str, Any]:
    shown: dict[str, Any] = {"tags": present_tags(dict(row.tags))} if row.tags else {}
    return {**shown, "dataset": _dataset(row.dataset)}


def _dataset(row: DatasetRow) -> dict[str, str]:
    shown = {"name": row.name, "digest": row.digest, "source_type": row.source_type, "source": row.source}
    if row.schema is not None:
        shown["schema"] = row.schema
    if row.profile is not None:
        shown["profile"] = row.profile
    return shown


def present_summary(row: DatasetSummary) -> dict[str, str]:
    """Returns a `DatasetSummary`."""
    shown = {"experiment_id": str(row.experiment_id), "name": row.name, "digest": row.digest}
    return shown if row.context is None else {**shown, "context": row.context}
