"""Makes the manifest of what lies at a path, of the digests that are known and of those that have to be taken."""

from collections.abc import Callable
from typing import NamedTuple

from app.artifacts import ArtifactPath, StoredFile, store
from app.core import blocking
from app.core.errors import GreenroomError
from app.manifests import contents, file_digests
from app.manifests.contents import Contents, ManifestFile

# What is done in the call that registers a version; what is more is left to the background work.
MAX_FILES_IN_CALL = 20_000
MAX_FILES_HASHED_IN_CALL = 1_000
MAX_BYTES_HASHED_IN_CALL = 64 * 1024 * 1024

MAX_FILES = 2**31
TRIES = 3  # of reading files that change while they are read

CHANGING = "the files changed while they were read"


class Unreadable(Exception):
    """A file, or the folder, cannot be read, or changes each time it is; the message says which and why."""


class Look(NamedTuple):
    """The files at a path, and the digests that are known of them; `is_whole` is false where there are more."""

    storage: str
    files: list[StoredFile]
    digests: dict[str, str]
    is_whole: bool

    @property
    def unknown(self) -> list[StoredFile]:
        """Returns the files that have to be read."""
        return [file for file in self.files if file.path not in self.digests]

    @property
    def is_quick(self) -> bool:
        """Returns whether the manifest can be made in the call that registers the version."""
        unknown = self.unknown
        return (
            self.is_whole
            and len(unknown) <= MAX_FILES_HASHED_IN_CALL
            and sum(file.size for file in unknown) <= MAX_BYTES_HASHED_IN_CALL
        )


def look(storage: str, *, copied_from: str | None = None, limit: int = MAX_FILES) -> Look:
    """Returns what lies at the path, and what is known of it; needs a transaction. Raises `Unreadable`."""
    files = list_files(storage, limit + 1)
    paths = [storage] if copied_from is None else [storage, copied_from]
    return Look(storage, files[:limit], file_digests.known(paths, files[:limit]), len(files) <= limit)


def list_files(storage: str, limit: int = MAX_FILES) -> list[StoredFile]:
    """Returns the files at the path. Raises `Unreadable`."""
    try:
        return store().all_files(_path(storage), limit)
    except (OSError, GreenroomError, RecursionError) as error:
        raise Unreadable(_reason(error)) from error


def take(
    storage: str, file: StoredFile, pause: Callable[[int], None] = lambda _count: None
) -> tuple[StoredFile, str]:
    """Returns the file as it is now, and its digest. Raises `Unreadable`; needs no transaction."""
    try:
        return store().digest(_path(storage), file.path, pause)
    except (OSError, GreenroomError) as error:
        raise Unreadable(f"{file.path}: {_reason(error)}") from error


def contents_of(seen: Look) -> Contents | None:
    """Returns the manifest of what was seen; None while a digest is missing."""
    if not seen.is_whole or len(seen.digests) < len(seen.files):
        return None
    files = [ManifestFile(file.path, file.size, seen.digests[file.path]) for file in seen.files]
    return blocking.run(contents.make, files)


def read_now(seen: Look) -> Contents:
    """Takes the digests that are missing and keeps them, and returns the manifest. Raises `Unreadable`.

    Files may be replaced while they are read: what counts is that all digests are of the files that a last
    look sees there.
    """
    for _attempt in range(TRIES):
        taken = [take(seen.storage, file) for file in seen.unknown]
        file_digests.record_all(seen.storage, taken)
        seen = seen if not taken else look(seen.storage, limit=MAX_FILES_IN_CALL)
        if (made := contents_of(seen)) is not None:
            return made
    raise Unreadable(CHANGING)


def _path(storage: str) -> ArtifactPath:
    return ArtifactPath(tuple(storage.split("/")) if storage else ())


def _reason(error: Exception) -> str:
    if isinstance(error, OSError):
        return error.strerror or type(error).__name__
    return type(error).__name__
