"""Resolves where a version's files come from: what a client may name as source, and what it means here.

Greenroom never opens a location that a client named. A source either means files below our own
artifact root, found through a run, a logged model or another version that we know, or it is an
object store's address, which is kept for clients to open and for nobody else. Everything else is
refused. The text is parsed once; what is stored is that text, and what is used is what was parsed.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import SplitResult, unquote, urlsplit

from app.artifacts import uris
from app.artifacts.paths import ArtifactPath
from app.authz.viewer import viewer
from app.core.errors import InvalidParameter, NotFound
from app.core.ids import LoggedModelId
from app.registry import aliases, prompts, queries, version_runs
from app.registry.errors import (
    MalformedModelSource,
    RelativeSource,
    SourceNotContained,
    SourceNotReadable,
    SourceOfOtherRegistry,
    SourceStageEmpty,
    SourceVersionMismatch,
    UnknownLocalSource,
    UnsupportedSourceScheme,
)
from app.registry.queries import VersionRow
from app.tracking import runs
from app.tracking.logged_models import models
from app.tracking.logged_models.models import LoggedModelRow
from app.tracking.runs import RunRow

# Addresses that name a store and no host: the server has no reason to connect anywhere.
OBJECT_STORES = frozenset({"s3", "gs", "dbfs"})

# The statuses of a run, and the one of a logged model, whose client goes on writing.
UNFINISHED = frozenset({"RUNNING", "SCHEDULED"})
PENDING = "PENDING"

_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


@dataclass(frozen=True)
class ResolvedSource:
    """What a source means; the fields are those of `app.registry.tables.ModelVersion`.

    `is_unfinished` says that whoever logged what lies at `storage` may still write there, or beside it in the folder
    that is all of a run's. `run_claimed` says that nothing but the client's word joins the run to the files.
    """

    source: str
    location: str | None = None
    storage: str | None = None
    run_uuid: str | None = None
    logged_model: LoggedModelId | None = None
    copy_of: int | None = None  # the id of a version, with whatever run and logged model that was made of
    is_unfinished: bool = False
    run_claimed: bool = False
    copied_from: str | None = None  # where the files lay that were copied to `storage`


def resolve(
    source: str, *, run_uuid: str | None, logged_model: LoggedModelId | None, tags: Mapping[str, str]
) -> ResolvedSource:
    """Checks the source that a client named, and returns what it means.

    Raises `InvalidParameter`, and `NotFound` for a version or logged model that does not exist.
    `run_uuid` and `logged_model` are what the client says made it; None where it said nothing. Naming
    anything requires the right to read it: a viewer who may not do everything gets `SourceNotReadable` for
    what is hidden from them and for what does not exist, an empty id included.
    """
    if viewer().may_all:
        return _resolve(source, run_uuid, logged_model, tags)
    try:
        resolved = _resolve(source, run_uuid, logged_model, tags)
    except NotFound as error:
        raise _not_readable("source", source) from error
    except InvalidParameter:
        _check_readable(source, run_uuid, logged_model)
        raise
    if resolved.copy_of is None:
        _check_readable(source, run_uuid, logged_model)
    return resolved


def _check_readable(source: str, run_uuid: str | None, logged_model: LoggedModelId | None) -> None:
    """Raises `SourceNotReadable` for a run or logged model that was named and that the viewer cannot read."""
    for named in (run_uuid, _names_in_path(_parse(source))[1]):
        if named is not None and runs.find_or_none(named) is None:
            raise _not_readable("run", named)
    if logged_model is not None and models.find_or_none(logged_model) is None:
        raise _not_readable("logged model", logged_model)


def _not_readable(what: str, named: str) -> SourceNotReadable:
    return SourceNotReadable(viewer().name, what, named)


def _resolve(
    source: str, run_uuid: str | None, logged_model: LoggedModelId | None, tags: Mapping[str, str]
) -> ResolvedSource:
    if prompts.is_marked(tags):
        prompts.check_source(source)
        return ResolvedSource(source)
    parts = _parse(source)
    if parts.scheme == "models":
        return _from_models(source, parts, run_uuid, logged_model)
    if parts.scheme in ("", "file"):
        return _from_local(source, parts, run_uuid, logged_model)
    if parts.scheme == "runs":
        return _from_runs(source, parts, run_uuid, logged_model)
    if parts.scheme == "mlflow-artifacts":
        return _from_artifacts(source, run_uuid, logged_model)
    if parts.scheme in OBJECT_STORES:
        return _from_object_store(source, run_uuid, logged_model)
    raise UnsupportedSourceScheme(parts.scheme, ", ".join(sorted(OBJECT_STORES)))


def _parse(source: str) -> SplitResult:
    """Returns the parts of a source. Raises `RelativeSource` for whatever could be read in two ways."""
    plain = _unquoted(source)
    if _CONTROL.search(plain) or ".." in re.split(r"[/\\?#;]", plain):
        raise RelativeSource(source)
    try:
        return urlsplit(source)
    except ValueError as error:
        raise RelativeSource(source) from error


def _unquoted(text: str) -> str:
    for _ in range(8):
        once = unquote(text)
        if once == text:
            return text
        text = once
    # Encoded eight times over is nobody's honest address; what is left cannot pass for a plain one.
    return ".."


def _from_models(
    source: str, parts: SplitResult, run_uuid: str | None, logged_model: LoggedModelId | None
) -> ResolvedSource:
    if parts.netloc:
        raise SourceOfOtherRegistry(source)
    path = source.partition(":")[2]
    names = path.lstrip("/").split("/")
    if not path.startswith("/") or len(names) > 2 or not all(name.strip() for name in names):
        raise MalformedModelSource(source)
    if len(names) == 1 and "@" not in names[0]:
        return _from_logged_model(source, names[0], run_uuid, logged_model)
    parent = _parent(source, names)
    for given, own in ((run_uuid, parent.run_uuid), (logged_model, parent.logged_model)):
        if given is not None and given != (own or ""):
            raise SourceVersionMismatch(source)
    return ResolvedSource(
        f"models:/{parent.name}/{parent.number}",
        location=parent.location or parent.source,
        storage=parent.storage,
        run_uuid=parent.run_uuid,
        logged_model=parent.logged_model,
        copy_of=parent.id,
        run_claimed=version_runs.is_claimed(parent.id),
    )


def _parent(source: str, names: list[str]) -> VersionRow:
    name, which = names if len(names) == 2 else names[0].rpartition("@")[::2]
    queries.model_id(name)
    prompts.check_is_model(name, source)
    if len(names) == 1:
        return aliases.resolve(name, which)
    if which.isdecimal():
        return queries.version(name, which)
    if which.lower() == "latest":
        return aliases.resolve(name, which)
    newest = next((row for row in queries.latest_of(name) if row.stage.lower() == which.lower()), None)
    if newest is None:
        raise SourceStageEmpty(source, name, which)
    return newest


def _from_logged_model(
    source: str, named: str, run_uuid: str | None, logged_model: LoggedModelId | None
) -> ResolvedSource:
    if logged_model != named:
        raise SourceNotContained(source, "model_id")
    row = models.find(LoggedModelId(named))
    return _inside_logged_model(source, row, run_uuid, row.artifact_uri)


def _from_runs(
    source: str, parts: SplitResult, run_uuid: str | None, logged_model: LoggedModelId | None
) -> ResolvedSource:
    if logged_model:
        raise SourceNotContained(source, "model_id")
    named, _, below = source.partition(":")[2].lstrip("/").partition("/")
    if parts.netloc or not run_uuid or named != run_uuid or not below:
        raise SourceNotContained(source, "run_id")
    run = runs.find_or_none(named)
    storage = _path_below(run.artifact_uri, below) if run else None
    is_unfinished = run is not None and run.status in UNFINISHED
    return ResolvedSource(source, storage=storage, run_uuid=run_uuid, is_unfinished=is_unfinished)


def _from_artifacts(source: str, run_uuid: str | None, logged_model: LoggedModelId | None) -> ResolvedSource:
    path = uris.from_uri(source)
    if path is None:
        raise SourceNotContained(source, "model_id" if logged_model else "run_id")
    if logged_model:
        row = models.find(logged_model)
        if not _is_within(path, row.artifact_uri):
            raise SourceNotContained(source, "model_id")
        return ResolvedSource(
            source,
            storage=str(path),
            run_uuid=run_uuid or row.source_run_uuid,
            logged_model=row.model_id,
            is_unfinished=row.status == PENDING,
            run_claimed=_is_of_another(run_uuid, row),
        )
    run = runs.find_or_none(run_uuid) if run_uuid else None
    if run is None or not _is_within(path, run.artifact_uri):
        raise SourceNotContained(source, "run_id")
    # A run that has ended can be logged to all the same, but not in a folder of a model.
    is_all = path == uris.from_uri(run.artifact_uri)
    is_unfinished = is_all or run.status in UNFINISHED
    return ResolvedSource(source, storage=str(path), run_uuid=run.uuid, is_unfinished=is_unfinished)


def _from_local(
    source: str, parts: SplitResult, run_uuid: str | None, logged_model: LoggedModelId | None
) -> ResolvedSource:
    """Resolves a path as a file store of MLflow's makes them, `mlruns/<experiment>/<run>/artifacts/<path>`.

    It is never opened: it names a run, and what is meant are that run's artifacts here. MLflow 3
    puts a model that a run logs beside the run, so a logged model of that name and run comes first.
    """
    run, below = _run_in_path(parts)
    if run is None or not below or (run_uuid and run_uuid != run.uuid) or "\\" in source:
        raise UnknownLocalSource(source)
    row = models.of_run(run.uuid, below)
    if row is not None and logged_model in (None, "", row.model_id):
        return _inside_logged_model(source, row, run.uuid, row.artifact_uri)
    storage = _path_below(run.artifact_uri, below)
    is_unfinished = run.status in UNFINISHED
    location = f"{run.artifact_uri}/{below}"
    return ResolvedSource(source, location, storage, run.uuid, is_unfinished=is_unfinished)


def _run_in_path(parts: SplitResult) -> tuple[RunRow | None, str]:
    experiment_id, uuid, below = _names_in_path(parts)
    run = runs.find_or_none(uuid) if uuid else None
    return (run, below) if run and str(run.experiment_id) == experiment_id else (None, "")


def _names_in_path(parts: SplitResult) -> tuple[str, str | None, str]:
    """Returns the experiment and the run that a local path names, if any, and what is below."""
    names = [name for name in parts.path.split("/") if name]
    tail = names[names.index("mlruns") + 1 :] if "mlruns" in names else []
    is_plain = parts.scheme in ("", "file") and not (parts.netloc or parts.query or parts.fragment)
    if not is_plain or len(tail) < 4 or tail[2] != "artifacts":
        return "", None, ""
    return tail[0], tail[1], "/".join(tail[3:])


def _inside_logged_model(source: str, row: LoggedModelRow, run_uuid: str | None, uri: str) -> ResolvedSource:
    path = uris.from_uri(uri)
    return ResolvedSource(
        source,
        location=uri,
        storage=None if path is None else str(path),
        run_uuid=run_uuid or row.source_run_uuid,
        logged_model=row.model_id,
        is_unfinished=row.status == PENDING,
        run_claimed=_is_of_another(run_uuid, row),
    )


def _is_of_another(run_uuid: str | None, row: LoggedModelRow) -> bool:
    """Returns whether the client named a run that is not the logged model's own."""
    return bool(run_uuid) and run_uuid != row.source_run_uuid


def _from_object_store(
    source: str, run_uuid: str | None, logged_model: LoggedModelId | None
) -> ResolvedSource:
    """Keeps the address. Its files are never looked at here, so whichever run is named is claimed."""
    row = models.find(logged_model) if logged_model else None
    behind = run_uuid or (row.source_run_uuid if row else None)
    return ResolvedSource(
        source, run_uuid=behind, logged_model=logged_model or None, run_claimed=bool(behind)
    )


def _path_below(root_uri: str, below: str) -> str | None:
    root = uris.from_uri(root_uri)
    return None if root is None else str(root.joined(below))


def _is_within(path: ArtifactPath, root_uri: str) -> bool:
    root = uris.from_uri(root_uri)
    return root is not None and path.parts[: len(root.parts)] == root.parts
