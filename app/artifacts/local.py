"""Artifacts in a folder of this machine.

Every name is looked up relative to an open folder, part by part, never following a symbolic link: who
can place a link in the artifact folder still reads and writes nothing outside of it, however quick.
"""

import contextlib
import errno
import hashlib
import os
import secrets
import shutil
import stat
import time
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import BinaryIO

from app.artifacts.paths import PRIVATE_FOLDER, ArtifactPath
from app.artifacts.store import Entry, Opened, Written
from app.errors import GreenroomError, InvalidParameter, NotFound, TooLarge

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
# Not blocking: opening a named pipe would wait for its other end.
_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_NEW_FILE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
_NOT_THERE = (errno.ENOENT, errno.ENOTDIR, errno.ELOOP, errno.ENAMETOOLONG)
_STALE_AFTER = 24 * 3600  # seconds without a byte after which an upload is taken for dead


class LocalStore:
    """A `Store` in a folder. Files are readable by the server's user alone (0600, folders 0700)."""

    def __init__(self, root: Path):
        self._root = os.fsencode(root)
        with self._folder(()) as top:
            _make_folder(PRIVATE_FOLDER.encode(), top)
        self._sweep()

    def write(self, path: ArtifactPath, chunks: Iterable[bytes], expected: int | None) -> Written:
        self.check_writable(path)
        with self._private() as private:
            temporary = f"upload-{secrets.token_hex(16)}".encode()
            try:
                written = _receive(temporary, private, chunks)
                if expected is not None and written.size != expected:
                    raise InvalidParameter(
                        f"The upload broke off: {written.size} of {expected} bytes arrived."
                    )
                self._publish(temporary, private, path)
            except OSError as error:
                raise _refusal(error, path) or error from None
            finally:
                with contextlib.suppress(FileNotFoundError):
                    os.unlink(temporary, dir_fd=private)
        return written

    def _publish(self, temporary: bytes, private: int, path: ArtifactPath) -> None:
        with self._folder(path.parts[:-1], create=True) as folder:
            os.replace(temporary, path.name.encode(), src_dir_fd=private, dst_dir_fd=folder)
            os.fsync(folder)

    def check_writable(self, path: ArtifactPath) -> None:
        if path.is_root:
            raise InvalidParameter("An artifact path must include a file name.", field="path")
        try:
            with self._folder(path.parts[:-1]) as folder:
                mode = os.stat(path.name.encode(), dir_fd=folder, follow_symlinks=False).st_mode
        except OSError as error:
            if error.errno == errno.ENOENT:
                return
            raise _refusal(error, path) or error from None
        if stat.S_ISDIR(mode):
            raise _misplaced(path)

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
            raise _is_folder(path)
        try:
            with self._folder(path.parts[:-1]) as folder:
                handle = os.open(path.name.encode(), _FILE, dir_fd=folder)
        except OSError as error:
            raise (_missing(path) if error.errno in _NOT_THERE else error) from error
        mode = os.fstat(handle).st_mode
        if stat.S_ISREG(mode):
            return os.fdopen(handle, "rb")
        os.close(handle)
        raise _is_folder(path) if stat.S_ISDIR(mode) else _missing(path)

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
            if error.errno in _NOT_THERE:
                return None
            raise

    def walk(self, path: ArtifactPath, limit: int) -> list[tuple[str, int]]:
        found: list[tuple[str, int]] = []
        waiting = [((), entry) for entry in reversed(self._entries(path.parts))]
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

    def _entries(self, parts: tuple[str, ...]) -> Sequence[Entry]:
        try:
            with self._folder(parts) as folder:
                entries = _read_folder(folder)
        except OSError as error:
            if error.errno in _NOT_THERE:
                return []
            raise
        return [entry for entry in entries if parts or entry.name != PRIVATE_FOLDER]

    def delete(self, path: ArtifactPath) -> None:
        if path.is_root:
            raise InvalidParameter("The artifact root itself cannot be deleted.", field="path")
        trash = f"trash-{secrets.token_hex(16)}".encode()
        with self._private() as private:
            try:
                with self._folder(path.parts[:-1]) as folder:
                    # Moved away first: nobody lists or reads a half-deleted folder.
                    os.rename(path.name.encode(), trash, src_dir_fd=folder, dst_dir_fd=private)
                    os.fsync(folder)
            except OSError as error:
                if error.errno in _NOT_THERE:
                    return
                raise
            _remove(trash, private)

    @contextlib.contextmanager
    def _folder(self, parts: tuple[str, ...], *, create: bool = False) -> Iterator[int]:
        """The folder of that path, open, while the block runs. No part of it may be a link."""
        # The root itself may be one: it was named by who runs the server, not by a client.
        handle = os.open(self._root, _FOLDER & ~os.O_NOFOLLOW)
        try:
            for part in parts:
                if create:
                    _make_folder(part.encode(), handle)
                handle, outer = os.open(part.encode(), _FOLDER, dir_fd=handle), handle
                os.close(outer)
            yield handle
        finally:
            os.close(handle)

    def _private(self) -> contextlib.AbstractContextManager[int]:
        return self._folder((PRIVATE_FOLDER,))

    def _sweep(self) -> None:
        """Remove what a killed server left behind: deleted trees at once, uploads after a day."""
        with self._private() as private:
            for name in os.listdir(private):  # noqa: PTH208 (an open folder, no Path)
                with contextlib.suppress(OSError):
                    state = os.stat(name, dir_fd=private, follow_symlinks=False)
                    if name.startswith("trash-") or state.st_mtime < time.time() - _STALE_AFTER:
                        _remove(os.fsencode(name), private)


