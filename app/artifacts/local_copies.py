"""Copies files and folders of the local store without copying their bytes, wherever the file system allows that.

A copy has the same files under other names (hard links). Files are replaced and never written in place, so
neither of the two ever sees what happens to the other.
"""

import errno
import os
import shutil
import stat

from app.artifacts.directory_handles import CREATE_FILE, MISSING_ERRNOS, OPEN_FILE, OPEN_FOLDER

# The file system has no links, or no more of this file, or does not let this user make them.
_CANNOT_LINK = (errno.EXDEV, errno.EPERM, errno.EMLINK, errno.ENOTSUP, errno.ENOSYS, errno.EACCES)


def copy(name: bytes, folder: int, new_name: bytes, new_folder: int) -> bool:
    """Copies the file or folder in one open folder to a new name in another, and makes sure that the disk has it.

    Links and devices are not artifacts and are left out. Returns False where there is nothing to copy.
    """
    try:
        is_folder = stat.S_ISDIR(os.stat(name, dir_fd=folder, follow_symlinks=False).st_mode)
    except OSError as error:
        if error.errno in MISSING_ERRNOS:
            return False
        raise
    if not is_folder:
        return _copy_file(name, folder, new_name, new_folder)
    source = os.open(name, OPEN_FOLDER, dir_fd=folder)
    try:
        _copy_folder(source, new_name, new_folder)
    finally:
        os.close(source)
    return True


def _copy_folder(source: int, new_name: bytes, new_folder: int) -> None:
    os.mkdir(new_name, 0o700, dir_fd=new_folder)
    target = os.open(new_name, OPEN_FOLDER, dir_fd=new_folder)
    try:
        with os.scandir(source) as items:
            entries = [(os.fsencode(item.name), item.is_dir(follow_symlinks=False)) for item in items]
        for name, is_folder in entries:
            if not is_folder:
                _copy_file(name, source, name, target)
                continue
            inner = os.open(name, OPEN_FOLDER, dir_fd=source)
            try:
                _copy_folder(inner, name, target)
            finally:
                os.close(inner)
        os.fsync(target)
    finally:
        os.close(target)


def _copy_file(name: bytes, folder: int, new_name: bytes, new_folder: int) -> bool:
    try:
        handle = os.open(name, OPEN_FILE, dir_fd=folder)
    except OSError as error:
        if error.errno in (errno.ELOOP, errno.ENXIO):  # a link, or the socket of another program
            return False
        raise
    with os.fdopen(handle, "rb", buffering=0) as file:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            return False
        try:
            os.link(name, new_name, src_dir_fd=folder, dst_dir_fd=new_folder, follow_symlinks=False)
        except OSError as error:
            if error.errno not in _CANNOT_LINK:
                raise
            target = os.open(new_name, CREATE_FILE, 0o600, dir_fd=new_folder)
            with os.fdopen(target, "wb", buffering=0) as copied:
                shutil.copyfileobj(file, copied)
                os.fsync(target)
    return True
