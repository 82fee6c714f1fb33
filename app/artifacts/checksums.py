"""Lists the files of several folders, and tells which of them differ in content: for comparing models."""

import hashlib
from collections.abc import Mapping, Sequence
from typing import BinaryIO, NamedTuple

from app.artifacts import ArtifactPath, store
from app.core import blocking
from app.core.errors import GreenroomError

MAX_FILES = 500  # of one folder; more are not looked at
MAX_BYTES_READ = 8 * 1024 * 1024  # bytes that one comparison reads in all
_BYTES_PER_READ = 1024 * 1024


class FileListing(NamedTuple):
    """The files below a folder: their sizes by path. `is_whole` is false where there are more."""

    folder: ArtifactPath
    sizes: Mapping[str, int]
    is_whole: bool


def list_files(folder: ArtifactPath) -> FileListing | None:
    """Returns the files below the folder; None where they cannot be read."""
    try:
        files = store().walk(folder, MAX_FILES + 1)
    except (GreenroomError, OSError):
        return None
    return FileListing(folder, dict(files[:MAX_FILES]), len(files) <= MAX_FILES)


def digests_by_path(listings: Sequence[FileListing | None]) -> list[dict[str, str]]:
    """Returns, for each listing, the SHA-256 in hex by path of the files that only their content can tell apart.

    Those are the files that have the same path and the same size in several folders. The smallest are
    read first, and no more than `MAX_BYTES_READ` in all; what would be too much is left out.
    """
    folders_of: dict[tuple[int, str], set[ArtifactPath]] = {}
    for files in filter(None, listings):
        for path, size in files.sizes.items():
            folders_of.setdefault((size, path), set()).add(files.folder)
    digests: dict[tuple[ArtifactPath, str], str] = {}
    left = MAX_BYTES_READ
    for (size, path), folders in sorted(folders_of.items(), key=lambda item: item[0]):
        if len(folders) < 2 or size * len(folders) > left:
            continue
        left -= size * len(folders)
        for folder in folders:
            digest = _digest(folder, path)
            if digest:
                digests[folder, path] = digest
    return [
        {path: digests[files.folder, path] for path in files.sizes if (files.folder, path) in digests}
        if files
        else {}
        for files in listings
    ]


def _digest(folder: ArtifactPath, path: str) -> str | None:
    """Returns the digest of the file; None where it cannot be read, or has a name that no client could give it."""
    try:
        file, _size = store().open(folder.joined(path))
    except (GreenroomError, OSError):
        return None
    with file:
        return blocking.run(_digest_of, file)


def _digest_of(file: BinaryIO) -> str:
    digest = hashlib.sha256()
    while piece := file.read(_BYTES_PER_READ):
        digest.update(piece)
    return digest.hexdigest()
