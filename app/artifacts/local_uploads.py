"""Files that come in parts, kept below the artifact folder's private one until they are joined.

An upload is a folder and is open while that folder exists, so that no part can follow once it was joined
or dropped. A part is a file named after its number and its digest: who names both gets the bytes that
were acknowledged, whatever else came under that number.
"""

import contextlib
import errno
import os
import re
import secrets
import stat
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from typing import Protocol

from app.artifacts.directory_handles import (
    FILE,
    FOLDER,
    NEW_FILE,
    NOT_THERE,
    make_folder,
    new_name,
    no_room,
    receive,
    refusal,
    remove,
)
from app.artifacts.errors import PartMissing, UploadOver
from app.artifacts.paths import ArtifactPath
from app.artifacts.store import Written
from app.core import blocking
from app.core.errors import InvalidParameter, NotFound

_ID = re.compile(r"[0-9a-f]{32}")
_DIGEST = re.compile(r"[0-9a-f]{64}")
_STEP = 64 * 1024 * 1024  # bytes that the kernel copies at a time
_PIECE = 1024 * 1024  # bytes in memory at a time where the kernel does not copy
_CANNOT_COPY = (errno.ENOSYS, errno.EXDEV, errno.EINVAL, errno.EOPNOTSUPP, errno.ENOTSUP, errno.EPERM)


class Home(Protocol):
    """What a `LocalStore` does for its parts."""

    def private(self) -> AbstractContextManager[int]: ...

    def publish(self, temporary: bytes, private: int, path: ArtifactPath) -> None: ...

    def check_writable(self, path: ArtifactPath) -> None: ...

    def sweep(self) -> None: ...


class LocalParts:
    """`Parts` in the private folder of a `LocalStore`; files 0600, folders 0700."""

    def __init__(self, home: Home):
        self._home = home

    def begin(self) -> str:
        # A server may run for months: whoever brings new parts has the forgotten ones removed.
        self._home.sweep()
        upload = secrets.token_hex(16)
        try:
            with self._home.private() as private:
                make_folder(_folder_name(upload), private)
        except OSError as error:
            raise no_room(error) or error from None
        return upload

    def write(self, upload: str, number: int, chunks: Iterable[bytes], expected: int | None) -> Written:
        with self._home.private() as private, new_name(private) as temporary:
            with _opened(upload, private):
                pass  # nobody sends gigabytes to an upload that is over
            try:
                written = receive(temporary, private, chunks, expected)
                with _opened(upload, private) as parts:
                    os.rename(
                        temporary, _part_name(number, written.digest), src_dir_fd=private, dst_dir_fd=parts
                    )
                    blocking.run(os.fsync, parts)
            except OSError as error:
                raise (UploadOver() if error.errno in NOT_THERE else no_room(error)) or error from None
        return written

    def join(self, upload: str, digests: Sequence[str], path: ArtifactPath) -> None:
        self._home.check_writable(path)
        with self._home.private() as private:
            try:
                with _opened(upload, private) as parts:
                    self._join(parts, digests, private, path)
            except (InvalidParameter, NotFound):
                # A client whose answer was lost, or came too late for its patience, asks again.
                if _is_joined(upload, private):
                    return
                raise
            # In this order: who finds the parts gone finds this, too.
            _mark_joined(upload, private)
        self.drop(upload)

    def _join(self, parts: int, digests: Sequence[str], private: int, path: ArtifactPath) -> None:
        names = [_part_name(number, digest) for number, digest in enumerate(digests, 1)]
        sizes = [_size_of(name, number, parts) for number, name in enumerate(names, 1)]
        with new_name(private) as temporary:
            try:
                target = os.open(temporary, NEW_FILE, 0o600, dir_fd=private)
                try:
                    for number, (name, size) in enumerate(zip(names, sizes, strict=True), 1):
                        blocking.run(_append, name, number, size, parts, target)
                    blocking.run(os.fsync, target)
                finally:
                    os.close(target)
                self._home.publish(temporary, private, path)
            except OSError as error:
                raise refusal(error, path) or error from None

    def drop(self, upload: str) -> None:
        trash = f"trash-{secrets.token_hex(16)}".encode()
        with self._home.private() as private:
            try:
                # Moved away first: a part still on its way finds no upload any more.
                os.rename(_folder_name(upload), trash, src_dir_fd=private, dst_dir_fd=private)
            except FileNotFoundError:
                return
            remove(trash, private)


def _folder_name(upload: str) -> bytes:
    return b"parts-" + _checked(upload)


def _checked(upload: str) -> bytes:
    # Ids come back from clients, if only signed: none of them ever is more than a name here.
    if not _ID.fullmatch(upload):
        raise UploadOver()
    return upload.encode()


def _part_name(number: int, digest: str) -> bytes:
    if not _DIGEST.fullmatch(digest):
        raise PartMissing(number)
    return f"{number}-{digest}".encode()


@contextlib.contextmanager
def _opened(upload: str, private: int) -> Iterator[int]:
    """The folder of an upload that is still open. Raises `NotFound` for any other."""
    try:
        handle = os.open(_folder_name(upload), FOLDER, dir_fd=private)
    except OSError as error:
        raise (UploadOver() if error.errno in NOT_THERE else error) from None
    try:
        yield handle
    finally:
        os.close(handle)


def _size_of(name: bytes, number: int, parts: int) -> int:
    try:
        state = os.stat(name, dir_fd=parts, follow_symlinks=False)
    except FileNotFoundError:
        raise PartMissing(number) from None
    if not stat.S_ISREG(state.st_mode):
        raise PartMissing(number)
    return state.st_size


def _append(name: bytes, number: int, size: int, parts: int, target: int) -> None:
    """Add the part to the end of the target; memory stays flat whatever its size."""
    try:
        source = os.open(name, FILE, dir_fd=parts)
    except OSError as error:
        raise (PartMissing(number) if error.errno in NOT_THERE else error) from None
    try:
        while size:
            copied = _copy_in_kernel(source, target, size) or _copy(source, target, size)
            if not copied:
                raise OSError(errno.EIO, "a part became shorter")
            size -= copied
    finally:
        os.close(source)


def _copy_in_kernel(source: int, target: int, size: int) -> int:
    """Copy some bytes without reading them, or share them where the file system can; 0 where it cannot."""
    if not hasattr(os, "copy_file_range"):
        return 0
    try:
        return os.copy_file_range(source, target, min(size, _STEP))
    except OSError as error:
        if error.errno in _CANNOT_COPY:
            return 0
        raise


def _copy(source: int, target: int, size: int) -> int:
    data = os.read(source, min(size, _PIECE))
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(target, rest) :]
    return len(data)


def _mark_joined(upload: str, private: int) -> None:
    """Leave an empty file that says so; it is swept like other leftovers."""
    # The artifact has its place by now: a disk without room for the mark must not deny that.
    with contextlib.suppress(OSError):
        os.close(os.open(b"joined-" + _checked(upload), NEW_FILE, 0o600, dir_fd=private))


def _is_joined(upload: str, private: int) -> bool:
    try:
        os.stat(b"joined-" + _checked(upload), dir_fd=private, follow_symlinks=False)
    except FileNotFoundError:
        return False
    return True
