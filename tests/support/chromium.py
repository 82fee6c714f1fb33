"""A headless Chromium for tests, driven by Playwright."""

import contextlib
import os
import shutil
from collections.abc import Iterator

from playwright.sync_api import Browser, sync_playwright

from tests.support.browsers import ARGUMENTS, chromium


class NoBrowser(Exception):
    """There is no Chromium; the message says how to get one."""


def executable() -> str:
    """The browser that CHROMIUM names, else the one that this machine has; raises `NoBrowser`."""
    named = os.environ.get("CHROMIUM")
    if named:
        if path := shutil.which(named):
            return path
        raise NoBrowser(f"CHROMIUM says {named}, which is no program: name a Chromium, or leave it out.")
    if path := chromium():
        return path
    raise NoBrowser("These tests need Chromium: `make test-browser` brings it, or CHROMIUM= names one.")


@contextlib.contextmanager
def launched() -> Iterator[Browser]:
    """A running browser, closed when the block ends."""
    path = executable()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(ARGUMENTS))
        yield browser
        browser.close()
