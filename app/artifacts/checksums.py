"""Lists the files below several places, and says which of them differ in content: for comparing models."""

import hashlib
from collections.abc import Mapping, Sequence
from typing import BinaryIO, NamedTuple

from app.artifacts import ArtifactPath, store
from app.core import blocking
from app.core.errors import GreenroomError

MAX_FILES = 500  # of one place that are looked at
MAX_BYTES_READ = 8 * 1024 * 1024  # bytes that one comparison reads in all
_PIECE = 1024 * 1024


class Listing(NamedTuple):
    """The files below a place, by path, with their sizes; `is_whole` is false where there are more."""

    place: ArtifactPath
    sizes: Mapping[str, int]
    is_whole: bool


def listing(place: ArtifactPath) -> Listing | None:
    """Returns the files below the place; None where they cannot be read."""
    try:
        files = store().walk(place, MAX_FILES + 1)
    except (GreenroomError, OSError):
        return None
    return Listing(place, dict(files[:MAX_FILES]), len(files) <= MAX_FILES)


def digests(listings: Sequence[Listing | None]) -> list[dict[str, str]]:
    """Returns the SHA-256 in hex of the files that only their content can tell apart, for each listing by path.

    Those are the files which lie at one path and have one size in several different places. The smallest
    are read first, and no more than `MAX_BYTES_READ` in all; what was too much is left out.
    """
    places: dict[tuple[int, str], set[ArtifactPath]] = {}
    for files in filter(None, listings):
        for path, size in files.sizes.items():
            places.setdefault((size, path), set()).add(files.place)
    found: dict[tuple[ArtifactPath, str], str] = {}
    left = MAX_BYTES_READ
    for (size, path), several in sorted(places.items(), key=lambda item: item[0]):
        if len(several) < 2 or size * len(several) > left:
            continue
        left -= size * len(several)
        for place in several:
            digest = _digest(place.joined(path))
            if digest:
                found[place, path] = digest
    return [
        {path: found[files.place, path] for path in files.sizes if (files.place, path) in found}
        if files
        else {}
        for files in listings
    ]


def _digest(path: ArtifactPath) -> str | None:
    try:
        file, _size = store().open(path)
    except (GreenroomError, OSError):
        return None
    with file:
        return blocking.run(_digest_of, file)


def _digest_of(file: BinaryIO) -> str:
    digest = hashlib.sha256()
    while piece := file.read(_PIECE):
        digest.update(piece)
    return digest.hexdigest()