def _receive(name: bytes, folder: int, chunks: Iterable[bytes]) -> Written:
    """Write the chunks to a new file and make sure that the disk has them."""
    size, digest = 0, hashlib.sha256()
    with os.fdopen(os.open(name, _NEW_FILE, 0o600, dir_fd=folder), "wb", buffering=0) as file:
        for chunk in chunks:
            rest = memoryview(chunk)
            while rest:
                rest = rest[file.write(rest) :]
            digest.update(chunk)
            size += len(chunk)
        os.fsync(file.fileno())
    return Written(size, digest.hexdigest())


def _make_folder(name: bytes, parent: int) -> None:
    with contextlib.suppress(FileExistsError):
        os.mkdir(name, 0o700, dir_fd=parent)
        os.fsync(parent)


def _remove(name: bytes, folder: int) -> None:
    try:
        os.unlink(name, dir_fd=folder)
    except FileNotFoundError:
        return
    except OSError:  # a folder: EISDIR on Linux, EPERM on others
        for _attempt in range(5):  # an upload that had opened the folder before may still place its file
            shutil.rmtree(name, ignore_errors=True, dir_fd=folder)
            if name not in map(os.fsencode, os.listdir(folder)):  # noqa: PTH208 (an open folder, no Path)
                return


def _read_folder(folder: int) -> list[Entry]:
    """What is in an open folder: files and folders, by name. Links and devices are not artifacts."""
    found = []
    with os.scandir(folder) as items:
        for item in items:
            with contextlib.suppress(FileNotFoundError, UnicodeDecodeError):
                name = os.fsencode(item.name).decode()
                if item.is_dir(follow_symlinks=False):
                    found.append(Entry(name, True, None))
                elif item.is_file(follow_symlinks=False):
                    found.append(Entry(name, False, item.stat(follow_symlinks=False).st_size))
    return sorted(found)


def _refusal(error: OSError, path: ArtifactPath) -> GreenroomError | None:
    """What a failed write means to who asked for it; None where it is the server's own trouble."""
    if error.errno in (errno.ENOTDIR, errno.EISDIR, errno.ELOOP):
        return _misplaced(path)
    if error.errno == errno.ENOENT:
        return InvalidParameter(f"The folder of '{path}' was deleted during the upload; send it again.")
    if error.errno == errno.ENAMETOOLONG:
        return InvalidParameter(f"The server's file system takes no name as long as in '{path}'.")
    if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        # Not "unavailable": clients would send the whole file again, and again.
        return TooLarge("There is no room left for this artifact on the server.")
    return None


def _missing(path: ArtifactPath) -> NotFound:
    return NotFound(f"No such artifact: '{path}'")


def _is_folder(path: ArtifactPath) -> InvalidParameter:
    return InvalidParameter(f"Artifact path refers to a directory, not a file: '{path}'", field="path")


def _misplaced(path: ArtifactPath) -> InvalidParameter:
    return InvalidParameter(
        f"'{path}' cannot be stored: a directory has that name, or a file the name of its directory.",
        field="path",
    )
