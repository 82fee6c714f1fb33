"""What may be logged: names of metrics, parameters and tags, and how long things may be.

Rules, limits and sentences are those of `mlflow.utils.validation`, so that clients read what they know.
"""

import json
import re

from app.core.errors import InvalidParameter
from app.core.key_rules import check_key, check_length, invalid, whole_number

__all__ = ["check_key", "check_length", "invalid"]

LONGEST_KEY = 250
LONGEST_PARAM = 6000
LONGEST_RUN_TAG = 8000
LONGEST_EXPERIMENT_NAME = 500
LONGEST_EXPERIMENT_TAG = 20_000

_RUN_ID = re.compile(r"[a-zA-Z0-9][\w\-]{0,255}\Z")


def param(key: str, value: str, path: str = "") -> tuple[str, str]:
    """A parameter as it will be kept: a value that is too long is cut, as MLflow cuts it.

    Raises `InvalidParameter` for a key that cannot be used.
    """
    check_key(key, inside(path, "key"))
    check_length("Param key", LONGEST_KEY, key)
    return key, value[:LONGEST_PARAM]


def run_tag(key: str, value: str, path: str = "") -> tuple[str, str]:
    """A run's tag as it will be kept: a value that is too long is cut, as MLflow cuts it.

    Raises `InvalidParameter` for a key that cannot be used.
    """
    check_key(key, inside(path, "key"))
    check_length(inside(path, "key"), LONGEST_KEY, key)
    return key, value[:LONGEST_RUN_TAG]


def check_experiment_tag(key: str, value: str) -> None:
    """Raise `InvalidParameter` unless an experiment may carry this tag."""
    check_key(key)
    check_length("key", LONGEST_KEY, key)
    check_length("value", LONGEST_EXPERIMENT_TAG, value)


def check_experiment_name(name: str) -> None:
    """Raise `InvalidParameter` unless an experiment may have this name."""
    if not name:
        raise InvalidParameter(f"Invalid experiment name: '{name}'", field="name")
    if len(name) > LONGEST_EXPERIMENT_NAME:
        raise InvalidParameter(
            f"'name' exceeds the maximum length of {LONGEST_EXPERIMENT_NAME} characters", field="name"
        )


def check_run_id(uuid: str) -> None:
    """Raise `InvalidParameter` for what no run could have as its id."""
    if not _RUN_ID.match(uuid):
        raise InvalidParameter(f"Invalid value {json.dumps(uuid)} for parameter 'run_id' supplied.")


def experiment_id(text: str | int) -> int:
    """The id of an experiment as clients write it, `"7"`. Raises `InvalidParameter`."""
    number = whole_number(text)
    if number is None:
        raise InvalidParameter(
            f"Invalid experiment ID '{text}'. Experiment ID must be a valid integer.", field="experiment_id"
        )
    return number


def inside(path: str, name: str) -> str:
    """Where the part `name` of the value at `path` stands, `metrics[3].key` say."""
    return f"{path}.{name}" if path else name
