"""The names of the tags and metrics that MLflow's clients set or read, as far as Greenroom knows them; and its own."""

from collections.abc import Mapping

_CLIENT_PREFIX = "mlflow."
_SYSTEM_METRIC_PREFIX = "system/"

RUN_NAME = "mlflow.runName"
"""The name of a run, which clients expect here as well."""

PARENT_RUN_ID = "mlflow.parentRunId"
NOTE = "mlflow.note.content"
"""The description of a run or an experiment."""

SOURCE_NAME = "mlflow.source.name"
SOURCE_GIT_COMMIT = "mlflow.source.git.commit"

MODEL_HISTORY = "mlflow.log-model.history"
"""The models that a run logged, as MLflow 2 keeps them."""

MODEL_VERSIONS = "mlflow.modelVersions"
"""The registered versions that were made of a logged model."""

DATASET_CONTEXT = "mlflow.data.context"
"""What a run used a data set for, `training` say."""

IS_PROMPT = "mlflow.prompt.is_prompt"
"""Marks a registered model that MLflow takes for a prompt."""

METRIC_DIRECTION = "greenroom.metric.direction."
"""How the key of a tag begins by which people say whether a metric gets better upwards or downwards."""

_OWN = "greenroom."

DIGEST = "greenroom.digest"
"""The digest of a version's files."""


def is_reserved(key: str) -> bool:
    """Returns whether Greenroom alone sets tags of that key, for MLflow's clients to read what they say."""
    return key.startswith(_OWN) and not key.startswith(METRIC_DIRECTION)


def given_tags(tags: Mapping[str, str]) -> dict[str, str]:
    """Returns the tags that clients and people gave, without those that Greenroom alone sets."""
    return {key: value for key, value in tags.items() if not is_reserved(key)}


def user_tags(tags: Mapping[str, str]) -> dict[str, str]:
    """Returns the tags that people gave, without those that MLflow's clients keep for themselves."""
    return {key: value for key, value in tags.items() if not key.startswith(_CLIENT_PREFIX)}


def is_system_metric(key: str) -> bool:
    """Returns whether MLflow's client measured the machine that trained, and not the training of the model."""
    return key.startswith(_SYSTEM_METRIC_PREFIX)
