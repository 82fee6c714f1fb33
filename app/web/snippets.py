"""Lines to copy that load, serve and run a version: by number, by stage and by alias."""

import json
import shlex
from collections.abc import Sequence
from typing import NamedTuple

from app.artifacts.signatures import SignatureField
from app.registry.reads import VersionRow
from app.registry.stages import ARCHIVED, NONE

MOST_ALIASES = 3
PORT = 5001
# What a client sends for a column of each type, so that the line works as it stands.
_EXAMPLES = {"string": "a", "boolean": True, "long": 1, "integer": 1, "double": 1.5, "float": 1.5,
             "datetime": "2026-01-31T00:00:00"}  # fmt: skip
MOST_COLUMNS = 8


class Snippet(NamedTuple):
    title: str
    code: str


class Target(NamedTuple):
    """One way to name the version, and what can be done by it."""

    title: str
    snippets: list[Snippet]


def for_version(
    version: VersionRow, server: str, is_newest_in_stage: bool, inputs: Sequence[SignatureField] = ()
) -> list[Target]:
    """The ways to this version: always its number; its stage only where that leads to it; its aliases."""
    ways = [("This version", f"models:/{version.name}/{version.number}")]
    if is_newest_in_stage and version.stage not in (NONE, ARCHIVED):
        ways.append((f"Whatever is in {version.stage}", f"models:/{version.name}/{version.stage}"))
    for alias in version.aliases[:MOST_ALIASES]:
        ways.append((f"Whatever @{alias} points at", f"models:/{version.name}@{alias}"))
    return [Target(title, _of(uri, server, inputs)) for title, uri in ways]


def _of(uri: str, server: str, inputs: Sequence[SignatureField]) -> list[Snippet]:
    return [
        Snippet("Load it in Python", load(uri, server)),
        Snippet("Serve it over HTTP", serve(uri, server)),
        Snippet("Ask the served model with curl", ask(inputs)),
        Snippet("Run it over a file", batch(uri, server)),
    ]


def shell_quoted(text: str) -> str:
    """The text as one word of a shell."""
    return shlex.quote(text)


def python_string(text: str) -> str:
    """The text as a Python literal between double quotes."""
    return json.dumps(text, ensure_ascii=False)


def load(uri: str, server: str) -> str:
    """Python that loads a model by its address."""
    return (
        f"import mlflow\n\nmlflow.set_tracking_uri({python_string(server)})\n"
        f"model = mlflow.pyfunc.load_model({python_string(uri)})\nmodel.predict(data)"
    )


def serve(uri: str, server: str) -> str:
    """Shell lines that serve a model by its address."""
    return f"{_tracking(server)}mlflow models serve -m {shlex.quote(uri)} --port {PORT} --env-manager local"


def batch(uri: str, server: str) -> str:
    """Shell lines that run a model over a table in a file."""
    return (
        f"{_tracking(server)}mlflow models predict -m {shlex.quote(uri)} --env-manager local \\\n"
        "  --content-type csv --input-path input.csv --output-path output.json"
    )


def ask(inputs: Sequence[SignatureField]) -> str:
    """A shell line that asks the served model for a prediction, with the columns that it takes."""
    named = [one for one in inputs if one.name][:MOST_COLUMNS]
    columns = [one.name for one in named] or ["column"]
    row = [_EXAMPLES.get(one.type, 1) for one in named] or [1]
    body = json.dumps({"dataframe_split": {"columns": columns, "data": [row]}}, ensure_ascii=False)
    return (
        f"curl http://127.0.0.1:{PORT}/invocations -H 'Content-Type: application/json' \\\n"
        f"  -d {shlex.quote(body)}"
    )


def _tracking(server: str) -> str:
    return f"export MLFLOW_TRACKING_URI={shlex.quote(server)}\n"
