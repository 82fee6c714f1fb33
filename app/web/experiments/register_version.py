"""Registering a model from the page of a run: the models that it logged, and the form that makes a version of one."""

from collections import deque
from typing import NamedTuple

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.artifacts import uris
from app.authz.actors import Actor
from app.authz.permissions import Permission
from app.core.errors import AlreadyExists, GreenroomError
from app.core.ids import LoggedModelId
from app.http.application import current_actor, needs
from app.registry import versions
from app.registry.access import readable_names
from app.registry.files import access
from app.registry.queries import VersionRow
from app.stages import model_names
from app.tracking import runs
from app.tracking.logged_models import models as logged_models
from app.tracking.runs import RunRow
from app.web.errors import NoModelChosen, NothingToRegister
from app.web.experiments.register_form import RegisterForm

blueprint = Blueprint("registrations", __name__)

MAX_FOLDERS = 500  # that are looked into for models
MAX_RUNS = 50  # whose models' names are suggested


class Candidate(NamedTuple):
    """A model that a run logged; `logged_model` is its own id, for models of MLflow 3."""

    source: str
    label: str
    logged_model: LoggedModelId | None


def candidates(run: RunRow) -> list[Candidate]:
    """Returns the models of a run: those it logged as such, then its folders with an MLmodel file."""
    logged = [
        Candidate(row.artifact_uri, f"{row.name} ({row.model_id})", row.model_id)
        for row in logged_models.of_runs([run.uuid])[run.uuid]
        if row.status == "READY"
    ]
    return logged + [
        Candidate(f"runs:/{run.uuid}/{name}", name, None)
        if name
        else Candidate(run.artifact_uri, "All files of the run", None)
        for name in _model_folders(run)
    ]


def _model_folders(run: RunRow) -> list[str]:
    """Returns the paths of the run's folders with an MLmodel file, the empty one for the root, outer folders first.

    A folder inside of a model is part of that model. At most `MAX_FOLDERS` are looked into.
    """
    root = uris.from_uri(run.artifact_uri)
    if root is None:
        return []
    models: list[str] = []
    folders = deque([""])
    try:
        for _ in range(MAX_FOLDERS):
            if not folders:
                break
            folder = folders.popleft()
            entries = access.entries(root.joined(folder) if folder else root, current_actor())
            if any(entry.name == "MLmodel" and not entry.is_dir for entry in entries):
                models.append(folder)
            else:
                inner = [entry.name for entry in entries if entry.is_dir]
                folders.extend(f"{folder}/{name}" if folder else name for name in inner)
    except (GreenroomError, OSError):
        return models
    return models


def suggestions(run: RunRow) -> list[str]:
    """Returns the names under which models of the experiment's newest runs are registered, the latest first."""
    return list(dict.fromkeys(row.name for row in versions.of_newest_runs(run.experiment_id, MAX_RUNS)))


@blueprint.route("/runs/<run_id>/register", methods=["GET", "POST"])
@needs(Permission.MODELS_EDIT)
def register(run_id: str) -> ResponseReturnValue:
    """Makes a version of one of the run's models, under a name that may be new.

    If all models of the experiment go by one name, the form begins with it.
    """
    run = runs.find(run_id)
    by_source = {candidate.source: candidate for candidate in candidates(run)}
    if not by_source:
        raise NothingToRegister(run.name)
    form = RegisterForm()
    form.source.choices = [(candidate.source, candidate.label) for candidate in by_source.values()]
    registered: list[VersionRow] = []
    if form.validate_on_submit() and form.attempt(
        lambda: registered.append(
            _register(by_source.get(form.source.data or ""), run, form, current_actor())
        )
    ):
        flash(f"Registered as version {registered[0].number} of {registered[0].name}.", "done")
        return redirect(url_for("versions.show", name=registered[0].name, number=registered[0].number), 303)
    names = suggestions(run)
    if request.method == "GET" and len(names) == 1:
        form.name.data = names[0]
    return render_template("experiments/register_version.html", run=run, form=form, names=names), form.status


def _register(chosen: Candidate | None, run: RunRow, form: RegisterForm, actor: Actor) -> VersionRow:
    if chosen is None:
        raise NoModelChosen
    try:
        model_names.create(form.name.data, actor=actor)
    except AlreadyExists:  # the model gets another version, unless it is hidden from the viewer
        if not readable_names([form.name.data]):
            raise
    return versions.create(
        form.name.data,
        chosen.source,
        run_uuid=run.uuid,
        logged_model=chosen.logged_model,
        description=form.description.data or None,
        actor=actor,
    )
