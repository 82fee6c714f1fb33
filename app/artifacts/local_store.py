"""Keeps artifacts in a folder of this machine.

Every name is looked up relative to an open folder, part by part, and no symbolic link is followed. Even
somebody who can place a link in the artifact folder reads and writes nothing outside it, however quick.
"""

import builtins
import contextlib
import errno
import os
import secrets
import stat
import time
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import BinaryIO

from app.artifacts import local_copies, local_tree
from app.artifacts.directory_handles import (
    MISSING_ERRNOS,
    OPEN_FILE,
    OPEN_FOLDER,
    make_folder,
    read_folder,
    remove_tree,
    temporary_name,
    to_disk_error,
    to_domain_error,
    write_new_file,
)
from app.artifacts.errors import (
    ArtifactIsFolder,
    ArtifactMisplaced,
    ArtifactNotFound,
    ArtifactRootMissing,
    FileNameMissing,
    RootNotDeletable,
)
from app.artifacts.local_uploads import LocalMultipartUploads
from app.artifacts.paths import PRIVATE_FOLDER, ROOT_MARKER, SERVERS_OWN, ArtifactPath
from app.artifacts.store import STALE_AFTER, Entry, OpenedFile, ReceivedFile, StoredFile, WrittenFile
from app.core import blocking

_COPY = b"copy"  # the name of a copy that is not finished, in a folder of its own


