"""Decides who may read, write and delete below the artifact root. Every door that touches bytes asks here.

A path belongs to an experiment: to the one whose id it begins with, and to one that was given
this path as its own (see `app.tracking.artifact_locations`). What may be done to the experiment may be done to
its files. Files that a living model version is made of can also be read by whoever may read its model,
and nobody changes them (see `holds`). Only those who may do everything see a path that belongs
to nothing; to all others it looks empty.
"""

import json
from collections.abc import Iterable, Sequence

from sqlalchemy import bindparam, literal_column, select

from app.artifacts import store
from app.artifacts.errors import ArtifactNotFound
from app.artifacts.paths import ArtifactPath
from app.artifacts.store import Entry
from app.artifacts.uris import SCHEME
from app.authz import access_queries
from app.authz.actors import Actor
from app.authz.levels import Level
from app.authz.permissions import Permission, allowed
from app.core.errors import PermissionDenied
from app.db.statements import Statement, is_one_of
from app.registry.errors import MissingFileName, NoExperimentAt
from app.registry.files import holds
from app.registry.queries import LIVING, MODEL, VERSION
from app.registry.tables import ModelVersion, RegisteredModel
from app.tracking import access
from app.tracking.access import EXPERIMENT

_EXPERIMENTS = select(access_queries.EXPERIMENTS.level(EXPERIMENT.id)).where(
    access_queries.EXPERIMENTS.may_see(EXPERIMENT.id)
)
_BY_ID = Statement(_EXPERIMENTS.where(EXPERIMENT.id == bindparam("id")))
# Looks at every experiment, of which few have a place of their own: asked only where the id does not do.
_BY_LOCATION = Statement(
    lambda: _EXPERIMENTS.where(is_one_of(EXPERIMENT.artifact_location, "locations", str))
)
_ONE_VERSION = (
    select(VERSION.id)
    .join_from(ModelVersion.__table__, RegisteredModel.__table__, MODEL.id == VERSION.model_id)
    .where(LIVING)
    .limit(literal_column("1"))
)
_READABLE_VERSION = Statement(
    lambda: _ONE_VERSION.where(is_one_of(VERSION.storage, "folders", str)).where(
        access_queries.MODELS.may_see(MODEL.id)
    )
)


def may_read(path: ArtifactPath, actor: Actor) -> bool:
    """Returns whether `actor` may read the file or folder `path`; the root only if they may do everything."""
    if actor.may_all:
        return True
    if path.is_root:
        return False
    return _may(Permission.EXPERIMENTS_READ, path, actor) or _is_of_readable_model(path, actor)


def check_read(path: ArtifactPath, actor: Actor) -> None:
    """Raises the error for a missing file, unless `actor` may read what is at `path`."""
    if not may_read(path, actor):
        raise ArtifactNotFound(str(path))


def entries(path: ArtifactPath, actor: Actor) -> list[Entry]:
    """Returns what `actor` may see in a folder: nothing if they may not read it; of the root, their experiments."""
    if path.is_root and not actor.may_all:
        return _of_experiments(store().list(path))
    return store().list(path) if may_read(path, actor) else []


def check_write(path: ArtifactPath, actor: Actor) -> None:
    """Checks that `actor` may store bytes at `path`.

    Raises `MissingFileName` for the root, `NoExperimentAt` where the actor can see no experiment that keeps
    its files there, `PermissionDenied` where they can see it and lack the right, and where the files are
    those of a registered version; `InvalidArtifactPath` for a name that MLflow's clients could not list.
    """
    path.check_new_name()
    _check(Permission.EXPERIMENTS_EDIT, path, actor)
    holds.check_not_held(path)


def may_hold(path: ArtifactPath, actor: Actor) -> bool:
    """Returns whether `actor` may have a version keep the files at `path` as they are: whoever may change them."""
    try:
        return actor.may_all or _may(Permission.EXPERIMENTS_EDIT, path, actor)
    except PermissionDenied:
        return False


def check_abort(path: ArtifactPath, actor: Actor) -> None:
    """Checks that `actor` may give up storing bytes at `path`, which changes nothing that is stored there.

    Raises as `check_write`, but for the files of a registered version.
    """
    _check(Permission.EXPERIMENTS_EDIT, path, actor)


def check_delete(path: ArtifactPath, actor: Actor) -> None:
    """Checks that `actor` may remove what is at `path`. Raises as `check_write`."""
    _check(Permission.EXPERIMENTS_MANAGE, path, actor)
    holds.check_not_held(path)


def _check(permission: Permission, path: ArtifactPath, actor: Actor) -> None:
    if path.is_root:
        raise MissingFileName
    if path.is_copy and permission is Permission.EXPERIMENTS_EDIT:
        raise NoExperimentAt(str(path))
    if not actor.may_all and not _may(permission, path, actor):
        raise NoExperimentAt(str(path))


def _may(permission: Permission, path: ArtifactPath, actor: Actor) -> bool:
    """Returns whether the actor has the permission on an experiment that the path belongs to; False if they see none.

    Raises `PermissionDenied` where they see one and it is not enough.
    """
    everywhere = access_queries.EXPERIMENTS.level_on_all(actor)
    best = Level.NONE
    for level in _levels(path, actor):
        best = max(best, Level(level), everywhere)
        if allowed(permission, best):
            return True
    if best is not Level.NONE:
        access_queries.EXPERIMENTS.check(permission, best, actor, f"the files at {path}")
    return False


def _levels(path: ArtifactPath, actor: Actor) -> Iterable[int]:
    """Yields the actor's level on each experiment they may see that the path belongs to."""
    if path.is_copy:
        return
    asked = access_queries.EXPERIMENTS.parameters_of(actor)
    number = _number(path.parts[0])
    if number is not None:
        yield from _BY_ID.scalars(id=number, **asked)
    starts = [f"{SCHEME}:{slashes}{folder}" for folder in holds.folders_of(path) for slashes in ("/", "///")]
    locations = [start + end for start in starts for end in ("", "/")]
    yield from _BY_LOCATION.scalars(locations=json.dumps(locations), **asked)


def _is_of_readable_model(path: ArtifactPath, actor: Actor) -> bool:
    asked = access_queries.MODELS.parameters_of(actor)
    return _READABLE_VERSION.scalar(folders=json.dumps(holds.folders_of(path)), **asked) is not None


def _of_experiments(listed: Sequence[Entry]) -> list[Entry]:
    ids = [number for entry in listed if (number := _number(entry.name)) is not None]
    shown = set(map(str, access.readable(ids)))
    return [entry for entry in listed if entry.name in shown]


def _number(name: str) -> int | None:
    """Returns the id of the experiment whose folder has this name, if an experiment's could have it."""
    number = int(name) if name.isascii() and name.isdecimal() and len(name) < 20 else None
    return number if number is not None and str(number) == name and access.is_possible(number) else None
