"""Looks at every file at or below a path of the local store, and hashes it, whatever its name is.

The path guard (`paths`) judges names that clients send. Here names come from the disk itself, and each is opened
relative to its open folder, so that none can lead elsewhere: what the guard would refuse is seen all the same.
"""

import hashlib
import os
import stat
from collections.abc import Callable
from typing import BinaryIO

from app.artifacts.directory_handles import MISSING_ERRNOS, OPEN_FILE, OPEN_FOLDER
from app.artifacts.store import StoredFile
from app.core import blocking

ITSELF = "."  # the path of a file seen from itself
BYTES_PER_TURN = 8 * 1024 * 1024  # bytes hashed before others have their turn


def tag_of(state: os.stat_result) -> str:
    """Returns what changes whenever a file's content may have: files are replaced, and never written in place."""
    return f"{state.st_ino:x}-{state.st_size:x}-{state.st_mtime_ns:x}"


def list_below(folder: int, name: bytes, limit: int) -> list[StoredFile]:
    """Returns the first `limit` files at or below the name in an open folder, in no order; none where it is missing.

    Links and devices are not artifacts. Raises `OSError` where something cannot be looked at.
    """
    try:
        state = os.stat(name, dir_fd=folder, follow_symlinks=False)
    except OSError as error:
        if error.errno in MISSING_ERRNOS:
            return []
        raise
    if stat.S_ISREG(state.st_mode):
        return [StoredFile(ITSELF, state.st_size, tag_of(state))]
    files: list[StoredFile] = []
    if stat.S_ISDIR(state.st_mode):
        _add_below(folder, name, "", files, limit)
    return files


def _add_below(outer: int, name: bytes, prefix: str, files: list[StoredFile], limit: int) -> None:
    folder = os.open(name, OPEN_FOLDER, dir_fd=outer)
    try:
        folders: list[str] = []
        with os.scandir(folder) as items:
            for item in items:
                if len(files) >= limit:
                    return
                if not _is_utf8(item.name):
                    continue
                if item.is_dir(follow_symlinks=False):
                    folders.append(item.name)
                elif item.is_file(follow_symlinks=False):
                    state = item.stat(follow_symlinks=False)
                    files.append(StoredFile(prefix + item.name, state.st_size, tag_of(state)))
        for inner in folders:
            _add_below(folder, os.fsencode(inner), f"{prefix}{inner}/", files, limit)
    finally:
        os.close(folder)


def _is_utf8(name: str) -> bool:
    # The store serves no other names, since no address can name them.
    if name.isascii():
        return True
    try:
        os.fsencode(name).decode()
    except UnicodeDecodeError:
        return False
    return True


def open_below(folder: int, name: bytes, below: str) -> BinaryIO:
    """Returns the file that `list_below` named, open for reading. Raises `OSError`."""
    handle = os.dup(folder)
    try:
        *folders, last = [name] if below == ITSELF else [name, *map(str.encode, below.split("/"))]
        for part in folders:
            handle, outer = os.open(part, OPEN_FOLDER, dir_fd=handle), handle
            os.close(outer)
        return os.fdopen(os.open(last, OPEN_FILE, dir_fd=handle), "rb", buffering=0)
    finally:
        os.close(handle)


def sha256_of(file: BinaryIO, pause: Callable[[int], None]) -> str:
    """Returns the SHA-256 of an open file in hex; `pause` is told the bytes of each turn when it is over."""
    digest = hashlib.sha256()
    # All of a turn at once: each time that this thread asks for the interpreter back, whoever answers requests may
    # have to wait for it.
    buffer = memoryview(bytearray(min(os.fstat(file.fileno()).st_size, BYTES_PER_TURN) or 1))

    def turn() -> int:
        size = file.readinto(buffer)  # type: ignore[attr-defined]
        digest.update(buffer[:size])
        return size

    while count := blocking.run(turn):
        pause(count)
    return digest.hexdigest()
