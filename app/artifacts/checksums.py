"""What files lie in several places, and which of them differ in content: for comparing models."""

import hashlib
from collections.abc import Mapping, Sequence
from typing import BinaryIO, NamedTuple

from app.artifacts import ArtifactPath, store
from app.core import blocking
from app.core.errors import GreenroomError

MOST_FILES = 500  # of one place that are looked at
MOST_READ = 8 * 1024 * 1024  # bytes that one comparison reads in all
_PIECE = 1024 * 1024


class Listing(NamedTuple):
    """The files below a place, by path, with their sizes; `is_whole` is false where there are more."""

    place: ArtifactPath
    sizes: Mapping[str, int]
    is_whole: bool


def listing(place: ArtifactPath) -> Listing | None:
    """What lies below the place; None where that cannot be read."""
    try:
        files = store().walk(place, MOST_FILES + 1)
    except (GreenroomError, OSError):
        return None
    return Listing(place, dict(files[:MOST_FILES]), len(files) <= MOST_FILES)


def digests(listings: Sequence[Listing | None]) -> list[dict[str, str]]:
    """SHA-256 in hex of the files that only their content can tell apart, for each listing by path.

    Those are the files which lie at one path and have one size in several different places. The smallest
    are read first, and no more than `MOST_READ` in all; what was too much is left out.
    """
    places: dict[tuple[int, str], set[ArtifactPath]] = {}
    for one in listings:
        for path, size in one.sizes.items() if one else ():
            places.setdefault((size, path), set()).add(one.place)
    found: dict[tuple[ArtifactPath, str], str] = {}
    left = MOST_READ
    for (size, path), several in sorted(places.items(), key=lambda item: item[0]):
        if len(several) < 2 or size * len(several) > left:
            continue
        left -= size * len(several)
        for place in several:
            digest = _digest(place.joined(path))
            if digest:
                found[place, path] = digest
    return [
        {path: found[one.place, path] for path in one.sizes if (one.place, path) in found} if one else {}
        for one in listings
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
