"""Where the browser of the tests is.

python -m tests.support.browsers prints its path, or ends with 1.
"""

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
    for name in (*NAMES, _playwrights_own()):
        path = name and shutil.which(name)
        # Ubuntu's chromium-browser may be a stub that only says where to get one.
        if path and subprocess.run([path, "--version"], capture_output=True).returncode == 0:
            return path
    return None


def _playwrights_own() -> str | None:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        path = Path(playwright.chromium.executable_path)
    return str(path) if path.exists() else None


if __name__ == "__main__":
    found = chromium()
    print(found or "no Chromium here")
    sys.exit(0 if found else 1)
