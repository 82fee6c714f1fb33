"""Checks what may be logged: names of metrics, parameters and tags, and how long texts may be.

Rules, limits and sentences are those of `mlflow.utils.validation`, so that clients read what they know.
"""

import re

from app.core.key_rules import check_key, check_length, invalid, whole_number
from app.tracking.errors import InvalidExperimentId, InvalidExperimentName, InvalidRunId

__all__ = ["check_key", "check_length", "invalid"]

MAX_KEY_LENGTH = 250
MAX_PARAM_LENGTH = 6000
MAX_RUN_TAG_LENGTH = 8000
MAX_EXPERIMENT_NAME_LENGTH = 500
MAX_EXPERIMENT_TAG_LENGTH = 20_000

_RUN_ID = re.compile(r"[a-zA-Z0-9][\w\-]{0,255}\Z")


def param(key: str, value: str, path: str = "") -> tuple[str, str]:
    """Returns a parameter as it will be kept: a value that is too long is cut, as MLflow cuts it.

    Raises `InvalidParameter` for a key that cannot be used.
    """
    check_key(key, inside(path, "key"))
    check_length("Param key", MAX_KEY_LENGTH, key)
    return key, value[:MAX_PARAM_LENGTH]


def run_tag(key: str, value: str, path: str = "") -> tuple[str, str]:
    """Returns a run's tag as it will be kept: a value that is too long is cut, as MLflow cuts it.

    Raises `InvalidParameter` for a key that cannot be used.
    """
    check_key(key, inside(path, "key"))
    check_length(inside(path, "key"), MAX_KEY_LENGTH, key)
    return key, value[:MAX_RUN_TAG_LENGTH]


def check_experiment_tag(key: str, value: str) -> None:
    """Raises `InvalidParameter` unless an experiment may carry this tag."""
    check_key(key)
    check_length("key", MAX_KEY_LENGTH, key)
    check_length("value", MAX_EXPERIMENT_TAG_LENGTH, value)


def check_experiment_name(name: str) -> None:
    """Raises `InvalidParameter` unless an experiment may have this name."""
    if not name:
        raise InvalidExperimentName(name)
    check_length("name", MAX_EXPERIMENT_NAME_LENGTH, name, field="name")


def check_run_id(uuid: str) -> None:
    """Raises `InvalidRunId` for a text that no run could have as its id."""
    if not _RUN_ID.match(uuid):
        raise InvalidRunId(uuid)


def experiment_id(text: str | int) -> int:
    """Returns the id of an experiment from the text that clients write, `"7"`. Raises `InvalidExperimentId`."""
    number = whole_number(text)
    if number is None:
        raise InvalidExperimentId(text)
    return number


def inside(path: str, name: str) -> str:
    """Returns where the part `name` of the value at `path` stands, such as `metrics[3].key`."""
    return f"{path}.{name}" if path else name
