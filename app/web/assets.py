"""Addresses of static files that change with their content, so that browsers may keep them for good."""

import functools
import hashlib

from flask import url_for

from app import config

FOLDER = config.ROOT / "static"


def asset_url(filename: str) -> str:
    """The address of a file below static/, with a digest of its bytes in the query.

    Raises `FileNotFoundError` for a file that is not there: a template that names one is a defect.
    """
    return url_for("static", filename=filename, v=digest(filename))


def digest(filename: str) -> str:
    """The first twelve hex digits of the file's SHA-256, read anew whenever the file has changed."""
    return _digest(filename, (FOLDER / filename).stat().st_mtime_ns)


@functools.lru_cache(maxsize=256)
def _digest(filename: str, _changed_at: int) -> str:
    return hashlib.sha256((FOLDER / filename).read_bytes()).hexdigest()[:12]
