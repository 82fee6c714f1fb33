"""Every page is one that the browser's tests look at: for accessibility, weight, width and pictures."""

from urllib.parse import unquote

from tests.browser.approval_scenes import APPROVAL_SCENES
from tests.browser.scenes import FIRST_SCENES, SCENES
from tests.browser.team_scenes import TEAM_SCENES

# What of the pages' door answers a GET with something else than a page of its own.
NO_PAGES = {
    "accounts.index",
    "audit_log.download",
    "curves.points",
    "runs_csv.download",
    "models_csv.download",
    "single_sign_on.start",
    "stage_rules.choose",
    "static",
    "system.health",
    "system.live",
    "system.ready",
    "system.version",
}
SOME = {"run": "f" * 32, "folder_run": "e" * 32, "experiment": "1", "empty_experiment": "2"}


def test_every_page_is_looked_at(app):
    addresses = app.url_map.bind("localhost")
    looked_at = set()
    for scene in [*SCENES, *FIRST_SCENES, *TEAM_SCENES, *APPROVAL_SCENES]:
        path = unquote(scene.path.partition("?")[0])
        path = path.format(**SOME) if scene in SCENES else path
        if addresses.test(path, "GET"):
            looked_at.add(addresses.match(path, "GET")[0])
    pages = {
        rule.endpoint
        for rule in app.url_map.iter_rules()
        if "GET" in (rule.methods or ())
        and app.view_functions[rule.endpoint].__module__.startswith("app.web.")
    }
    assert pages - looked_at == NO_PAGES
