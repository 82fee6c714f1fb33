"""Receives files in several parts, and keeps the parts in the private folder until the upload is completed.

An upload is a folder and is open while that folder exists, so that no part can follow once it was completed
or aborted. A part is a file named after its number and its digest: a client that names both gets the bytes
that were acknowledged, whatever else came under that number.
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

from app.artifacts import local_tree
from app.artifacts.directory_handles import (
    CREATE_FILE,
    MISSING_ERRNOS,
    OPEN_FILE,
    OPEN_FOLDER,
    make_folder,
    remove_tree,
    temporary_name,
    to_disk_error,
    to_domain_error,
    write_new_file,
)
from app.artifacts.errors import PartMissing, TooManyUploads, UploadOver
from app.artifacts.paths import ArtifactPath
from app.artifacts.store import ReceivedFile, WrittenFile
from app.core import blocking
from app.core.errors import InvalidParameter, NotFound
from app.settings.quotas import DEFAULT_QUOTAS, Quotas

_ID = re.compile(r"[0-9a-f]{32}")
_DIGEST = re.compile(r"[0-9a-f]{64}")
RETRY_SECONDS = 60  # after which others may have ended their uploads
_BYTES_PER_COPY = 64 * 1024 * 1024  # bytes that the kernel copies at a time
_BYTES_PER_READ = 1024 * 1024  # bytes in memory at a time where the kernel does not copy
_CANNOT_COPY = (errno.ENOSYS, errno.EXDEV, errno.EINVAL, errno.EOPNOTSUPP, errno.ENOTSUP, errno.EPERM)


class UploadHost(Protocol):
    """What a `LocalStore` does for its uploads in parts."""

    def private_folder(self) -> AbstractContextManager[int]: ...

    def received(self, temporary: bytes, private: int, digest: str, path: ArtifactPath) -> ReceivedFile: ...

    def check_writable(self, path: ArtifactPath) -> None: ...

    def sweep(self) -> None: ...


class LocalMultipartUploads:
    """`MultipartUploads` in the private folder of a `LocalStore`; files 0600, folders 0700."""

    def __init__(self, host: UploadHost):
        self._host = host

    def begin(self, owner: int = 0, quotas: Quotas = DEFAULT_QUOTAS) -> str:
        # A server may run for months, so each new upload sweeps away the forgotten ones.
        self._host.sweep()
        # Its owner is part of the name, so that the names alone say who has how many.
        upload = f"{owner % 2**32:08x}{secrets.token_hex(12)}"
        try:
            with self._host.private_folder() as private:
                _check_quota(owner, quotas, private)
                make_folder(_folder_name(upload), private)
        except OSError as error:
            raise to_disk_error(error) or error from None
        return upload

    def write(self, upload: str, number: int, chunks: Iterable[bytes], expected: int | None) -> WrittenFile:
        with self._host.private_folder() as private, temporary_name(private) as temporary:
            with _open_upload(upload, private):
                pass  # nobody sends gigabytes to an upload that is over
            try:
                written = write_new_file(temporary, private, chunks, expected)
                with _open_upload(upload, private) as parts:
                    os.rename(
                        temporary, _part_name(number, written.digest), src_dir_fd=private, dst_dir_fd=parts
                    )
                    blocking.run(os.fsync, parts)
            except OSError as error:
                raise (
                    UploadOver() if error.errno in MISSING_ERRNOS else to_disk_error(error)
                ) or error from None
        return written

    def complete(self, upload: str, digests: Sequence[str], path: ArtifactPath) -> None:
        """Joins the parts and publishes the file: for files that no version can be made of yet."""
        with self.join(upload, digests, path) as received:
            if received is not None:
                received.publish()

    @contextlib.contextmanager
    def join(self, upload: str, digests: Sequence[str], path: ArtifactPath) -> Iterator[ReceivedFile | None]:
        self._host.check_writable(path)
        with self._host.private_folder() as private, temporary_name(private) as temporary:
            try:
                with _open_upload(upload, private) as parts:
                    received = self._join_parts(parts, digests, private, temporary, path)
            except (InvalidParameter, NotFound):
                # A client whose answer was lost, or came too late for its patience, asks again.
                if not _is_completed(upload, private):
                    raise
                received = None
            yield received
            if received is None:
                return
            # In this order: a client that finds the parts gone finds this mark, too.
            _mark_completed(upload, private)
        self.abort(upload)

    def _join_parts(
        self, parts: int, digests: Sequence[str], private: int, temporary: bytes, path: ArtifactPath
    ) -> ReceivedFile:
        names = [_part_name(number, digest) for number, digest in enumerate(digests, 1)]
        sizes = [_size_of(name, number, parts) for number, name in enumerate(names, 1)]
        try:
            target = os.open(temporary, CREATE_FILE, 0o600, dir_fd=private)
            try:
                for number, (name, size) in enumerate(zip(names, sizes, strict=True), 1):
                    blocking.run(_append, name, number, size, parts, target)
                blocking.run(os.fsync, target)
            finally:
                os.close(target)
            # The kernel copies without showing the bytes, and the parts' own digests say nothing of the whole.
            with os.fdopen(os.open(temporary, OPEN_FILE, dir_fd=private), "rb", buffering=0) as file:
                digest = local_tree.sha256_of(file, _no_pause)
            return self._host.received(temporary, private, digest, path)
        except OSError as error:
            raise to_domain_error(error, path) or error from None

    def abort(self, upload: str) -> None:
        trash = f"trash-{secrets.token_hex(16)}".encode()
        with self._host.private_folder() as private:
            try:
                # Moved away first, so that a part that still arrives finds no open upload.
                os.rename(_folder_name(upload), trash, src_dir_fd=private, dst_dir_fd=private)
            except FileNotFoundError:
                return
            remove_tree(trash, private)


def _check_quota(owner: int, quotas: Quotas, private: int) -> None:
    """Raises `TooManyUploads` where the account, or everybody together, has as many open uploads as may be."""
    prefix = f"parts-{owner % 2**32:08x}"
    names = [name for name in os.listdir(private) if name.startswith("parts-")]
    if owner and sum(name.startswith(prefix) for name in names) >= quotas.uploads_per_account:
        raise TooManyUploads(quotas.uploads_per_account, True, RETRY_SECONDS)
    if len(names) >= quotas.uploads_in_all:
        raise TooManyUploads(quotas.uploads_in_all, False, RETRY_SECONDS)


def _no_pause(_count: int) -> None:
    """Goes on at once: a client waits."""


def _folder_name(upload: str) -> bytes:
    return b"parts-" + _checked_id(upload)


def _checked_id(upload: str) -> bytes:
    # Ids come back from clients, although signed: here, none can be more than a name.
    if not _ID.fullmatch(upload):
        raise UploadOver()
    return upload.encode()


def _part_name(number: int, digest: str) -> bytes:
    if not _DIGEST.fullmatch(digest):
        raise PartMissing(number)
    return f"{number}-{digest}".encode()


@contextlib.contextmanager
def _open_upload(upload: str, private: int) -> Iterator[int]:
    """Yields the folder of an upload that is still open. Raises `UploadOver` for any other."""
    try:
        handle = os.open(_folder_name(upload), OPEN_FOLDER, dir_fd=private)
    except OSError as error:
        raise (UploadOver() if error.errno in MISSING_ERRNOS else error) from None
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
    """Appends the part to the target; memory stays flat whatever its size."""
    try:
        source = os.open(name, OPEN_FILE, dir_fd=parts)
    except OSError as error:
        raise (PartMissing(number) if error.errno in MISSING_ERRNOS else error) from None
    try:
        while size:
            copied = _copy_in_kernel(source, target, size) or _copy(source, target, size)
            if not copied:
                raise OSError(errno.EIO, "a part became shorter")
            size -= copied
    finally:
        os.close(source)


def _copy_in_kernel(source: int, target: int, size: int) -> int:
    """Copies some bytes without reading them, or shares them where the file system can.

    Returns how many; 0 where the file system cannot.
    """
    if not hasattr(os, "copy_file_range"):
        return 0
    try:
        return os.copy_file_range(source, target, min(size, _BYTES_PER_COPY))
    except OSError as error:
        if error.errno in _CANNOT_COPY:
            return 0
        raise


def _copy(source: int, target: int, size: int) -> int:
    data = os.read(source, min(size, _BYTES_PER_READ))
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(target, rest) :]
    return len(data)


def _mark_completed(upload: str, private: int) -> None:
    """Leaves an empty file as the mark of a completed upload; it is swept like other leftovers."""
    # The artifact is in place by now: a disk without room for the mark must not turn that into a failure.
    with contextlib.suppress(OSError):
        os.close(os.open(b"joined-" + _checked_id(upload), CREATE_FILE, 0o600, dir_fd=private))


def _is_completed(upload: str, private: int) -> bool:
    try:
        os.stat(b"joined-" + _checked_id(upload), dir_fd=private, follow_symlinks=False)
    except FileNotFoundError:
        return False
    return True
