"""Defines what a store of artifacts must do, whatever it is made of."""

from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from typing import BinaryIO, NamedTuple, Protocol

from app.artifacts.paths import ArtifactPath
from app.settings.quotas import DEFAULT_QUOTAS, Quotas

STALE_AFTER = 24 * 3600  # seconds without a byte after which an upload counts as abandoned


class Entry(NamedTuple):
    """A name in a folder; `size` in bytes, None for a folder."""

    name: str
    is_dir: bool
    size: int | None


class WrittenFile(NamedTuple):
    """What was stored: how many bytes, and their SHA-256 in hex."""

    size: int
    digest: str


class ReceivedFile(NamedTuple):
    """A file whose bytes have all arrived and that has no path yet: `publish` gives it one, in a single step.

    `tag` is the one that `OpenedFile` will have, and `digest` the SHA-256 in hex.
    """

    size: int
    digest: str
    tag: str
    publish: Callable[[], None]


class OpenedFile(NamedTuple):
    """A file to read: `tag` changes whenever its content may have, `modified` is in seconds since 1970."""

    file: BinaryIO
    size: int
    tag: str
    modified: float


class StoredFile(NamedTuple):
    """A file below a folder, or the folder's path itself where that is a file; `tag` as in `OpenedFile`."""

    path: str
    size: int
    tag: str


class MultipartUploads(Protocol):
    """Uploads of one file in several parts, each open from `begin` until `complete` or `abort`.

    An upload that is not open, or that nobody touched for `STALE_AFTER`, raises `UploadOver`.
    """

    def begin(self, owner: int = 0, quotas: Quotas = DEFAULT_QUOTAS) -> str:
        """Opens an upload of the account and returns its id, which nobody can guess.

        `owner` is 0 where there are no accounts. Raises `TooManyUploads` at the quota.
        """

    def write(self, upload: str, number: int, chunks: Iterable[bytes], expected: int | None) -> WrittenFile:
        """Stores what `chunks` yields as a part; sending a part again is fine.

        A part that breaks off leaves nothing, as in `Store.write`.
        """

    def join(
        self, upload: str, digests: Sequence[str], path: ArtifactPath
    ) -> AbstractContextManager[ReceivedFile | None]:
        """Joins the parts 1, 2, 3 ... of these digests for a block that publishes the file, then closes the upload.

        Raises `PartMissing` where one never came. Whatever the block raises leaves all as it was, and the upload
        open. Once it has succeeded, doing it again for as long as an upload may last yields None: there is nothing
        left to do.
        """

    def abort(self, upload: str) -> None:
        """Closes the upload and removes its parts; one that is not open is fine, too."""


class Store(Protocol):
    """Artifact bytes by path. A reader sees a file whole or not at all, never half written.

    Reading what does not exist raises `NotFound`; a folder where a file is meant, or a file where a
    folder is meant, raises `InvalidParameter`.
    """

    uploads: MultipartUploads

    def receive(
        self, path: ArtifactPath, chunks: Iterable[bytes], expected: int | None
    ) -> AbstractContextManager[ReceivedFile]:
        """Takes what `chunks` yields, for a block that publishes it as the file `path`, over any file there.

        Whatever `chunks` raises is raised, and so is `InvalidParameter` where the bytes are not
        `expected` many; then the store is as it was before, and so it is where the block publishes nothing.
        """

    def check_writable(self, path: ArtifactPath) -> None:
        """Raises what `receive` would raise for the path alone, before any byte is sent."""

    def download(self, path: ArtifactPath) -> OpenedFile:
        """Returns the file `path`, open for reading; the caller closes it."""

    def open(self, path: ArtifactPath) -> tuple[BinaryIO, int]:
        """Returns the file `path`, open for reading, and its size in bytes; the caller closes it."""

    def size(self, path: ArtifactPath) -> int:
        """Returns how many bytes the file `path` has."""

    def exists(self, path: ArtifactPath) -> bool:
        """Tells whether a file or a folder has that path."""

    def is_file(self, path: ArtifactPath) -> bool:
        """Returns whether a file, and no folder, has that path."""

    def walk(self, path: ArtifactPath, limit: int) -> list[tuple[str, int]]:
        """Returns the first `limit` files below the folder in order of their relative paths, with sizes."""

    def all_files(self, path: ArtifactPath, limit: int) -> list[StoredFile]:
        """Returns the first `limit` files below the folder, whatever their names, in no order.

        A path that is a file itself has that one, named "."; a path where nothing is has none. Raises `OSError`
        where anything cannot be looked at: a disk that is not there is not an empty folder.
        """

    def digest(self, path: ArtifactPath, below: str, pause: Callable[[int], None]) -> tuple[StoredFile, str]:
        """Returns one of these files as it is now, with its SHA-256 in hex.

        `pause` is called with the bytes that were read, now and then. Raises `OSError`.
        """

    def list(self, path: ArtifactPath) -> list[Entry]:
        """Returns the folder's entries by name; none where there is no such folder."""

    def copy(self, source: ArtifactPath, target: ArtifactPath) -> None:
        """Makes `target`, where nothing is, what `source` is now, and whole or not at all; nothing of nothing.

        Copies take no room for bytes where that can be: replacing a file of one leaves the other as it is.
        """

    def take_away(self, path: ArtifactPath) -> Callable[[], None]:
        """Removes the file, or the folder and all that it holds, as one step; a missing one is fine, too.

        Returns what gives the room back, which may take long, and is done at the next start otherwise.
        """
