"""What a place for artifact bytes must do, whatever it is made of."""

from collections.abc import Iterable, Sequence
from typing import BinaryIO, NamedTuple, Protocol

from app.artifacts.paths import ArtifactPath

STALE_AFTER = 24 * 3600  # seconds without a byte after which an upload is taken for dead


class Entry(NamedTuple):
    """A name in a folder; `size` in bytes, None for a folder."""

    name: str
    is_dir: bool
    size: int | None


class Written(NamedTuple):
    """What was stored: how many bytes, and their SHA-256 in hex."""

    size: int
    digest: str


class Opened(NamedTuple):
    """A file to read: `tag` changes whenever its content may have, `modified` is in seconds since 1970."""

    file: BinaryIO
    size: int
    tag: str
    modified: float


class Parts(Protocol):
    """Uploads of one file in several parts, each open from `begin` until `join` or `drop`.

    An upload that is not open, or that nobody touched for `STALE_AFTER`, raises `NotFound`.
    """

    def begin(self) -> str:
        """Open an upload and answer its id, which nobody can guess."""

    def write(self, upload: str, number: int, chunks: Iterable[bytes], expected: int | None) -> Written:
        """Store what `chunks` yields as a part; again is fine. Torn parts leave nothing, as in `Store.write`."""

    def join(self, upload: str, digests: Sequence[str], path: ArtifactPath) -> None:
        """Make the parts 1, 2, 3 ... of these digests the file `path`, as one step, and close the upload.

        Raises `InvalidParameter` where one never came, and then leaves all as it was. Once it has
        succeeded, doing it again for as long as an upload may last does nothing.
        """

    def drop(self, upload: str) -> None:
        """Close the upload and remove its parts; one that is not open is fine, too."""


class Store(Protocol):
    """Artifact bytes by path. A reader sees a file whole or not at all, never in the making.

    Reading what is not there raises `NotFound`; a folder where a file is meant, or a file where a
    folder is meant, raises `InvalidParameter`.
    """

    parts: Parts

    def write(self, path: ArtifactPath, chunks: Iterable[bytes], expected: int | None) -> Written:
        """Store what `chunks` yields as the file `path`, replacing it as one step once all is there.

        Whatever `chunks` raises is raised, and so is `InvalidParameter` where the bytes are not
        `expected` many; then the store is as it was before.
        """

    def check_writable(self, path: ArtifactPath) -> None:
        """Raise what `write` would raise for the path alone, before any byte is sent."""

    def download(self, path: ArtifactPath) -> Opened:
        """The file `path`, open for reading; the caller closes it."""

    def open(self, path: ArtifactPath) -> tuple[BinaryIO, int]:
        """The file `path`, open for reading, and its size in bytes; the caller closes it."""

    def size(self, path: ArtifactPath) -> int:
        """How many bytes the file `path` has."""

    def exists(self, path: ArtifactPath) -> bool:
        """Whether there is a file or a folder of that path."""

    def walk(self, path: ArtifactPath, limit: int) -> list[tuple[str, int]]:
        """The first `limit` files below the folder in order of their relative paths, with sizes."""

    def list(self, path: ArtifactPath) -> list[Entry]:
        """The folder's entries by name; empty where there is no such folder."""

    def delete(self, path: ArtifactPath) -> None:
        """Remove the file, or the folder with all in it, as one step; nothing there is fine, too."""
