"""Declares every call: importing the modules that hold them is enough."""

from app.api import not_offered  # noqa: F401
from app.api.databricks import permissions, transition_requests  # noqa: F401
from app.api.greenroom import activities, checks, groups, manifests, rules, stage_history, stages  # noqa: F401
from app.api.mlflow import (  # noqa: F401
    artifacts,
    experiments,
    inputs,
    logged_models,
    metrics,
    model_versions,
    multipart_uploads,
    owned_artifacts,
    registered_models,
    runs,
    server,
    traces,
    users,
)
