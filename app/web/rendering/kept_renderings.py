"""Rendered texts, kept as files that serve all workers, and how many texts are rendered for an account in a minute.

A file holds HTML, or nothing for a text that exceeds its limits. All of them may be deleted at any time.
"""

import contextlib
import os
import random
import tempfile
import time
from collections import Counter
from pathlib import Path

MINUTE = 60.0
LOOKS = 100  # one of so many new files is the occasion to count all


class MinuteCounts:
    """How often something was done for each account in the present minute."""

    def __init__(self) -> None:
        self._minute = 0
        self._counts: Counter[int] = Counter()

    def take(self, account_id: int, most: int) -> bool:
        """Counts one more, and returns whether it is within `most`."""
        minute = int(time.monotonic() / MINUTE)
        if minute != self._minute:
            self._minute, self._counts = minute, Counter()
        self._counts[account_id] += 1
        return self._counts[account_id] <= most


def read(file: Path) -> str | None:
    """Returns what the file holds; None where there is none."""
    with contextlib.suppress(OSError):
        return file.read_text("utf-8")
    return None


def write(file: Path, html: str, most: int) -> None:
    """Keeps the HTML; now and then, removes the oldest files beyond `most`. A full disk must not break a page."""
    with contextlib.suppress(OSError):
        _replace(file, html)
        if not random.randrange(LOOKS):  # noqa: S311 - no secret
            sweep(file.parent, most)


def _replace(file: Path, html: str) -> None:
    file.parent.mkdir(mode=0o700, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=file.parent)
    with os.fdopen(handle, "w", encoding="utf-8") as stream:
        stream.write(html)
    Path(name).replace(file)


def sweep(folder: Path, most: int) -> None:
    """Removes the oldest files, so that nine tenths of `most` are left, where there are more than `most`."""
    with os.scandir(folder) as entries:
        files = [(entry.stat().st_mtime, entry.path) for entry in entries]
    if len(files) > most:
        files.sort()
        for _time, path in files[: len(files) - most * 9 // 10]:
            with contextlib.suppress(OSError):  # another worker sweeps, too
                Path(path).unlink()
