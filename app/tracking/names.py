"""What may be logged: names of metrics, parameters and tags, and how long things may be.

Rules, limits and sentences are those of `mlflow.utils.validation`, so that clients read what they know.
"""

import json
import posixpath
import re

from app.errors import InvalidParameter

LONGEST_KEY = 250
LONGEST_PARAM = 6000
LONGEST_RUN_TAG = 8000
LONGEST_EXPERIMENT_NAME = 500
LONGEST_EXPERIMENT_TAG = 20_000

_KEY = re.compile(r"[/\w.\- :]*\Z")
_RUN_ID = re.compile(r"[a-zA-Z0-9][\w\-]{0,255}\Z")


def check_key(key: str, path: str = "key") -> None:
    """Raise `InvalidParameter` unless metrics, parameters and tags may go by this key; `path` is where it stood."""
    if not _KEY.match(key):
        raise InvalidParameter(
            invalid(path, key, "Names may only contain alphanumerics, underscores (_), dashes (-), "
                    "periods (.), spaces ( ), colon(:) and slashes (/)."),
            field=path,
        )  # fmt: skip
    normal = posixpath.normpath(key)
    if normal != key or normal == "." or normal.startswith(("..", "/")):
        raise InvalidParameter(
            invalid(path, key, "Names may be treated as files in certain cases, and must not resolve to "
                    f"other names when treated as such. This name would resolve to {normal!r}"),
            field=path,
        )  # fmt: skip


def check_length(what: str, limit: int, text: str) -> None:
    """Raise `InvalidParameter` when `text` has more than `limit` characters."""
    if len(text) > limit:
        raise InvalidParameter(f"'{what}' exceeds the maximum length of {limit} characters")


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
    try:
        return int(text)
    except ValueError as error:
        raise InvalidParameter(
            f"Invalid experiment ID '{text}'. Experiment ID must be a valid integer.", field="experiment_id"
        ) from error


def inside(path: str, name: str) -> str:
    """Where the part `name` of the value at `path` stands, `metrics[3].key` say."""
    return f"{path}.{name}" if path else name


def invalid(path: str, value: object, why: str) -> str:
    """MLflow's sentence for a value that cannot stand where it stood."""
    return f"Invalid value {json.dumps(value)} for parameter '{path}' supplied: {why}"
