"""MLflow's sentences about names, keys and lengths."""

from collections.abc import Callable
from typing import Any

from app.core import key_rules
from app.core.errors import GreenroomError
from app.core.key_rules import invalid


def _invalid_key(error: key_rules.InvalidKey) -> str:
    why = (
        "Names may only contain alphanumerics, underscores (_), dashes (-), periods (.), spaces ( ), colon(:) and "
        "slashes (/)."
    )
    return invalid(error.field, error.key, why)


def _path_like(error: key_rules.PathLikeName) -> str:
    why = (
        "Names may be treated as files in certain cases, and must not resolve to other names when treated as such. "
        f"This name would resolve to {error.resolved!r}"
    )
    return invalid(error.field, error.name, why)


SENTENCES: dict[type[GreenroomError], str | Callable[[Any], str]] = {
    key_rules.InvalidKey: _invalid_key,
    key_rules.PathLikeName: _path_like,
    key_rules.TooLong: "'{what}' exceeds the maximum length of {limit} characters",
}
