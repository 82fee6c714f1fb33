"""The origin of a version: its run, experiment, data sets, and what is in its files."""

import re
from typing import NamedTuple
from urllib.parse import unquote

from app import artifacts
from app.artifacts import mlmodel
from app.artifacts.mlmodel import ModelFile
from app.comparison import version_metrics
from app.core.errors import GreenroomError
from app.http.application import current_actor
from app.registry import version_runs
from app.registry.files.access import may_read
from app.registry.queries import VersionRow
from app.tracking import experiments, inputs, lookup, runs
from app.tracking.experiments import ExperimentRow
from app.tracking.inputs import DatasetInputRow
from app.tracking.logged_models.metrics import ModelMetricRow
from app.tracking.metrics import recent
from app.tracking.run_children import MetricRow
from app.tracking.runs import RunDetails

MAX_FILES = 200
MAX_CURVES = 12

_COPIED_FROM = re.compile(r"models:/([^/@]+)/(\d{1,9})")


class Provenance(NamedTuple):
    """Each part is None or empty where nothing is known: the run may belong to another server.

    `metrics` are the version's by `app.comparison.version_metrics`, `curves` the last points of the run's first
    ones, `run_claimed` says that only the client's word joins the run to the files, `parent` the name and number of
    the version that this one was copied from.
    """

    run: RunDetails | None
    metrics: list[MetricRow | ModelMetricRow]
    experiment: ExperimentRow | None
    inputs: list[DatasetInputRow]
    model_file: ModelFile | None
    files: list[tuple[str, int]]
    has_more_files: bool
    curves: dict[str, list[float]]
    parent: tuple[str, int] | None
    run_claimed: bool


def of_version(version: VersionRow) -> Provenance:
    """Returns all that the page of a version shows beside the version itself."""
    run = runs.find_or_none(version.run_uuid) if version.run_uuid else None
    details = runs.with_details([run])[0] if run else None
    model_file, files = _stored(version.storage)
    return Provenance(
        run=details,
        metrics=_metrics(version, details),
        experiment=experiments.find(run.experiment_id) if run else None,
        inputs=inputs.of_details([details])[details.run.id].dataset_inputs if details else [],
        model_file=model_file,
        files=files[:MAX_FILES],
        has_more_files=len(files) > MAX_FILES,
        curves=recent.of_run(run.id, [m.key for m in details.metrics if m.step][:MAX_CURVES])
        if run and details
        else {},
        parent=_parent(version.source),
        run_claimed=version_runs.is_claimed(version.id),
    )


def _metrics(version: VersionRow, run: RunDetails | None) -> list[MetricRow | ModelMetricRow]:
    named = version.logged_model
    logged = lookup.figures_of([named]).get(named) if named else None
    return sorted((version_metrics.metrics(run, logged) or {}).values(), key=lambda one: one.key)


def _parent(source: str) -> tuple[str, int] | None:
    match = _COPIED_FROM.fullmatch(source)
    return (unquote(match[1]), int(match[2])) if match else None


def _stored(storage: str | None) -> tuple[ModelFile | None, list[tuple[str, int]]]:
    if storage is None:
        return None, []
    path = artifacts.parse(storage)
    if not may_read(path, current_actor()):
        return None, []
    try:
        files = artifacts.store().walk(path, MAX_FILES + 1)
        return mlmodel.read_mlmodel(path), files
    except (GreenroomError, OSError):
        # Whatever is stored there, the page of the version must open: people repair the version there.
        return None, []
