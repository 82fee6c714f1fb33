"""Where the browser of the tests is.

python -m tests.support.browsers prints its path, or says what is missing and ends with 1.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
ARGUMENTS = (
    "--no-sandbox",  # root, as in continuous integration, has no user namespace to put it into
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


def chromium() -> str | None:
    """The path of a Chromium that starts, Playwright's own download included; None when there is none."""
    found = (path for path in map(shutil.which, (*NAMES, *_playwrights_own())) if path)
    # Ubuntu's chromium-browser may be a stub that only says where to get one.
    return next((path for path in found if _starts(path)), None)


def _playwrights_own() -> list[str]:
    """The browsers that `playwright install chromium` brought, newest first."""
    cache = Path(os.environ.get("PLAYWRIGHT_BROWSERS_PATH") or Path.home() / ".cache" / "ms-playwright")
    return sorted(map(str, cache.glob("chromium-*/chrome-linux*/chrome")), reverse=True)


def _starts(path: str) -> bool:
    return subprocess.run([path, "--version"], capture_output=True).returncode == 0


def what_is_missing() -> str | None:
    """The part that keeps the browser's tests from running; None when they can."""
    if chromium() is None:
        return "no Chromium"
    # Its driver is a Node.js that wants a library which a very small Debian lacks.
    return None if _starts(str(Path(sys.executable).parent / "playwright")) else "no libatomic1"


if __name__ == "__main__":
    missing = what_is_missing()
    print(missing or chromium())
    sys.exit(1 if missing else 0)