class LocalStore:
    """A `Store` in a folder. Files are readable by the server's user alone (0600, folders 0700).

    Where the root is marked, one without its mark is another folder, as where a disk is not mounted: nothing is
    written there, and nothing that is missing counts as deleted.
    """

    def __init__(self, root: Path, *, is_marked: bool = False):
        self._root = os.fsencode(root)
        self._is_marked = is_marked
        self.uploads = LocalMultipartUploads(self)
        with contextlib.suppress(ArtifactRootMissing):
            self.sweep()

    def write(self, path: ArtifactPath, chunks: Iterable[bytes], expected: int | None) -> WrittenFile:
        """Receives the file and publishes it: for files that no version can be made of yet."""
        with self.receive(path, chunks, expected) as received:
            received.publish()
        return WrittenFile(received.size, received.digest)

    @contextlib.contextmanager
    def receive(
        self, path: ArtifactPath, chunks: Iterable[bytes], expected: int | None
    ) -> Iterator[ReceivedFile]:
        self.check_writable(path)
        with self.private_folder() as private, temporary_name(private) as temporary:
            try:
                written = write_new_file(temporary, private, chunks, expected)
                received = self.received(temporary, private, written.digest, path)
            except OSError as error:
                raise to_domain_error(error, path) or error from None
            yield received

    def received(self, temporary: bytes, private: int, digest: str, path: ArtifactPath) -> ReceivedFile:
        """Returns the finished file in the private folder as one that can be published at the path."""
        # The folders are made now, since each is written to the disk, and nobody waits for that yet.
        with self._open_folder(path.parts[:-1], create=True):
            pass
        state = os.stat(temporary, dir_fd=private, follow_symlinks=False)
        publish = partial(self._publish, temporary, private, path)
        return ReceivedFile(state.st_size, digest, local_tree.tag_of(state), publish)

    def _publish(self, temporary: bytes, private: int, path: ArtifactPath) -> None:
        """Moves the finished file out of the private folder to its path, in place of any file that was there."""
        try:
            with self._open_folder(path.parts[:-1], create=True) as folder:
                os.replace(temporary, path.name.encode(), src_dir_fd=private, dst_dir_fd=folder)
                blocking.run(os.fsync, folder)
        except OSError as error:
            raise to_domain_error(error, path) or error from None

    def check_writable(self, path: ArtifactPath) -> None:
        if path.is_root:
            raise FileNameMissing()
        try:
            with self._open_folder(path.parts[:-1]) as folder:
                mode = os.stat(path.name.encode(), dir_fd=folder, follow_symlinks=False).st_mode
        except OSError as error:
            if error.errno == errno.ENOENT:
                self._check_root()
                return
            raise to_domain_error(error, path) or error from None
        if stat.S_ISDIR(mode):
            raise ArtifactMisplaced(str(path))

    def download(self, path: ArtifactPath) -> OpenedFile:
        file = self._open_file(path)
        state = os.fstat(file.fileno())
        return OpenedFile(file, state.st_size, local_tree.tag_of(state), state.st_mtime)

    def open(self, path: ArtifactPath) -> tuple[BinaryIO, int]:
        opened = self.download(path)
        return opened.file, opened.size

    def _open_file(self, path: ArtifactPath) -> BinaryIO:
        if path.is_root:
            raise ArtifactIsFolder(str(path))
        try:
            with self._open_folder(path.parts[:-1]) as folder:
                handle = os.open(path.name.encode(), OPEN_FILE, dir_fd=folder)
        except OSError as error:
            self._check_root()
            raise (ArtifactNotFound(str(path)) if error.errno in MISSING_ERRNOS else error) from error
        mode = os.fstat(handle).st_mode
        if stat.S_ISREG(mode):
            return os.fdopen(handle, "rb")
        os.close(handle)
        raise ArtifactIsFolder(str(path)) if stat.S_ISDIR(mode) else ArtifactNotFound(str(path))

    def size(self, path: ArtifactPath) -> int:
        file, size = self.open(path)
        file.close()
        return size

    def exists(self, path: ArtifactPath) -> bool:
        mode = self._mode(path)
        return mode is not None and (stat.S_ISDIR(mode) or stat.S_ISREG(mode))

    def is_file(self, path: ArtifactPath) -> bool:
        mode = self._mode(path)
        return mode is not None and stat.S_ISREG(mode)

    def _mode(self, path: ArtifactPath) -> int | None:
        try:
            with self._open_folder(path.parts[:-1]) as folder:
                return os.stat(path.name.encode() or b".", dir_fd=folder, follow_symlinks=False).st_mode
        except OSError as error:
            if error.errno in MISSING_ERRNOS:
                self._check_root()
                return None
            raise

    def walk(self, path: ArtifactPath, limit: int) -> list[tuple[str, int]]:
        files: list[tuple[str, int]] = []
        pending: list[tuple[tuple[str, ...], Entry]] = [
            ((), entry) for entry in reversed(self._entries(path.parts))
        ]
        while pending and len(files) < limit:
            folder, entry = pending.pop()
            parts = (*folder, entry.name)
            if entry.is_dir:
                inside = self._entries(path.parts + parts)
                pending += [(parts, inner) for inner in reversed(inside)]
            else:
                files.append(("/".join(parts), entry.size or 0))
        return files

    def all_files(self, path: ArtifactPath, limit: int) -> builtins.list[StoredFile]:
        # An artifact root that is not mounted must not pass for an empty one. Without a mark, what tells one from the
        # other is the private folder, which is not made anew for this.
        self._check_root()
        if not self._is_marked:
            with self._open_folder((PRIVATE_FOLDER,)):
                pass
        try:
            with self._open_folder(path.parts[:-1]) as folder:
                return blocking.run(local_tree.list_below, folder, path.name.encode() or b".", limit)
        except OSError as error:
            if error.errno in MISSING_ERRNOS and not self.exists(path):
                return []
            raise

    def digest(self, path: ArtifactPath, below: str, pause: Callable[[int], None]) -> tuple[StoredFile, str]:
        with self._open_folder(path.parts[:-1]) as folder:
            file = local_tree.open_below(folder, path.name.encode() or b".", below)
        with file:
            state = os.fstat(file.fileno())
            if not stat.S_ISREG(state.st_mode):
                raise OSError(errno.EINVAL, "not a file")
            return StoredFile(below, state.st_size, local_tree.tag_of(state)), local_tree.sha256_of(
                file, pause
            )

    def list(self, path: ArtifactPath) -> builtins.list[Entry]:
        return self._entries(path.parts)

    def _entries(self, parts: tuple[str, ...]) -> builtins.list[Entry]:
        try:
            with self._open_folder(parts) as folder:
                entries = blocking.run(read_folder, folder)
        except OSError as error:
            if error.errno in MISSING_ERRNOS:
                self._check_root()
                return []
            raise
        return [entry for entry in entries if parts or entry.name not in SERVERS_OWN]

    def copy(self, source: ArtifactPath, target: ArtifactPath) -> None:
        # In a new folder, which no sweep takes for an old one: a link has the age of its file.
        name = f"upload-{secrets.token_hex(16)}"
        try:
            with self.private_folder() as private:
                make_folder(name.encode(), private)
                try:
                    with self._open_folder((PRIVATE_FOLDER, name)) as within:
                        if self._copy_into(within, source):
                            with self._open_folder(target.parts[:-1], create=True) as folder:
                                os.rename(_COPY, target.name.encode(), src_dir_fd=within, dst_dir_fd=folder)
                                blocking.run(os.fsync, folder)
                finally:
                    remove_tree(name.encode(), private)
        except OSError as error:
            raise to_disk_error(error) or error from None

    def _copy_into(self, within: int, source: ArtifactPath) -> bool:
        """Copies what is at the path into an open folder; returns False where nothing is."""
        with contextlib.ExitStack() as stack:
            try:
                folder = stack.enter_context(self._open_folder(source.parts[:-1]))
            except OSError as error:
                if error.errno in MISSING_ERRNOS:
                    return False
                raise
            return blocking.run(local_copies.copy, source.name.encode(), folder, _COPY, within)

    def delete(self, path: ArtifactPath) -> None:
        """Takes away what is there and gives the room back."""
        self.take_away(path)()

    def take_away(self, path: ArtifactPath) -> Callable[[], None]:
        if path.is_root:
            raise RootNotDeletable()
        trash = f"trash-{secrets.token_hex(16)}".encode()
        with self.private_folder() as private:
            try:
                with self._open_folder(path.parts[:-1]) as folder:
                    # Moved away first: nobody lists or reads a half-deleted folder.
                    os.rename(path.name.encode(), trash, src_dir_fd=folder, dst_dir_fd=private)
                    blocking.run(os.fsync, folder)
            except OSError as error:
                if error.errno in MISSING_ERRNOS:
                    return _do_nothing
                raise to_disk_error(error) or error from None
        return partial(self._empty, trash)

    def _empty(self, trash: bytes) -> None:
        with self.private_folder() as private:
            remove_tree(trash, private)

    @contextlib.contextmanager
    def _open_folder(self, parts: tuple[str, ...], *, create: bool = False) -> Iterator[int]:
        """Yields the folder of that path, open while the block runs. No part of it may be a link."""
        # The root itself may be one: it was named by who runs the server, not by a client.
        handle = os.open(self._root, OPEN_FOLDER & ~os.O_NOFOLLOW)
        try:
            for part in parts:
                if create:
                    make_folder(part.encode(), handle)
                handle, outer = os.open(part.encode(), OPEN_FOLDER, dir_fd=handle), handle
                os.close(outer)
            yield handle
        finally:
            os.close(handle)

    def private_folder(self) -> contextlib.AbstractContextManager[int]:
        """Returns the folder for what is not (or no longer) an artifact, open while the block runs.

        It is made where it is missing, since somebody may have swept it away. Raises `ArtifactRootMissing`.
        """
        self._check_root()
        try:
            with self._open_folder((PRIVATE_FOLDER,)):
                pass
        except FileNotFoundError:
            with self._open_folder(()) as top:
                make_folder(PRIVATE_FOLDER.encode(), top)
        return self._open_folder((PRIVATE_FOLDER,))

    def _check_root(self) -> None:
        """Raises `ArtifactRootMissing` where the root is gone, or has no mark although it is a marked one."""
        try:
            with self._open_folder(()) as top:
                if self._is_marked:
                    os.stat(ROOT_MARKER.encode(), dir_fd=top, follow_symlinks=False)
        except OSError as error:
            if error.errno in (*MISSING_ERRNOS, errno.ESTALE, errno.EIO, errno.ENOTCONN):
                raise ArtifactRootMissing() from error
            raise

    def sweep(self) -> None:
        """Removes what killed servers and clients left behind: deleted trees at once, uploads after a day."""
        with self.private_folder() as private:
            for name in os.listdir(private):  # noqa: PTH208 (an open folder, no Path)
                with contextlib.suppress(OSError):
                    state = os.stat(name, dir_fd=private, follow_symlinks=False)
                    if name.startswith("trash-") or state.st_mtime < time.time() - STALE_AFTER:
                        remove_tree(os.fsencode(name), private)


def _do_nothing() -> None:
    pass
