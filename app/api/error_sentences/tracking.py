"""MLflow's sentences about experiments, runs, what runs log, and logged models."""

import json
from collections.abc import Callable
from typing import Any

from app.core.errors import GreenroomError
from app.core.key_rules import invalid
from app.tracking import errors


def _invalid_run_id(error: errors.InvalidRunId) -> str:
    return f"Invalid value {json.dumps(error.text)} for parameter 'run_id' supplied."


def _negative_timestamp(error: errors.NegativeTimestamp) -> str:
    why = (
        f"metric '{error.key}' (value={error.value}). Timestamp must be a nonnegative long (64-bit integer) "
    )
    return invalid(error.field or "timestamp", error.timestamp, why)


_LOGGED_MODEL = "Logged model with ID '{model_id}' not found."

SENTENCES: dict[type[GreenroomError], str | Callable[[Any], str]] = {
    errors.ExperimentNotFound: "No Experiment with id={experiment_id} exists",
    errors.ExperimentNameNotFound: "Could not find experiment with name '{name}'",
    errors.ExperimentExists: "Experiment(name={name}) already exists.",
    errors.ExperimentIsDeleted: (
        "The experiment {experiment_id} must be in the 'active' state. Current state is deleted."
    ),
    errors.DeletedExperimentNotRenamable: "Cannot rename a non-active experiment.",
    errors.ExperimentTagNotFound: "No tag with name: {key} in experiment with id {experiment_id}",
    errors.InvalidExperimentName: "Invalid experiment name: '{name}'",
    errors.InvalidExperimentId: "Invalid experiment ID '{text}'. Experiment ID must be a valid integer.",
    errors.RunNotFound: "Run with id={uuid} not found",
    errors.RunIsDeleted: "The run {uuid} must be in the 'active' state. Current state is deleted.",
    errors.RunNamesDiffer: (
        "Both 'run_name' argument and '{tag}' tag are specified, but with different values "
        "(run_name='{name}', {tag}='{tagged}')."
    ),
    errors.InvalidRunId: _invalid_run_id,
    errors.RunTagNotFound: "No tag with name: {key} in run with id {uuid}",
    errors.ParamChanged: (
        "Changing param values is not allowed. Param with key='{key}' was already logged with "
        "value='{stored}' for run ID='{uuid}'. Attempted logging new value '{value}'."
    ),
    errors.ParamsChanged: (
        "Changing param values is not allowed. Params were already logged='{changes}' for run ID='{uuid}'."
    ),
    errors.BatchTooLarge: (
        "A batch logging request can contain at most {limit} {what}. Got {size} {what}. "
        "Please split up {what} across multiple requests and try again."
    ),
    errors.DuplicateParams: (
        "Duplicate parameter keys have been submitted: {keys}. Please ensure the request contains "
        "only one param value per param key."
    ),
    errors.IncompleteDataset: "Both dataset_name and dataset_digest must be provided if one is provided",
    errors.NegativeTimestamp: _negative_timestamp,
    errors.InvalidPageSize: (
        "Invalid value {max_results} for parameter 'max_results' supplied. It must be a positive integer."
    ),
    errors.UnreadablePageToken: "Invalid page token, could not base64-decode",
    errors.InvalidPageToken: "Invalid page token",
    errors.LoggedModelNotFound: _LOGGED_MODEL,
    errors.UnknownLoggedModel: _LOGGED_MODEL,
    errors.UnknownLoggedModelStatus: "Unknown model status: {status}",
    errors.LoggedModelTagNotFound: "No tag with key {key!r} found for model with ID {model_id!r}.",
    errors.LoggedModelParamChanged: (
        "Changing param values is not allowed. Param with key='{key}' was already logged with "
        "value='{stored}' for model ID='{model_id}'. Attempted logging new value '{value}'."
    ),
    errors.InvalidLoggedModelName: (
        "Invalid model name ({name!r}) provided. Model name must be a non-empty string "
        "and cannot contain the following characters: {forbidden}"
    ),
    errors.DatasetNameMissing: "`dataset_name` in the `datasets` clause must be specified.",
    errors.UnknownOrderField: "Invalid order by field name: {order_by}",
    errors.OrderFieldNotMetric: "Invalid order by field name: {order_by}. Only metrics are supported.",
}
