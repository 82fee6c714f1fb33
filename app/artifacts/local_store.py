"""Artifacts in a folder of this machine.

Every name is looked up relative to an open folder, part by part, never following a symbolic link: who
can place a link in the artifact folder still reads and writes nothing outside of it, however quick.
"""

import builtins
import contextlib
import errno
import os
import secrets
import stat
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import BinaryIO

from app.artifacts.directory_handles import (
    FILE,
    FOLDER,
    NOT_THERE,
    make_folder,
    new_name,
    no_room,
    read_folder,
    receive,
    refusal,
    remove,
)
from app.artifacts.errors import (
    ArtifactIsFolder,
    ArtifactMisplaced,
    ArtifactNotFound,
    FileNameMissing,
    RootNotDeletable,
)
from app.artifacts.local_uploads import LocalParts
from app.artifacts.paths import PRIVATE_FOLDER, ArtifactPath
from app.artifacts.store import STALE_AFTER, Entry, Opened, Written
from app.core import blocking


class LocalStore:
    """A `Store` in a folder. Files are readable by the server's user alone (0600, folders 0700)."""

    def __init__(self, root: Path):
        self._root = os.fsencode(root)
        with self._folder(()) as top:
            make_folder(PRIVATE_FOLDER.encode(), top)
        self.parts = LocalParts(self)
        self.sweep()

    def write(self, path: ArtifactPath, chunks: Iterable[bytes], expected: int | None) -> Written:
        self.check_writable(path)
        with self.private() as private, new_name(private) as temporary:
            try:
                written = receive(temporary, private, chunks, expected)
                self.publish(temporary, private, path)
            except OSError as error:
                raise refusal(error, path) or error from None
        return written

    def publish(self, temporary: bytes, private: int, path: ArtifactPath) -> None:
        """Give the finished file in the private folder its place, instead of whatever file was there."""
        with self._folder(path.parts[:-1], create=True) as folder:
            os.replace(temporary, path.name.encode(), src_dir_fd=private, dst_dir_fd=folder)
            blocking.run(os.fsync, folder)

    def check_writable(self, path: ArtifactPath) -> None:
        if path.is_root:
            raise FileNameMissing()
        try:
            with self._folder(path.parts[:-1]) as folder:
                mode = os.stat(path.name.encode(), dir_fd=folder, follow_symlinks=False).st_mode
        except OSError as error:
            if error.errno == errno.ENOENT:
                return
            raise refusal(error, path) or error from None
        if stat.S_ISDIR(mode):
            raise ArtifactMisplaced(str(path))

    def download(self, path: ArtifactPath) -> Opened:
        file = self._open_file(path)
        state = os.fstat(file.fileno())
        tag = f"{state.st_ino:x}-{state.st_size:x}-{state.st_mtime_ns:x}"
        return Opened(file, state.st_size, tag, state.st_mtime)

    def open(self, path: ArtifactPath) -> tuple[BinaryIO, int]:
        opened = self.download(path)
        return opened.file, opened.size

    def _open_file(self, path: ArtifactPath) -> BinaryIO:
        if path.is_root:
            raise ArtifactIsFolder(str(path))
        try:
            with self._folder(path.parts[:-1]) as folder:
                handle = os.open(path.name.encode(), FILE, dir_fd=folder)
        except OSError as error:
            raise (ArtifactNotFound(str(path)) if error.errno in NOT_THERE else error) from error
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

    def _mode(self, path: ArtifactPath) -> int | None:
        try:
            with self._folder(path.parts[:-1]) as folder:
                return os.stat(path.name.encode() or b".", dir_fd=folder, follow_symlinks=False).st_mode
        except OSError as error:
            if error.errno in NOT_THERE:
                return None
            raise

    def walk(self, path: ArtifactPath, limit: int) -> list[tuple[str, int]]:
        found: list[tuple[str, int]] = []
        waiting: list[tuple[tuple[str, ...], Entry]] = [
            ((), entry) for entry in reversed(self._entries(path.parts))
        ]
        while waiting and len(found) < limit:
            folder, entry = waiting.pop()
            place = (*folder, entry.name)
            if entry.is_dir:
                inside = self._entries(path.parts + place)
                waiting += [(place, inner) for inner in reversed(inside)]
            else:
                found.append(("/".join(place), entry.size or 0))
        return found

    def list(self, path: ArtifactPath) -> list[Entry]:
        return self._entries(path.parts)

    def _entries(self, parts: tuple[str, ...]) -> builtins.list[Entry]:
        try:
            with self._folder(parts) as folder:
                entries = blocking.run(read_folder, folder)
        except OSError as error:
            if error.errno in NOT_THERE:
                return []
            raise
        return [entry for entry in entries if parts or entry.name != PRIVATE_FOLDER]

    def delete(self, path: ArtifactPath) -> None:
        if path.is_root:
            raise RootNotDeletable()
        trash = f"trash-{secrets.token_hex(16)}".encode()
        with self.private() as private:
            try:
                with self._folder(path.parts[:-1]) as folder:
                    # Moved away first: nobody lists or reads a half-deleted folder.
                    os.rename(path.name.encode(), trash, src_dir_fd=folder, dst_dir_fd=private)
                    blocking.run(os.fsync, folder)
            except OSError as error:
                if error.errno in NOT_THERE:
                    return
                raise no_room(error) or error from None
            remove(trash, private)

    @contextlib.contextmanager
    def _folder(self, parts: tuple[str, ...], *, create: bool = False) -> Iterator[int]:
        """The folder of that path, open, while the block runs. No part of it may be a link."""
        # The root itself may be one: it was named by who runs the server, not by a client.
        handle = os.open(self._root, FOLDER & ~os.O_NOFOLLOW)
        try:
            for part in parts:
                if create:
                    make_folder(part.encode(), handle)
                handle, outer = os.open(part.encode(), FOLDER, dir_fd=handle), handle
                os.close(outer)
            yield handle
        finally:
            os.close(handle)

    def private(self) -> contextlib.AbstractContextManager[int]:
        """The folder for what is not (or no longer) an artifact, open, while the block runs."""
        return self._folder((PRIVATE_FOLDER,))

    def sweep(self) -> None:
        """Remove what killed servers and clients left behind: deleted trees at once, uploads after a day."""
        with self.private() as private:
            for name in os.listdir(private):  # noqa: PTH208 (an open folder, no Path)
                with contextlib.suppress(OSError):
                    state = os.stat(name, dir_fd=private, follow_symlinks=False)
                    if name.startswith("trash-") or state.st_mtime < time.time() - STALE_AFTER:
                        remove(os.fsencode(name), private)
