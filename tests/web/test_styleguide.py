"""`/styleguide`, which is there only for whoever works on the pages."""

import re

import pytest

from app import config
from tests.support.applications import start_app
from tests.support.pages import Pages

COMPONENTS = (
    "badge",
    "tags",
    "form",
    "field",
    "star",
    "search",
    "table",
    "pagination",
    "facts",
    "empty",
    "snippet",
    "timeline",
    "lanes",
    "stages",
    "file_tree",
    "line_chart",
    "lineage_graph",
    "approvals",
    "checks",
    "comments",
    "notice",
    "typed",
    "jumps",
)


def test_it_is_not_there_otherwise(pages):
    pages.get("/styleguide", status=404)


@pytest.fixture
def guide(app, monkeypatch):
    """The page of an application in debug mode, on the same instance."""
    monkeypatch.setenv("FLASK_DEBUG", "1")
    debugged = start_app(app.settings.instance, app.settings.database_url)
    return Pages(debugged.test_client()).get("/styleguide")


def test_it_shows_every_colour_and_every_component(guide):
    looks = config.ROOT / "static" / "css"
    for name in re.findall(r"^\.(hue-\w+)", (looks / "components.css").read_text(), re.MULTILINE):
        assert name in guide.html
    shown = " ".join(path.read_text() for path in (config.ROOT / "templates" / "styleguide").glob("*.html"))
    for component in COMPONENTS:
        assert f'"components/{component}.html"' in shown
    assert guide.text.count("Names cannot contain") == 2, "beside the field and summed up"
