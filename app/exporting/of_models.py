"""A few models with their history: which rows belong to them, and which files."""

from pathlib import Path

from sqlalchemy import ColumnElement, Select, Table, or_, select, true

from app.artifacts import ArtifactPath, parse
from app.artifacts.uris import from_uri
from app.core.errors import GreenroomError
from app.db.transactions import Base, connection
from app.exporting import format
from app.registry.errors import ModelNotFound

_TABLES = Base.metadata.tables


def conditions(names: list[str]) -> dict[str, ColumnElement[bool]]:
    """Returns which rows of which tables belong to the living models of these names. Raises `ModelNotFound`."""
    model = _TABLES["registered_model"].c
    living = select(model.id, model.name).where(model.name.in_(names), model.deleted_at.is_(None))
    found = {row.name: row.id for row in connection().execute(living)}
    for name in names:
        if name not in found:
            raise ModelNotFound(name)
    return _of_history(list(found.values())) | _of_runs(list(found.values()))


def _of_history(models: list[int]) -> dict[str, ColumnElement[bool]]:
    versions = _ids("model_version", _TABLES["model_version"].c.model_id.in_(models))
    request = _TABLES["transition_request"].c
    closed = request.model_id.in_(models) & (request.state != "open")
    keys = select(_TABLES["version_manifest"].c.manifest_key).where(
        _TABLES["version_manifest"].c.version_id.in_(versions)
    )
    of_model = (
        "model_tag",
        "model_version",
        "alias",
        "stage_interval",
        "alias_interval",
        "version_comment",
        "event",
    )
    of_version = ("version_tag", "version_manifest", "version_check")
    return {
        "registered_model": _TABLES["registered_model"].c.id.in_(models),
        "stage": true(),
        "manifest": _TABLES["manifest"].c.key.in_(keys),
        "transition_request": closed,
        "transition_approval": _TABLES["transition_approval"].c.request_id.in_(
            _ids("transition_request", closed)
        ),
        **{name: _TABLES[name].c.model_id.in_(models) for name in of_model},
        **{name: _TABLES[name].c.version_id.in_(versions) for name in of_version},
    }


def _of_runs(models: list[int]) -> dict[str, ColumnElement[bool]]:
    version, run, logged = (_TABLES[name].c for name in ("model_version", "run", "logged_model"))
    of_models = version.model_id.in_(models)
    is_logged = logged.model_id.in_(select(version.logged_model).where(of_models))
    logged_ids = _ids("logged_model", is_logged)
    measured = _TABLES["logged_model_metric"].c
    is_run = or_(
        run.uuid.in_(select(version.run_uuid).where(of_models)),
        run.uuid.in_(select(logged.source_run_uuid).where(is_logged)),
        run.id.in_(select(measured.run_id).where(measured.logged_model_id.in_(logged_ids))),
    )
    runs = _ids("run", is_run)
    experiments = _TABLES["experiment"].c.id.in_(
        select(run.experiment_id).where(is_run).union(select(logged.experiment_id).where(is_logged))
    )
    inputs = _TABLES["dataset_input"].c
    of_run = ("run_tag", "param", "metric", "run_model", "dataset_input")
    of_logged = ("logged_model_metric", "logged_model_param", "logged_model_tag")
    return {
        "experiment": experiments,
        "experiment_tag": _TABLES["experiment_tag"].c.experiment_id.in_(_ids("experiment", experiments)),
        "run": is_run,
        "logged_model": is_logged,
        "dataset": _TABLES["dataset"].c.id.in_(select(inputs.dataset_id).where(inputs.run_id.in_(runs))),
        "dataset_input_tag": _TABLES["dataset_input_tag"].c.dataset_input_id.in_(
            _ids("dataset_input", inputs.run_id.in_(runs))
        ),
        "metric_point": _TABLES["metric_point"].c.metric_id.in_(
            _ids("metric", _TABLES["metric"].c.run_id.in_(runs))
        ),
        **{name: _TABLES[name].c.run_id.in_(runs) for name in of_run},
        **{name: _TABLES[name].c.logged_model_id.in_(logged_ids) for name in of_logged},
    }


def _ids(table: str, condition: ColumnElement[bool]) -> Select[tuple[int]]:
    key: Table = _TABLES[table]
    return select(key.c.id).where(condition)


def folders(rows: Path) -> list[ArtifactPath]:
    """Returns the folders and files that the exported versions, runs and logged models lie in, none inside another."""
    paths = {
        path.parts
        for name, column in (
            ("model_version", "storage"),
            ("run", "artifact_uri"),
            ("logged_model", "artifact_uri"),
        )
        for _place, row in format.lines(rows / f"{name}.jsonl")
        if (path := _path_of(row[column])) is not None and path.parts
    }
    outer = {parts for parts in paths if not any(parts[:depth] in paths for depth in range(1, len(parts)))}
    return [ArtifactPath(parts) for parts in sorted(outer)]


def _path_of(place: str | None) -> ArtifactPath | None:
    """Returns the path of a version's storage, which is one, or of an address of ours; None for other places."""
    try:
        if not place:
            return None
        return from_uri(place) if ":" in place else parse(place)
    except GreenroomError:
        return None
