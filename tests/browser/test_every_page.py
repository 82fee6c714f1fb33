"""Every page is accessible in light and dark, fits every width, and weighs little."""

import html5lib
import pytest
from playwright.sync_api import Page

from tests.browser import axe
from tests.browser.approval_scenes import APPROVAL_SCENES
from tests.browser.scenes import FIRST_SCENES, SCENES, STYLEGUIDE
from tests.browser.team_scenes import TEAM_SCENES
from tests.browser.visitor import DESKTOP, PHONE, TOO_WIDE, Visitor
from tests.support.servers import live_greenroom

pytestmark = pytest.mark.browser

# What a window of 1280 by 900 leaves when its text is made twice as large.
ZOOMED = {"width": 640, "height": 450}


def broken_rules(page: Page) -> list[str]:
    """What axe-core finds: all of it in light, colours in dark, and what narrow windows change."""
    found = axe.violations(page)
    page.emulate_media(color_scheme="dark")
    found += axe.violations(page, "color-contrast", "link-in-text-block")
    page.set_viewport_size(PHONE)
    found += axe.violations(
        page, "color-contrast", "target-size", "scrollable-region-focusable", "meta-viewport"
    )
    page.emulate_media(color_scheme="light")
    page.set_viewport_size(DESKTOP)
    return found


def assert_is_fit(visitor: Visitor) -> None:
    """The page as it is now is valid, accessible, and fits a window in which all is twice as large."""
    html5lib.HTMLParser(strict=True).parse(visitor.markup())
    assert broken_rules(visitor.page) == []
    visitor.page.set_viewport_size(ZOOMED)
    assert visitor.page.evaluate(TOO_WIDE) == [], "it scrolls sideways at 200 %"
    visitor.page.set_viewport_size(DESKTOP)


@pytest.mark.parametrize("scene", SCENES, ids=lambda scene: scene.name)
def test_a_page_is_light_silent_narrow_enough_and_accessible(visit, gallery, scene):
    visitor = visit()

    scene.enter(visitor, gallery)

    assert_is_fit(visitor)


@pytest.mark.parametrize("scene", [*TEAM_SCENES, *APPROVAL_SCENES], ids=lambda scene: scene.name)
def test_a_page_of_a_team_is_so_too(visit, team_server, scene):
    visitor = visit(team_server.url)

    scene.enter_team(visitor, team_server)

    assert_is_fit(visitor)


def test_the_styleguide_is_as_accessible_as_what_it_shows(tmp_path, visit):
    with live_greenroom(tmp_path / "guide", "--workers", "1", FLASK_DEBUG="1") as debugged:
        visitor = visit(debugged.url)
        STYLEGUIDE.enter(visitor)
        assert_is_fit(visitor)


def test_the_pages_of_an_empty_instance_say_what_fills_them(tmp_path, visit):
    with live_greenroom(tmp_path / "empty", "--workers", "1") as empty:
        visitor = visit(empty.url)
        for scene in FIRST_SCENES:
            scene.enter(visitor)
            assert_is_fit(visitor)
        visitor.open("/")
        assert "No models yet" in visitor.said()
        assert empty.url in visitor.said(), "the snippet names this server"
