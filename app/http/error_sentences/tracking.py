"""Sentences about experiments, runs, what runs log, and logged models."""

from collections.abc import Callable
from typing import Any

from app.core.errors import GreenroomError
from app.tracking import errors
from app.tracking.errors import InvalidArtifactLocation, LocationFault

_LOCATION_FAULTS = {
    LocationFault.TOO_LONG: "cannot be longer than {detail} characters",
    LocationFault.NOT_A_URI: "must be a URI",
    LocationFault.NOT_REMOTE: "must name a remote store, as s3://bucket/path; files of the server are out of reach",
    LocationFault.NAMES_A_HOST: "cannot use the '{detail}' scheme: it names a host to connect to",
    LocationFault.FRAGMENT: "URL can't include fragments or params.",
    LocationFault.DOT_SEGMENT: "cannot hold the path segments '.' and '..'",
    LocationFault.CONTROL_CHARACTER: "cannot hold backslashes or control characters",
    LocationFault.ESCAPED_TOO_OFTEN: "is escaped too often",
    LocationFault.OF_VERSIONS: "cannot be in the folder '{detail}', where the files of versions are kept",
}


def _location(error: InvalidArtifactLocation) -> str:
    return f"'artifact_location' {_LOCATION_FAULTS[error.fault].format(detail=error.detail)}"


def _unknown_status(error: errors.UnknownRunStatus) -> str:
    return f"Invalid status '{error.status}'; a run is one of {', '.join(error.known)}."


SENTENCES: dict[type[GreenroomError], str | Callable[[Any], str]] = {
    errors.ExperimentNotFound: "There is no experiment {experiment_id}.",
    errors.ExperimentNameNotFound: "There is no experiment named {name}.",
    errors.ExperimentExists: "Another experiment is named {name}.",
    errors.ExperimentIsDeleted: "Experiment {experiment_id} is deleted. Restore it first.",
    errors.DeletedExperimentNotRenamable: "A deleted experiment cannot be renamed. Restore it first.",
    errors.ExperimentTagNotFound: "Experiment {experiment_id} has no tag {key}.",
    errors.InvalidExperimentName: "An experiment needs a name.",
    errors.InvalidExperimentId: "{text} is not the number of an experiment.",
    errors.TooManyExperiments: "A search can look at no more than {limit} experiments at once.",
    errors.InvalidArtifactLocation: _location,
    errors.ArtifactLocationDenied: (
        "Only an administrator may choose a place among this server's artifacts: leave artifact_location out."
    ),
    errors.RunNotFound: "There is no run {uuid}.",
    errors.RunIsDeleted: "Run {uuid} is deleted. Restore it first.",
    errors.RunNamesDiffer: "The run's name is {name}, but its tag {tag} says {tagged}.",
    errors.UnknownRunStatus: _unknown_status,
    errors.InvalidRunId: "{text} is not the ID of a run.",
    errors.RunTagNotFound: "Run {uuid} has no tag {key}.",
    errors.ModelHistoryUnreadable: "The run's tag {tag!r} holds no list of models to add to.",
    errors.ParamChanged: "The parameter {key} of run {uuid} is {stored} and cannot be changed to {value}.",
    errors.ParamsChanged: "Parameters of run {uuid} cannot be changed: {changes}.",
    errors.BatchTooLarge: "One call can log at most {limit} {what}, not {size}.",
    errors.DuplicateParams: "One call can log a parameter only once: {keys}.",
    errors.IncompleteDataset: "A metric of a data set needs both its name and its digest.",
    errors.NegativeTimestamp: "The metric {key} has a time before 1970.",
    errors.InvalidPageSize: "A page must have at least one point, not {max_results}.",
    errors.UnreadablePageToken: "This page token cannot be read.",
    errors.InvalidPageToken: "This page token is not valid.",
    errors.OutputStepChanged: "Model '{model_id}' was already logged as an output of run '{uuid}' at step {step}.",
    errors.LoggedModelNotFound: "There is no logged model {model_id}.",
    errors.UnknownLoggedModel: "There is no logged model {model_id}.",
    errors.ModelsOfRunDenied: (
        "{actor} does not have permission to log models of run {uuid}, or there is no such run."
    ),
    errors.UnknownLoggedModelStatus: "{status} is not a status of a logged model.",
    errors.LoggedModelTagNotFound: "Logged model {model_id} has no tag {key}.",
    errors.LoggedModelParamChanged: (
        "The parameter {key} of logged model {model_id} is {stored} and cannot be changed to {value}."
    ),
    errors.InvalidLoggedModelName: "The name of a logged model cannot contain {forbidden}.",
    errors.DatasetNameMissing: "A data set needs a name.",
    errors.TooManyDatasets: "A search can name no more than {limit} data sets.",
    errors.UnknownOrderField: "Logged models cannot be sorted by {order_by}.",
    errors.OrderFieldNotMetric: "Logged models cannot be sorted by {order_by}, only by metrics.",
}
