"""Gathers what is compared: versions of any models, or runs, each with all that is known of it.

Look-ups show what the viewer may read: another version or run is not found, and a version whose run is
hidden from the viewer shows nothing of that run.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from sqlalchemy import Select, select

from app import artifacts
from app.artifacts import checksums, mlmodel, uris
from app.artifacts.checksums import FileListing
from app.artifacts.mlmodel import ModelFile
from app.authz import access_queries
from app.comparison import metric_direction, version_metrics
from app.comparison.errors import TooManyRuns, TooManyVersions
from app.core import clock, mlflow_tags
from app.core.errors import GreenroomError, InvalidParameter
from app.core.ids import RegisteredModelId
from app.db.statements import Statement, each_of
from app.registry import queries
from app.registry.queries import MODEL, MODEL_TAG, VERSION, VersionRow
from app.tracking import inputs, lookup
from app.tracking.inputs import DatasetInputRow
from app.tracking.runs import RunDetails

MAX_VERSIONS = 20
MAX_RUNS = 100
MAX_RUNS_WITH_FILES = 12  # with more runs, artifacts are not looked at

Ref = tuple[str, int]  # a model's name and a version's number


@dataclass(frozen=True)
class Subject:
    """One of the things compared. What is None is not known; what is empty is known to be empty.

    `key` is how addresses name it (`churn:3`, a run's id), `label` how pages do. `directions` are the tags
    that may say which way its metrics get better.
    """

    key: str
    label: str
    version: VersionRow | None
    run: RunDetails | None
    description: str
    tags: Mapping[str, str]
    facts: Mapping[str, str]
    metrics: Mapping[str, float] | None
    params: Mapping[str, str] | None
    model_file: ModelFile | None = None
    files: FileListing | None = None
    directions: Mapping[str, str] = field(default_factory=dict)


def _select_versions() -> Select[Any]:
    return queries.select_versions().where(
        MODEL.name.in_(each_of("names", str)), VERSION.number.in_(each_of("numbers", int))
    )


_VERSIONS = Statement(_select_versions, VersionRow, visible_to=access_queries.MODELS.readers_of(MODEL.id))


class _DirectionTag(NamedTuple):
    """A tag in which a model states the direction of a metric."""

    model_id: RegisteredModelId
    key: str
    value: str


_DIRECTION_TAGS = Statement(
    lambda: select(MODEL_TAG.model_id, MODEL_TAG.key, MODEL_TAG.value).where(
        MODEL_TAG.model_id.in_(each_of("model_ids", int)),
        MODEL_TAG.key.startswith(metric_direction.TAG, autoescape=True),
    ),
    _DirectionTag,
)


def find_versions(refs: Sequence[Ref]) -> list[VersionRow]:
    """Returns the living versions of these names and numbers, each once, in the order of `refs`; without missing ones.

    One statement, however many there are. Raises `TooManyVersions` for more than `MAX_VERSIONS`.
    """
    if len(set(refs)) > MAX_VERSIONS:
        raise TooManyVersions(MAX_VERSIONS)
    if not refs:
        return []
    rows = _VERSIONS.rows(
        names=json.dumps([name for name, _number in refs]),
        numbers=json.dumps([number for _name, number in refs]),
    )
    by_ref = {(row.name, row.number): row for row in rows}
    return [by_ref[ref] for ref in dict.fromkeys(refs) if ref in by_ref]


def find_runs(uuids: Sequence[str]) -> list[RunDetails]:
    """Returns the runs of these ids, deleted or not, each once, in the order of `uuids`; missing ones are left out.

    Raises `TooManyRuns` for more than `MAX_RUNS`.
    """
    if len(set(uuids)) > MAX_RUNS:
        raise TooManyRuns(MAX_RUNS)
    by_uuid = lookup.runs_of(uuids)
    return [by_uuid[uuid] for uuid in dict.fromkeys(uuids) if uuid in by_uuid]


def of_versions(rows: Sequence[VersionRow]) -> list[Subject]:
    """Returns these versions as subjects, with a fixed number of statements and a look at their files."""
    runs = lookup.runs_of({row.run_uuid for row in rows if row.run_uuid})
    logged = lookup.figures_of({row.logged_model for row in rows if row.logged_model})
    experiments = lookup.experiments_of(details.run.experiment_id for details in runs.values())
    direction_tags = _direction_tags([row.model_id for row in rows])
    subjects = []
    for row in rows:
        run = runs.get(row.run_uuid or "")
        logged_figures = logged.get(row.logged_model) if row.logged_model else None
        figures = version_metrics.metrics(run, logged_figures)
        facts = _facts_of_version(row) | (
            _facts_of_run(run, experiments[run.run.experiment_id].name) if run else {}
        )
        model_file, files = _stored(row)
        subjects.append(
            Subject(
                key=f"{row.name}:{row.number}",
                label=f"{row.name} {row.number}",
                version=row,
                run=run,
                description=row.description or "",
                tags=mlflow_tags.given_tags(row.tags),
                facts=facts,
                metrics=None if figures is None else {key: point.value for key, point in figures.items()},
                # What was logged for the model itself takes precedence over its run.
                params=None
                if figures is None
                else (run.params if run else {}) | (logged_figures.params if logged_figures else {}),
                model_file=model_file,
                files=files,
                directions=direction_tags.get(row.model_id, {}),
            )
        )
    return subjects


def of_runs(rows: Sequence[RunDetails]) -> list[Subject]:
    """Returns these runs as subjects; with more than `MAX_RUNS_WITH_FILES`, files are left out."""
    experiments = lookup.experiments_of(details.run.experiment_id for details in rows)
    inputs_of_run = inputs.of_details(rows)
    subjects = []
    for details in rows:
        experiment = experiments[details.run.experiment_id]
        subjects.append(
            Subject(
                key=details.run.uuid,
                label=details.run.name or details.run.uuid,
                version=None,
                run=details,
                description=details.tags.get(mlflow_tags.NOTE, ""),
                tags=mlflow_tags.user_tags(details.tags),
                facts=_facts_of_run(details, experiment.name)
                | _data_sets(inputs_of_run[details.run.id].dataset_inputs),
                metrics={metric.key: metric.value for metric in details.metrics},
                params=details.params,
                files=_files_of_run(details) if len(rows) <= MAX_RUNS_WITH_FILES else None,
                directions=experiment.tags,
            )
        )
    return subjects


def _direction_tags(model_ids: Sequence[RegisteredModelId]) -> dict[RegisteredModelId, dict[str, str]]:
    """Returns what the tags of these models, which the viewer was shown, say of their metrics."""
    tags: dict[RegisteredModelId, dict[str, str]] = {}
    for tag in _DIRECTION_TAGS.rows(model_ids=json.dumps(list(model_ids))) if model_ids else ():
        tags.setdefault(tag.model_id, {})[tag.key] = tag.value
    return tags


def _facts_of_version(row: VersionRow) -> dict[str, str]:
    facts = {
        "Stage": row.stage,
        "Status": row.status,
        "Aliases": ", ".join(row.aliases),
        "Registered": clock.utc_text(row.created_at),
        "Registered by": row.created_by,
        "Source": row.source,
        "Digest": row.tags.get(mlflow_tags.DIGEST, ""),
    }
    return {term: text for term, text in facts.items() if text}


def _facts_of_run(details: RunDetails, experiment: str) -> dict[str, str]:
    run = details.run
    commit = details.tags.get(mlflow_tags.SOURCE_GIT_COMMIT, "")
    took = "" if run.end_time is None else clock.duration(run.end_time - run.start_time)
    facts = {
        "Run": run.name or run.uuid,
        "Experiment": experiment,
        "Run status": run.status,
        "Run by": run.user_id,
        "Trained": clock.utc_text(run.start_time) if run.start_time else "",
        "Duration": took,
        "Code": details.tags.get(mlflow_tags.SOURCE_NAME, ""),
        "Commit": commit,
    }
    return {term: text for term, text in facts.items() if text}


def _data_sets(dataset_inputs: Sequence[DatasetInputRow]) -> dict[str, str]:
    by_context: dict[str, list[str]] = {}
    for dataset_input in dataset_inputs:
        context = dataset_input.tags.get(mlflow_tags.DATASET_CONTEXT)
        term = f"Data set for {context}" if context else "Data set"
        by_context.setdefault(term, []).append(f"{dataset_input.dataset.name} {dataset_input.dataset.digest}")
    return {term: ", ".join(names) for term, names in by_context.items()}


def _stored(row: VersionRow) -> tuple[ModelFile | None, FileListing | None]:
    if row.storage is None:
        return None, None
    try:
        folder = artifacts.parse(row.storage)
        return mlmodel.read_mlmodel(folder), checksums.list_files(folder)
    except (GreenroomError, OSError):
        return None, None


def _files_of_run(details: RunDetails) -> FileListing | None:
    try:
        folder = uris.from_uri(details.run.artifact_uri)
    except InvalidParameter:
        return None
    return None if folder is None else checksums.list_files(folder)
