"""One request, written once for both servers.

Texts may hold `$p` (the sequence's own prefix, so that sequences never meet) and the variables that
earlier steps kept from their answers, as in `$run`; each server fills in its own values.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from string import Template
from typing import Any

JSON = "application/json"
_NAME = re.compile(r"\$\w")


@dataclass(frozen=True)
class Step:
    """A request to a path below `/api/2.0/mlflow/`, or to `path` itself where that starts with a slash.

    `keep` names what later steps need: variable -> place in the answer, as in `{"run": "run.info.run_id"}`.
    """

    method: str
    path: str
    body: Any = None
    query: Any = None
    raw: bytes | None = None
    content_type: str | None = JSON
    keep: Mapping[str, str] = field(default_factory=dict)

    def keeping(self, **places: str) -> "Step":
        return replace(self, keep=places)

    def __str__(self) -> str:
        parts = [self.method, self.path]
        if self.query is not None:
            parts.append(f"?{self.query}")
        if self.body is not None:
            parts.append(repr(self.body))
        if self.raw is not None:
            parts.append(f"{self.content_type} {self.raw!r}")
        return " ".join(parts)


def post(path: str, /, **body: Any) -> Step:
    return Step("POST", path, body=body)


def patch(path: str, /, **body: Any) -> Step:
    return Step("PATCH", path, body=body)


def delete(path: str, /, **body: Any) -> Step:
    return Step("DELETE", path, body=body)


def get(path: str, /, **query: Any) -> Step:
    return Step("GET", path, query=query)


def get_with_body(path: str, /, **body: Any) -> Step:
    return Step("GET", path, body=body)


def raw(method: str, path: str, data: bytes, content_type: str | None = JSON) -> Step:
    return Step(method, path, raw=data, content_type=content_type)


def filled(value: Any, variables: Mapping[str, str]) -> Any:
    """`value` with every `$variable` in it replaced, keys and nested values included."""
    if isinstance(value, str):
        return Template(value).safe_substitute(variables) if _NAME.search(value) else value
    if isinstance(value, dict):
        return {filled(key, variables): filled(one, variables) for key, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [filled(one, variables) for one in value]
    return value
