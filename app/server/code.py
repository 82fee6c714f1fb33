"""The code that a process runs, so that no worker of new files is put beside those of old ones."""

import hashlib
import sys
from pathlib import Path

PACKAGE = Path(__file__).resolve().parents[1]


def fingerprint() -> str:
    """Returns what changes whenever files of Greenroom change, or the versions of what it is made with."""
    digest = hashlib.sha256()
    for folder in (PACKAGE, PACKAGE.parent / "templates"):
        for path in sorted(folder.rglob("*")):
            if path.suffix in (".py", ".html", ".css", ".js") and path.is_file():
                digest.update(f"{path}\0".encode())
                digest.update(hashlib.sha256(path.read_bytes()).digest())
    for place in sys.path:
        if place.endswith("site-packages"):
            digest.update("\0".join(sorted(path.name for path in Path(place).glob("*.dist-info"))).encode())
    return digest.hexdigest()
