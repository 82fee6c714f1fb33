"""The page of a run."""

from typing import NamedTuple

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from app.accounts.permissions import Permission
from app.artifacts import ArtifactPath, Entry, access, locations
from app.edge import current_actor, needs
from app.errors import GreenroomError
from app.registry import versions
from app.tracking import experiments, inputs, runs
from app.tracking.runs import RunRow
from app.web import registrations
from app.web.jinja import own_tags

blueprint = Blueprint("runs", __name__)

MOST_ENTRIES = 500


class Folder(NamedTuple):
    """One folder of a run's artifacts; `steps` leads down to it, each with its name and path."""

    path: str
    steps: list[tuple[str, str]]
    entries: list[tuple[Entry, str]]
    is_elsewhere: bool


@blueprint.get("/runs/<run_id>")
@needs(Permission.EXPERIMENTS_READ)
def show(run_id: str) -> ResponseReturnValue:
    """One run: what it measured and with what settings, its files, and the versions made of it."""
    details = runs.details(run_id)
    own = own_tags(details.tags)
    return render_template(
        "runs/show.html", run=details.run, details=details, own_tags=own,
        system_tags={key: value for key, value in details.tags.items() if key not in own},
        inputs=inputs.of_runs([details.run.id])[details.run.id].dataset_inputs,
        candidates=registrations.candidates(details.run),
        experiment=experiments.find(details.run.experiment_id),
        versions=versions.of_run(details.run.uuid),
        folder=folder_of(details.run, request.args.get("path", "")),
    )  # fmt: skip


def folder_of(run: RunRow, path: str) -> Folder:
    """The folder of that path below the run's artifacts. Raises `InvalidParameter` for what is no path."""
    root = locations.from_uri(run.artifact_uri)
    if root is None:
        return Folder("", [], [], is_elsewhere=True)
    place = root.joined(path) if path else root
    below = place.parts[len(root.parts) :]
    steps = [(name, "/".join(below[: i + 1])) for i, name in enumerate(below)]
    return Folder("/".join(below), steps, _entries(place, below), is_elsewhere=False)


def _entries(place: ArtifactPath, below: tuple[str, ...]) -> list[tuple[Entry, str]]:
    try:
        entries = access.entries(place, current_actor())
    except (GreenroomError, OSError):
        return []
    entries = sorted(entries, key=lambda entry: (not entry.is_dir, entry.name))[:MOST_ENTRIES]
    return [(entry, "/".join((*below, entry.name))) for entry in entries]
