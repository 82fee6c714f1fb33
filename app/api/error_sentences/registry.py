"""MLflow's sentences about registered models and their versions."""

from app.registry.errors import ModelNotFound, VersionNotFound

SENTENCES = {
    ModelNotFound: "Registered Model with name={name} not found",
    VersionNotFound: "Model Version (name={name}, version={number}) not found",
}
