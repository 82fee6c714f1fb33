"""Settles where the files of a new version are held: where they lie, or as a copy that is the version's own.

Nobody writes any more where a version's files are held, so holding them must hinder nobody who may still do so: a run
that goes on logging, a logged model that is not finished, people whose experiment it is. There the version
is made of a copy of what lies there now, and its clients download the copy.
"""

import secrets
from dataclasses import replace

from app.artifacts import ArtifactPath, parse, store, uris
from app.artifacts.paths import COPIES_FOLDER
from app.authz.actors import Actor
from app.db.transactions import after_rollback
from app.registry.files import access, holds
from app.registry.sources import ResolvedSource


def hold(resolved: ResolvedSource, actor: Actor) -> ResolvedSource:
    """Returns the source with the place where its files stay as they are from now on.

    To be called before the files are looked at, in the transaction that registers the version. A copy of a version
    shares the files of that one, which are held already.
    """
    if resolved.storage is None or resolved.copy_of is not None:
        return resolved
    path = parse(resolved.storage)
    holds.lock(path)
    if not resolved.is_unfinished and access.may_hold(path, actor):
        return resolved
    copied = _copy(path, is_file=store().is_file(path))
    return replace(resolved, storage=str(copied), location=uris.to_uri(copied), copied_from=resolved.storage)


def _copy(path: ArtifactPath, *, is_file: bool) -> ArtifactPath:
    """Copies the file or folder, unless the transaction is rolled back, and returns the path of the copy."""
    folder = ArtifactPath((COPIES_FOLDER, secrets.token_hex(16)))
    # A file keeps its name, by which clients know it.
    copied = folder.joined(path.name) if is_file else folder
    stored = store()
    after_rollback(lambda: stored.take_away(folder)())
    stored.copy(path, copied)
    return copied
