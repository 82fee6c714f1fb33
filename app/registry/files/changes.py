"""Stores and deletes files below the artifact root. Every door that changes files does it here.

What was checked is still so when the file gets its path: the last check and that step are one transaction, which
excludes the registration of a version at the same place (see `holds`).
"""

import contextlib
from collections.abc import Iterable, Iterator, Sequence

from app import manifests
from app.artifacts import store
from app.artifacts.paths import ArtifactPath
from app.artifacts.store import ReceivedFile
from app.authz.actors import Actor
from app.db.transactions import db, transaction
from app.registry import errors
from app.registry.files import access, holds


def write(path: ArtifactPath, chunks: Iterable[bytes], expected: int | None, *, actor: Actor) -> None:
    """Stores what `chunks` yields as the file `path`; no database connection is held until all has arrived.

    Raises as `access.check_write`, before the first byte or after the last, and as `Store.receive`.
    """
    access.check_write(path, actor)
    store().check_writable(path)
    db.session.close()
    with store().receive(path, chunks, expected) as received:
        _publish(received, path)


def add(path: ArtifactPath, chunks: Iterable[bytes], *, size: int, sha256: str) -> None:
    """Stores what `chunks` yields as the new file `path`, for an import: nothing is replaced, and nobody's right asked.

    Raises `FileIsAnother` unless there are `size` bytes of that SHA-256 (in hex), `PathTaken` where something has the
    path, and as `Store.receive` and `holds.check_not_held`.
    """
    store().check_writable(path)
    with store().receive(path, chunks, None) as received:
        if (received.size, received.digest) != (size, sha256):
            raise errors.FileIsAnother(str(path))
        with _changing(path):
            if store().exists(path):
                raise errors.PathTaken(str(path))
            manifests.record_upload(path, received.tag, received.size, received.digest)
            received.publish()


def join(upload: str, digests: Sequence[str], path: ArtifactPath, *, actor: Actor) -> None:
    """Makes the parts of an upload the file `path`. Raises as `access.check_write` and `MultipartUploads.join`."""
    access.check_write(path, actor)
    db.session.close()
    with store().uploads.join(upload, digests, path) as received:
        if received is not None:
            _publish(received, path)


def delete(path: ArtifactPath, *, actor: Actor) -> None:
    """Deletes the file, or the folder and all that it holds. Raises as `access.check_delete`."""
    access.check_delete(path, actor)
    db.session.close()
    with _changing(path):
        give_room_back = store().take_away(path)
    # A large folder takes long, and nobody waits for that any more.
    give_room_back()


def _publish(received: ReceivedFile, path: ArtifactPath) -> None:
    with _changing(path):
        # First, so that a database that takes no change leaves the old file where it is.
        manifests.record_upload(path, received.tag, received.size, received.digest)
        received.publish()


@contextlib.contextmanager
def _changing(path: ArtifactPath) -> Iterator[None]:
    with transaction():
        holds.lock(path)
        holds.check_not_held(path)
        yield
