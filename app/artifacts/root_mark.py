"""The mark of an artifact root: a file with the name of the installation whose files these are."""

import os
import re
import secrets
from pathlib import Path

from app.artifacts.paths import ROOT_MARKER

_NAME = re.compile(r"[0-9a-f]{32}")


def read_mark(root: Path) -> str | None:
    """Returns the name in the mark; None where there is none, as in a folder whose disk is not mounted."""
    try:
        handle = os.open(root / ROOT_MARKER, os.O_RDONLY | os.O_NOFOLLOW)
    except FileNotFoundError:
        return None
    with os.fdopen(handle, "rb") as file:
        name = file.read(64).decode("ascii", "replace").strip()
    return name if _NAME.fullmatch(name) else ""


def make_mark(root: Path, name: str | None = None) -> str:
    """Marks the root, in place of any other mark; returns the name, a new one unless it is given."""
    name = name or secrets.token_hex(16)
    temporary = root / f"{ROOT_MARKER}.{secrets.token_hex(4)}"
    handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w") as file:
        file.write(name)
        file.flush()
        os.fsync(file.fileno())
    temporary.rename(root / ROOT_MARKER)
    return name
