"""MLflow's sentences about registered models and their versions."""

import json
from collections.abc import Callable
from typing import Any

from app.core.errors import GreenroomError
from app.registry import errors


def _name_taken(error: errors.NameTaken) -> str:
    titles = {"model": "Registered Model", "prompt": "Prompt"}
    wanted, existing = titles[error.wanted], titles[error.existing]
    if wanted == existing:
        return f"{wanted} (name={error.name}) already exists."
    return (
        f"Tried to create a {wanted.lower()} with name {error.name!r}, but the name is already taken by a "
        f"{existing.lower()}. MLflow does not allow creating a model and a prompt with the same name."
    )


def _invisible(error: errors.InvisibleCharacters) -> str:
    name = json.dumps(error.name)
    return f"Invalid value {name} for parameter '{error.field}' supplied: Names may not hold invisible characters."


def _lookalike(error: errors.LookalikeName) -> str:
    name = json.dumps(error.name)
    return (
        f"Invalid value {name} for parameter '{error.field}' supplied: Names may not mix alphabets within a word, "
        "or write accents as separate characters."
    )


def _reserved_alias(error: errors.ReservedAlias) -> str:
    if error.alias.lower() == "latest":
        return "'latest' alias name (case insensitive) is reserved."
    return f"Version alias name '{error.alias}' is reserved."


SENTENCES: dict[type[GreenroomError], str | Callable[[Any], str]] = {
    errors.ModelNotFound: "Registered Model with name={name} not found",
    errors.VersionNotFound: "Model Version (name={name}, version={number}) not found",
    errors.NoVersions: "Latest version not found for model {name}.",
    errors.NameTaken: _name_taken,
    errors.MissingModelName: "Missing value for required parameter '{field}'.",
    errors.InvalidModelName: "Invalid model name '{name}'. Names cannot contain '/' or ':'.",
    errors.InvisibleCharacters: _invisible,
    errors.LookalikeName: _lookalike,
    errors.MissingAlias: "Registered model alias name cannot be empty.",
    errors.InvalidAlias: (
        "Invalid alias name: '{alias}'. Names may only contain alphanumerics, underscores (_), and dashes (-)."
    ),
    errors.AliasTooLong: "'Registered model alias name' exceeds the maximum length of {limit} characters",
    errors.ReservedAlias: _reserved_alias,
    errors.AliasNotFound: "Registered model alias {alias} not found.",
    errors.InvalidVersionNumber: "Parameter 'version' must be an integer, got '{text}'.",
    errors.UnsupportedSourceScheme: (
        "'source' cannot use the '{scheme}' scheme: name a run, a logged model, a model version or "
        "an address in one of {stores}."
    ),
    errors.RelativeSource: (
        "Invalid model version source: '{source}'. If supplying a source as an http, https, local file path, "
        "ftp, objectstore, or mlflow-artifacts uri, an absolute path must be provided without relative path "
        "references present. Please provide an absolute path."
    ),
    errors.SourceOfOtherRegistry: (
        "Invalid model version source: '{source}'. Registered model sources must use the active model registry."
    ),
    errors.SourceVersionMismatch: (
        "Invalid model version source: '{source}'. The run_id and model_id request parameters must match the "
        "referenced model version."
    ),
    errors.SourceStageEmpty: "Invalid model version source: '{source}'. No version of {name} is in {stage}.",
    errors.UnknownLocalSource: (
        "Invalid model version source: '{source}'. A local path is never opened by this server; only one that "
        "names a run known here, as mlruns/<experiment_id>/<run_id>/artifacts/<path> does, can be a source."
    ),
    errors.SourceNotContained: (
        "Invalid model version source: '{source}'. The {id_field} request parameter must identify the resource "
        "that contains the source."
    ),
    errors.MalformedModelSource: (
        "Invalid model version source: '{source}'. Name a model version as models:/<name>/<version>, a logged "
        "model as models:/<model_id>."
    ),
    errors.InvalidPromptSource: (
        "Invalid prompt source: '{source}'. Prompt sources must use an MLflow placeholder."
    ),
    errors.PromptAsSource: (
        "Invalid model version source: '{source}'. Prompt versions cannot be used as model version sources."
    ),
}
