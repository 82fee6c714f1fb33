"""The steps on open folders that every part of the local store is made of.

No step follows a link in the last part of a name, and none takes a path: a folder that is open stays the
folder that was meant, whatever anybody moves meanwhile.
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
from app.artifacts.store import Entry, Written
from app.core import blocking
from app.core.errors import GreenroomError

FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
# Not blocking: opening a named pipe would wait for its other end.
FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
NEW_FILE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
NOT_THERE = (errno.ENOENT, errno.ENOTDIR, errno.ELOOP, errno.ENAMETOOLONG)


@contextlib.contextmanager
def new_name(folder: int) -> Iterator[bytes]:
    """A name in the folder for a file in the making, which is gone after the block unless it was moved."""
    name = f"upload-{secrets.token_hex(16)}".encode()
    try:
        yield name
    finally:
        with contextlib.suppress(OSError):  # a disk that is not to be written refuses this as well
            os.unlink(name, dir_fd=folder)


def receive(name: bytes, folder: int, chunks: Iterable[bytes], expected: int | None) -> Written:
    """Write the chunks to a new file and make sure that the disk has them.

    Raises `InvalidParameter` where they are not `expected` many bytes, and whatever `chunks` raises.
    """
    size, digest = 0, hashlib.sha256()
    with os.fdopen(os.open(name, NEW_FILE, 0o600, dir_fd=folder), "wb", buffering=0) as file:

        def store(chunk: bytes) -> None:
            rest = memoryview(chunk)
            while rest:
                rest = rest[file.write(rest) :]
            digest.update(chunk)

        for chunk in chunks:
            blocking.run(store, chunk)
            size += len(chunk)
        blocking.run(os.fsync, file.fileno())
    if expected is not None and size != expected:
        raise UploadBrokeOff(size, expected)
    return Written(size, digest.hexdigest())


def make_folder(name: bytes, parent: int) -> None:
    """See to it that the folder exists, for the server's user alone."""
    with contextlib.suppress(FileExistsError):
        os.mkdir(name, 0o700, dir_fd=parent)
        os.fsync(parent)


def remove(name: bytes, folder: int) -> None:
    """Remove the file, or the folder with all in it, as far as that can be done."""
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


def refusal(error: OSError, path: ArtifactPath) -> GreenroomError | None:
    """What a failed write means to who asked for it; None where it is the server's own trouble."""
    if error.errno in (errno.ENOTDIR, errno.EISDIR, errno.ELOOP):
        return ArtifactMisplaced(str(path))
    if error.errno == errno.ENOENT:
        return FolderDeletedDuringUpload(str(path))
    if error.errno == errno.ENAMETOOLONG:
        return NameTooLongForDisk(str(path))
    return no_room(error)


def no_room(error: OSError) -> GreenroomError | None:
    """What to say of a disk that takes no more, or nothing at all; None for any other trouble."""
    # Not "unavailable": clients would send the whole file again, and again.
    if error.errno == errno.EFBIG:
        return ArtifactTooLarge()
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return DiskFull()
    if error.errno in (errno.EROFS, errno.EACCES, errno.EPERM):
        return ArtifactFolderNotWritable()
    return None
