"""Which tags of runs and experiments people gave, and which MLflow's clients keep for themselves."""

from collections.abc import Mapping


def own_tags(tags: Mapping[str, str]) -> dict[str, str]:
    """Returns the tags that people gave, without those of MLflow's clients."""
    return {key: value for key, value in tags.items() if not key.startswith("mlflow.")}
