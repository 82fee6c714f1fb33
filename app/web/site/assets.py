"""Addresses of static files that change with their content, so that browsers may keep them for good.

The styles are written in several files and travel as one, `STYLES`: a browser shows nothing before it has
the last of them, and asks for a second one over a connection that it has to open first.
"""

import functools
import hashlib
from pathlib import Path

from flask import url_for

from app.settings import settings

FOLDER = settings.ROOT / "static"
STYLES = "css/greenroom.css"
# Later ones may build on earlier ones.
PARTS = tuple(
    f"css/{name}.css" for name in ("tokens", "base", "components", "code", "models", "stages", "compare")
)


def asset_url(filename: str) -> str:
    """Returns the address of a file below static/, or of `STYLES`, with a digest of its bytes in the query.

    Raises `FileNotFoundError` for a missing file: a template that names one is a defect.
    """
    return url_for("static", filename=filename, v=digest(filename))


def digest(filename: str) -> str:
    """Returns the first twelve hex digits of the file's SHA-256, computed again whenever the file has changed."""
    files = _files(filename)
    return _digest(files, tuple(file.stat().st_mtime_ns for file in files))


def styles() -> bytes:
    """Returns the content of `STYLES`."""
    return b"".join(file.read_bytes() for file in _files(STYLES))


@functools.lru_cache(maxsize=256)
def _files(filename: str) -> tuple[Path, ...]:
    return tuple(FOLDER / part for part in (PARTS if filename == STYLES else (filename,)))


@functools.lru_cache(maxsize=256)
def _digest(files: tuple[Path, ...], _changed_at: tuple[int, ...]) -> str:
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()[:12]
