"""Lines to copy that load and serve a version, by number, by stage and by alias."""

import json
import shlex
from typing import NamedTuple

from app.registry.reads import VersionRow
from app.registry.stages import ARCHIVED, NONE


class Snippet(NamedTuple):
    title: str
    code: str


def python_string(text: str) -> str:
    """The text as a Python literal between double quotes."""
    return json.dumps(text, ensure_ascii=False)


def for_version(version: VersionRow, server: str, is_newest_in_stage: bool) -> list[Snippet]:
    """The ways to this version: always its number; its stage only where that leads to it; its aliases."""
    number = f"models:/{version.name}/{version.number}"
    found = [Snippet("Load this version", load(number, server))]
    if is_newest_in_stage and version.stage not in (NONE, ARCHIVED):
        stage = f"models:/{version.name}/{version.stage}"
        found.append(Snippet(f"Load whatever is in {version.stage}", load(stage, server)))
    for alias in version.aliases[:3]:
        found.append(
            Snippet(f"Load whatever @{alias} names", load(f"models:/{version.name}@{alias}", server))
        )
    found.append(Snippet("Serve it over HTTP", serve(number, server)))
    return found


def load(uri: str, server: str) -> str:
    """Python that loads a model by its address."""
    return (
        f"import mlflow\n\nmlflow.set_tracking_uri({python_string(server)})\n"
        f"model = mlflow.pyfunc.load_model({python_string(uri)})\nmodel.predict(data)"
    )


def serve(uri: str, server: str) -> str:
    """Shell lines that serve a model by its address."""
    return (
        f"export MLFLOW_TRACKING_URI={shlex.quote(server)}\n"
        f"mlflow models serve -m {shlex.quote(uri)} --port 5001 --env-manager local"
    )
