"""Every module that declares calls; importing this one declares them all."""

from app.api import (  # noqa: F401
    approvals,
    artifact_parts,
    artifacts,
    experiments,
    greenroom,
    inputs,
    logged_models,
    metrics,
    model_versions,
    not_offered,
    permissions,
    registered_models,
    runs,
    server,
    users,
)
