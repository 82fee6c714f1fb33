"""Lines to copy that load, serve and run a version: by number, by stage and by alias.

They come with a row that the model takes, where its signature says what that is, so that they work as they stand.
"""

import csv
import io
import json
import math
import re
import shlex
from collections.abc import Sequence
from typing import Any, NamedTuple

from app.artifacts.model_signature import SignatureField
from app.registry.queries import VersionRow
from app.stages.transitions import ARCHIVED, NONE

MAX_ALIASES = 3
PORT = 5001
# A value for a column of each type, for a request; and for pandas, where it would guess the type wrong.
_EXAMPLES = {
    "string": "a",
    "boolean": True,
    "long": 1,
    "integer": 1,
    "double": 1.5,
    "float": 1.5,
    "datetime": "2026-01-31T00:00:00",
}
_SERIES = {
    "integer": 'pandas.Series([1], dtype="int32")',
    "float": 'pandas.Series([1.5], dtype="float32")',
    "datetime": 'pandas.to_datetime(["2026-01-31"])',
}
MAX_COLUMNS = 40
MAX_NUMBERS = 64  # of a tensor

_TENSOR = re.compile(r"Tensor\(((?:float|int|uint)\d+)\)")


class Snippet(NamedTuple):
    title: str
    code: str


class Target(NamedTuple):
    """One way to name the version, and the snippets for it."""

    title: str
    snippets: list[Snippet]


class Sample(NamedTuple):
    """Data that a model takes: as Python makes it, as the body of a request, and as the lines of a table.

    `python` is the library's import and the expression; it and `lines` are None where they are not known.
    """

    python: tuple[str, str] | None
    body: dict[str, Any]
    lines: list[str] | None


def for_version(
    version: VersionRow, server: str, is_newest_in_stage: bool, inputs: Sequence[SignatureField] = ()
) -> list[Target]:
    """Returns the ways to this version: its number, its stage where that leads to it, and its aliases."""
    ways = [("This version", f"models:/{version.name}/{version.number}")]
    if is_newest_in_stage and version.stage not in (NONE, ARCHIVED):
        ways.append((f"Latest in {version.stage}", f"models:/{version.name}/{version.stage}"))
    for alias in version.aliases[:MAX_ALIASES]:
        ways.append((f"Version with alias @{alias}", f"models:/{version.name}@{alias}"))
    given = sample(inputs)
    return [Target(title, _of(uri, server, given)) for title, uri in ways]


def _of(uri: str, server: str, given: Sample) -> list[Snippet]:
    return [
        Snippet("Load it in Python", load(uri, server, given)),
        Snippet("Serve it over HTTP", serve(uri, server)),
        Snippet("Query with curl", ask(given)),
        Snippet("Batch predict from a file", batch(uri, server, given)),
    ]


def sample(inputs: Sequence[SignatureField]) -> Sample:
    """Returns one row for a model with these inputs; without any, only the shape of a request."""
    named = [field for field in inputs if field.name]
    if not named:
        return _tensor(inputs) or Sample(None, _split(["column"], [1]), None)
    shown = named[:MAX_COLUMNS]
    columns = [field.name for field in shown]
    row = [_EXAMPLES.get(field.type, 1) for field in shown]
    is_known = len(shown) == len(inputs) and all(field.type in _EXAMPLES for field in shown)
    made = ", ".join(
        f"{python_string(field.name)}: {_SERIES.get(field.type) or _listed(value)}"
        for field, value in zip(shown, row, strict=True)
    )
    # MLflow guesses the types in a file, and refuses columns of a narrower type than its guess.
    is_plain = is_known and not any(field.type in _SERIES for field in shown)
    return Sample(
        ("pandas", f"pandas.DataFrame({{{made}}})") if is_known else None,
        _split(columns, row),
        [_csv(columns), _csv(row)] if is_plain else None,
    )


def _split(columns: list[str], row: list[Any]) -> dict[str, Any]:
    return {"dataframe_split": {"columns": columns, "data": [row]}}


def _listed(value: Any) -> str:
    return f"[{python_string(value) if isinstance(value, str) else repr(value)}]"


def _csv(cells: Sequence[Any]) -> str:
    line = io.StringIO()
    csv.writer(line).writerow(
        cells
    )  # with its usual line ends, as otherwise it would not quote one in a cell
    return line.getvalue().removesuffix("\r\n")


def _tensor(inputs: Sequence[SignatureField]) -> Sample | None:
    """Returns ones in the shape of the only input, if it is a tensor of numbers small enough to be written out."""
    kind = _TENSOR.fullmatch(inputs[0].type) if len(inputs) == 1 else None
    sizes = [max(1, int(one)) for one in re.findall(r"-?\d{1,9}", inputs[0].shape or "")] if kind else []
    if kind is None or not sizes or math.prod(sizes) > MAX_NUMBERS:
        return None
    body: Any = 1.0 if kind[1].startswith("float") else 1
    for size in reversed(sizes):
        body = [body] * size
    return Sample(("numpy", f'numpy.ones({tuple(sizes)}, dtype="{kind[1]}")'), {"inputs": body}, None)


def shell_quoted(text: str) -> str:
    """Returns the text as one word of a shell."""
    return shlex.quote(text)


def python_string(text: str) -> str:
    """Returns the text as a Python literal between double quotes."""
    return json.dumps(text, ensure_ascii=False)


def load(uri: str, server: str, given: Sample) -> str:
    """Returns Python that loads a model by its address and asks it."""
    library, data = given.python or ("", "")
    return "\n".join(
        [
            "import mlflow",
            *([f"import {library}"] if library else []),
            "",
            f"mlflow.set_tracking_uri({python_string(server)})",
            f"model = mlflow.pyfunc.load_model({python_string(uri)})",
            *([f"data = {data}"] if data else []),
            "print(model.predict(data))",
        ]
    )


def serve(uri: str, server: str) -> str:
    """Returns shell lines that serve a model by its address."""
    return f"{_tracking(server)}mlflow models serve -m {shlex.quote(uri)} --port {PORT} --env-manager local"


def batch(uri: str, server: str, given: Sample) -> str:
    """Returns shell lines that run a model over a table in a file, which they make where its columns are known."""
    # Under a name of its own, so that it overwrites nobody's table.
    path = "example.csv" if given.lines else "input.csv"
    made = f"printf '%s\\n' {' '.join(map(shlex.quote, given.lines))} > {path}\n" if given.lines else ""
    return (
        f"{_tracking(server)}{made}mlflow models predict -m {shlex.quote(uri)} --env-manager local \\\n"
        f"  --content-type csv --input-path {path} --output-path output.json"
    )


def ask(given: Sample) -> str:
    """Returns a shell line that asks the served model for a prediction."""
    body = json.dumps(given.body, ensure_ascii=False)
    return (
        f"curl http://127.0.0.1:{PORT}/invocations -H 'Content-Type: application/json' \\\n"
        f"  -d {shlex.quote(body)}"
    )


def _tracking(server: str) -> str:
    return f"export MLFLOW_TRACKING_URI={shlex.quote(server)}\n"
