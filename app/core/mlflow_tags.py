"""The names of the tags that MLflow's clients set or read, as far as Greenroom knows them."""

RUN_NAME = "mlflow.runName"
"""The name of a run, which clients expect here as well."""

PARENT_RUN_ID = "mlflow.parentRunId"
NOTE = "mlflow.note.content"
"""The description of a run."""

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
