"""Pictures of every page, at two widths, in light and dark: `make screenshots` puts them into screenshots/.

python -m tests.browser.screenshots [FOLDER] [NAME ...] takes only the scenes of these names;
python -m tests.browser.screenshots --readme takes those of docs/img/ instead.
"""

import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Browser

from tests.browser import gallery as galleries
from tests.browser.approval_scenes import APPROVAL_SCENES
from tests.browser.library import Library
from tests.browser.readme_team import APPROVER, REQUEST, live_readme_team
from tests.browser.scenes import CHURN, FIRST_SCENES, SCENES, STYLEGUIDE, Scene
from tests.browser.team import live_team
from tests.browser.team_scenes import TEAM_SCENES
from tests.browser.visitor import DESKTOP, PHONE, Visitor
from tests.support.chromium import NoBrowser, launched
from tests.support.servers import ROOT, live_greenroom

README_PAGES = {"version": f"{CHURN}/versions/4"}
README_SIZE = {"width": 1280, "height": 1180}


def take(browser: Browser, url: str, scene: Scene, folder: Path, enter: Callable[[Visitor], object]) -> None:
    """Four pictures of a scene, each of the whole page, once somebody has entered it."""
    visitor = Visitor(browser, url)
    enter(visitor)
    visitor.page.evaluate("scrollTo(0, 0)")  # or what stays in sight would lie over the middle of the page
    for width in (DESKTOP, PHONE):
        visitor.page.set_viewport_size(width)
        for scheme in ("light", "dark"):
            visitor.page.emulate_media(color_scheme=scheme)
            path = folder / f"{scene.name}-{width['width']}-{scheme}.png"
            visitor.page.screenshot(path=path, full_page=True, animations="disabled")
    visitor.close()


def take_for_readme(visitor: Visitor, path: str, picture: Path) -> None:
    """The upper part of a page, as a reader of the README will have it at their own server's address."""
    page = visitor.open(path)
    page.set_viewport_size(README_SIZE)
    for code in page.locator("pre code").all():
        code.evaluate(  # whatever else is code keeps its colours
            "(code, url) => { if (code.textContent.includes(url)) "
            "code.textContent = code.textContent.replaceAll(url, 'http://127.0.0.1:5000'); }",
            visitor.url,
        )
    page.screenshot(path=picture, animations="disabled")
    visitor.close()


def readme(folder: Path) -> int:
    """Take the pictures of the README; how many."""
    folder.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as instance,
        launched() as browser,
        live_greenroom(Path(instance), "--workers", "1") as server,
    ):
        galleries.fill(Library(server.url))
        for name, path in README_PAGES.items():
            take_for_readme(Visitor(browser, server.url), path, folder / f"{name}.png")
    with (
        tempfile.TemporaryDirectory() as instance,
        launched() as browser,
        live_readme_team(Path(instance)) as team,
    ):
        visitor = Visitor(browser, team.url)
        team.sign_in(visitor, APPROVER)
        take_for_readme(visitor, REQUEST, folder / "approval.png")
    return len(README_PAGES) + 1


def main(folder: Path, names: list[str]) -> int:
    """Take them all; how many scenes were taken."""
    folder.mkdir(parents=True, exist_ok=True)
    wanted = [scene for scene in SCENES if not names or scene.name in names]
    first = [scene for scene in FIRST_SCENES if not names or scene.name in names]
    with (
        tempfile.TemporaryDirectory() as instance,
        launched() as browser,
        live_greenroom(Path(instance), "--workers", "1") as server,
    ):
        for scene in first:
            take(browser, server.url, scene, folder, scene.enter)
        gallery = galleries.fill(Library(server.url))
        for scene in wanted:
            take(
                browser, server.url, scene, folder, lambda visitor, scene=scene: scene.enter(visitor, gallery)
            )
    return len(first) + len(wanted) + _team(folder, names) + _styleguide(folder, names)


def _team(folder: Path, names: list[str]) -> int:
    """Take those of a team's pages; how many."""
    wanted = [scene for scene in [*TEAM_SCENES, *APPROVAL_SCENES] if not names or scene.name in names]
    if wanted:
        with (
            tempfile.TemporaryDirectory() as instance,
            launched() as browser,
            live_team(Path(instance)) as team,
        ):
            for scene in wanted:
                take(
                    browser,
                    team.url,
                    scene,
                    folder,
                    lambda visitor, scene=scene: scene.enter_team(visitor, team),
                )
    return len(wanted)


def _styleguide(folder: Path, names: list[str]) -> int:
    """Take that of every component, which only a server for development has; how many."""
    if names and STYLEGUIDE.name not in names:
        return 0
    with (
        tempfile.TemporaryDirectory() as instance,
        launched() as browser,
        live_greenroom(Path(instance), "--workers", "1", FLASK_DEBUG="1") as server,
    ):
        take(browser, server.url, STYLEGUIDE, folder, STYLEGUIDE.enter)
    return 1


if __name__ == "__main__":
    target = Path(sys.argv[1] if len(sys.argv) > 1 else "screenshots")
    try:
        if "--readme" in sys.argv:
            sys.exit(0 if readme(ROOT / "docs" / "img") else 1)
        print(f"{main(target, sys.argv[2:])} pages, four pictures each, are in {target}/.")
    except NoBrowser as error:
        sys.exit(str(error))
