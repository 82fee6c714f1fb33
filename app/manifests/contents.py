"""What is in a manifest: files with their digests, the key that is compared and the digest that is shown."""

import hashlib
import zlib
from collections.abc import Iterable
from typing import NamedTuple

import orjson


class ManifestFile(NamedTuple):
    """A file of a version: its path below the version's folder, its bytes, and their SHA-256 in hex.

    A version that is a single file has the path ".", which is what model signing calls it.
    """

    path: str
    size: int
    sha256: str


class Contents(NamedTuple):
    """A manifest that is made of files, ready to be stored."""

    key: str
    digest: str | None
    file_count: int
    total_size: int
    packed: bytes


def in_order(files: Iterable[ManifestFile]) -> list[ManifestFile]:
    """Returns the files in the order of OpenSSF Model Signing: by the parts of their paths, not by their letters.

    So `a/b` comes before `a.txt`, though the full stop comes before the slash.
    """
    # As by lists of the parts, which take four times as long: no name holds the character before all others.
    return sorted(files, key=lambda file: file.path.replace("/", "\0"))


def root_digest(files: Iterable[ManifestFile]) -> str:
    """Returns the root digest of OpenSSF Model Signing 1.0: the SHA-256 of the files' digests in order.

    It does not cover the names, so two versions are only compared by their keys. Model signing leaves out what
    belongs to git (`.git`, `.gitignore`, `.gitattributes`, `.github`) unless told otherwise; here, every file counts.
    """
    digest = hashlib.sha256()
    for file in files:
        digest.update(bytes.fromhex(file.sha256))
    return digest.hexdigest()


def make(files: Iterable[ManifestFile]) -> Contents:
    """Returns the manifest of these files."""
    ordered = in_order(files)
    text = orjson.dumps(list(map(list, ordered)))
    return Contents(
        key=hashlib.sha256(text).hexdigest(),
        digest=root_digest(ordered) if ordered else None,
        file_count=len(ordered),
        total_size=sum(file.size for file in ordered),
        packed=zlib.compress(text, 1),  # digests in hex become half as long, whatever the level
    )


def unpack(packed: bytes) -> list[ManifestFile]:
    """Returns the files of a stored manifest."""
    return [ManifestFile(*entry) for entry in orjson.loads(zlib.decompress(packed))]


EMPTY = make(())
"""The manifest of a version without files, such as that of a prompt."""
