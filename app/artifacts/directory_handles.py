"""Works on open folders: the steps that every part of the local store is made of.

No step follows a link in the last part of a name, and none takes a path: a folder that is open stays the
folder that was meant, whatever anybody moves in between.
"""

import contextlib
import errno
import hashlib
import os
import secrets
import shutil
from collections.abc import Iterable, Iterator

from app.artifacts.errors import (
    ArtifactFolderNotWritable,
    ArtifactMisplaced,
    ArtifactTooLarge,
    DiskFull,
    FolderDeletedDuringUpload,
    NameTooLongForDisk,
    UploadBrokeOff,
)
from app.artifacts.paths import ArtifactPath
from app.artifacts.store import Entry, WrittenFile
from app.core import blocking
from app.core.errors import GreenroomError

OPEN_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
# Not blocking: opening a named pipe would wait for its other end.
OPEN_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
CREATE_FILE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
MISSING_ERRNOS = (errno.ENOENT, errno.ENOTDIR, errno.ELOOP, errno.ENAMETOOLONG)


@contextlib.contextmanager
def temporary_name(folder: int) -> Iterator[bytes]:
    """Yields a name for a new file in the folder; the file is removed after the block unless it was moved."""
    name = f"upload-{secrets.token_hex(16)}".encode()
    try:
        yield name
    finally:
        with contextlib.suppress(OSError):  # a read-only disk refuses this as well
            os.unlink(name, dir_fd=folder)


def write_new_file(name: bytes, folder: int, chunks: Iterable[bytes], expected: int | None) -> WrittenFile:
    """Writes the chunks to a new file and makes sure that the disk has them.

    Raises `UploadBrokeOff` where they are not `expected` bytes long, and whatever `chunks` raises.
    """
    size, digest = 0, hashlib.sha256()
    with os.fdopen(os.open(name, CREATE_FILE, 0o600, dir_fd=folder), "wb", buffering=0) as file:

        def write(chunk: bytes) -> None:
            rest = memoryview(chunk)
            while rest:
                rest = rest[file.write(rest) :]
            digest.update(chunk)

        for chunk in chunks:
            blocking.run(write, chunk)
            size += len(chunk)
        blocking.run(os.fsync, file.fileno())
    if expected is not None and size != expected:
        raise UploadBrokeOff(size, expected)
    return WrittenFile(size, digest.hexdigest())


def make_folder(name: bytes, parent: int) -> None:
    """Makes the folder, readable by the server's user alone, unless it exists."""
    with contextlib.suppress(FileExistsError):
        os.mkdir(name, 0o700, dir_fd=parent)
        os.fsync(parent)


def remove_tree(name: bytes, folder: int) -> None:
    """Removes the file, or the folder and all that it holds, as far as that can be done."""
    blocking.run(_remove, name, folder)


def _remove(name: bytes, folder: int) -> None:
    try:
        os.unlink(name, dir_fd=folder)
    except FileNotFoundError:
        return
    except OSError:  # a folder: EISDIR on Linux, EPERM on others
        for _attempt in range(5):  # an upload that had opened the folder before may still place its file
            shutil.rmtree(name, ignore_errors=True, dir_fd=folder)
            if name not in map(os.fsencode, os.listdir(folder)):
                return


def read_folder(folder: int) -> list[Entry]:
    """Returns the files and folders in an open folder, by name. Links and devices are not artifacts."""
    entries = []
    with os.scandir(folder) as items:
        for item in items:
            with contextlib.suppress(FileNotFoundError, UnicodeDecodeError):
                name = os.fsencode(item.name).decode()
                if item.is_dir(follow_symlinks=False):
                    entries.append(Entry(name, True, None))
                elif item.is_file(follow_symlinks=False):
                    entries.append(Entry(name, False, item.stat(follow_symlinks=False).st_size))
    return sorted(entries)


def to_domain_error(error: OSError, path: ArtifactPath) -> GreenroomError | None:
    """Returns the error that a failed write is to the caller; None where the fault is the server's own."""
    if error.errno in (errno.ENOTDIR, errno.EISDIR, errno.ELOOP):
        return ArtifactMisplaced(str(path))
    if error.errno == errno.ENOENT:
        return FolderDeletedDuringUpload(str(path))
    if error.errno == errno.ENAMETOOLONG:
        return NameTooLongForDisk(str(path))
    return to_disk_error(error)


def to_disk_error(error: OSError) -> GreenroomError | None:
    """Returns the error for a disk that is full or takes no writes; None for any other fault."""
    # Not "unavailable": clients would send the whole file again, and again.
    if error.errno == errno.EFBIG:
        return ArtifactTooLarge()
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return DiskFull()
    if error.errno in (errno.EROFS, errno.EACCES, errno.EPERM):
        return ArtifactFolderNotWritable()
    return None
