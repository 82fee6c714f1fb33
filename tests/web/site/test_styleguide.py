"""`/styleguide`, which is there only for whoever works on the pages."""

import re

import pytest

from app.settings import settings
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
    "stage_lanes",
    "stages",
    "file_tree",
    "line_chart",
    "lineage_graph",
    "approvals",
    "checks",
    "comments",
    "notice",
    "form_recovery",
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
    looks = settings.ROOT / "static" / "css"
    for name in re.findall(r"^\.(hue-\w+)", (looks / "components.css").read_text(), re.MULTILINE):
        assert name in guide.html
    shown = " ".join(
        path.read_text() for path in (settings.ROOT / "templates" / "site" / "styleguide").glob("*.html")
    )
    for component in COMPONENTS:
        assert re.search(rf'"(components|[a-z]+/_parts)/{component}\.html"', shown), component
    assert guide.text.count("Names cannot contain") == 2, "beside the field and summed up"
