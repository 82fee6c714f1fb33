"""Whether SQLite's file was found damaged: then nothing more is written to it, by any process, until it is whole.

A write would spread the damage, and what is accepted now would be missing from the backup that is restored. The note
lies beside the file, so that it ends with a restore of the whole folder, or with `greenroom check --deep`.
"""

import contextlib
import logging
import os
from pathlib import Path

from sqlalchemy.engine import URL

WHAT_TO_DO = (
    "The database's file is damaged, so the server only reads. Stop it, restore the last backup (or run "
    "\"sqlite3 greenroom.db '.recover'\" into a new file), and run 'greenroom check --deep', which lets it write again."
)

logger = logging.getLogger(__name__)


def _note(url: URL) -> str | None:
    return f"{url.database}-damaged" if url.drivername == "sqlite" and url.database else None


def is_noted(url: URL) -> bool:
    """Returns whether the file was found damaged."""
    path = _note(url)
    return path is not None and os.path.exists(path)  # noqa: PTH110  (asked for each change)


def note(url: URL) -> None:
    """Keeps everybody from writing, and says so in the log, once for all processes."""
    path = _note(url)
    if path is None:
        return
    # Where even this cannot be written, the database can't either.
    with contextlib.suppress(OSError):
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        logger.error(WHAT_TO_DO)


def forget(url: URL) -> None:
    """Lets the server write again."""
    path = _note(url)
    if path is not None:
        Path(path).unlink(missing_ok=True)
