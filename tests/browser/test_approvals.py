"""A version on its way to Production and back, as a team lives through it, and how one looks after that team."""

from pathlib import Path

import pytest

from tests.browser.keyboard import enter, tab_to
from tests.browser.team import live_team
from tests.browser.visitor import PHONE, Visitor
from tests.factories.accounts import PASSWORD

pytestmark = pytest.mark.browser

MODEL = "/models/churn-classifier"
CANDIDATE = f"{MODEL}/versions/3"


@pytest.fixture
def team(tmp_path):
    with live_team(tmp_path / "greenroom") as running:
        yield running


@pytest.fixture
def look(tmp_path):
    """Keep a picture of the page, as a wide and as a narrow window show it."""

    def take(visitor: Visitor, name: str) -> None:
        folder = Path(tmp_path) / "stations"
        folder.mkdir(exist_ok=True)
        visitor.page.screenshot(path=folder / f"{name}.png", full_page=True)
        wide = visitor.page.viewport_size
        visitor.page.set_viewport_size(PHONE)
        visitor.page.screenshot(path=folder / f"{name}-narrow.png", full_page=True)
        visitor.page.set_viewport_size(wide)

    return take


def set_the_rule(anna: Visitor) -> None:
    """Production takes two approvals, everybody asks, and risk may return in an emergency."""
    anna.open("/admin/stages")
    anna.follow("Rule of Production")
    anna.page.get_by_label("Approvals", exact=True).fill("2")
    anna.page.get_by_label("Everyone must request").check()
    anna.page.get_by_label("Only one version at a time").check()
    emergency = anna.page.get_by_role("group", name="Who can roll back in an emergency")
    emergency.get_by_label("risk", exact=True).check()
    anna.press("Save rule")


def approve(visitor: Visitor) -> None:
    """Approve what is asked for, by keyboard alone."""
    visitor.open(CANDIDATE)
    tab_to(visitor, "Review and decide")
    enter(visitor)
    tab_to(visitor, "Approve")
    enter(visitor)


def approve_by_its_key(visitor: Visitor) -> None:
    """Approve what is asked for with the key that leads to the button, and presses nothing by itself."""
    visitor.open(CANDIDATE)
    visitor.follow("Review and decide")
    address = visitor.page.url
    visitor.page.keyboard.press("a")
    assert visitor.page.locator(":focus").inner_text() == "Approve"
    visitor.page.keyboard.press("r")
    assert visitor.page.locator(":focus").inner_text() == "Reject"
    visitor.page.keyboard.press("a")
    assert visitor.page.url == address and "1 of 2 approvals" in visitor.said()
    enter(visitor)


def test_asked_argued_voided_approved_and_taken_back(visit, team, look):
    asker, approver, stranger, anna = (visit(team.url, javascript=False) for _ in range(4))
    for visitor, name in ((asker, "clara"), (approver, "ben"), (stranger, "dmitri"), (anna, "anna")):
        team.sign_in(visitor, name)
    set_the_rule(anna)
    look(anna, "01-stages")

    asker.open(CANDIDATE)
    tab_to(asker, "Request a stage change")
    enter(asker)
    tab_to(asker, "Stage")
    asker.page.keyboard.type("Production")
    tab_to(asker, "Why")
    asker.page.keyboard.type("Better on **every** region, @ben.")
    look(asker, "02-ask")
    tab_to(asker, "Request a stage change")
    enter(asker)
    assert "0 of 2 approvals" in asker.said()
    look(asker, "03-asked")

    stranger.open(CANDIDATE, 404)
    stranger.open("/approvals")
    assert "churn-classifier" not in stranger.said()
    stranger.open(f"{MODEL}/history", 404)

    approver.open("/approvals")
    assert "churn-classifier" in approver.said()
    look(approver, "04-inbox")
    approver.open(CANDIDATE)
    approver.page.locator("#comment-comment").fill("What about the new tariff?")
    approver.press("Comment")
    assert "What about the new tariff?" in approver.said()
    approve(approver)
    assert "1 of 2 approvals" in approver.flash
    look(approver, "05-approved-once")

    anna.open(f"{CANDIDATE}/description")
    anna.page.get_by_label("Description", exact=True).fill("Trained with the new tariff, too.")
    anna.press("Save description")
    asker.open(CANDIDATE)
    assert "no longer counts" in asker.said() and "0 of 2 approvals" in asker.said()
    look(asker, "06-void")

    approve(approver)
    assert "1 of 2 approvals" in approver.flash
    zoe = visit(team.url)  # from here on with scripts
    team.sign_in(zoe, "zoe")
    approve_by_its_key(zoe)
    assert zoe.flash == "Version 3 is now in Production."
    look(zoe, "07-decided")
    asker.open(MODEL)
    assert "Version 3" in asker.page.locator(".lane.hue-green").inner_text()

    asker.open(f"{MODEL}/versions/1/return/Production")
    assert "without a request" in asker.said()
    look(asker, "08-return-refused")
    approver.open(f"{MODEL}/history")
    approver.follow("Roll back to version 1 in Production")
    assert "Emergency rollback" in approver.said()
    approver.page.get_by_label("Reason", exact=True).fill("Scores every customer the same.")
    look(approver, "09-return")
    approver.press("Roll back to version 1")
    assert approver.flash == "Production rolled back to version 1."
    approver.unfold("As a table")
    look(approver, "10-history")
    stays = [" ".join(row.split()) for row in approver.page.locator("table tbody tr").all_inner_texts()]
    assert any(row.startswith("Production 1") and "until now ben" in row for row in stays)
    assert any(row.startswith("Archived 3") and "until now" in row for row in stays)
    assert any(row.startswith("Production 3") and "on request 7" in row for row in stays)
    zoe.open("/approvals?show=mentions")
    assert "Scores every customer the same." in zoe.said()
    look(zoe, "11-told")


def test_a_team_is_looked_after_by_keyboard_alone(visit, team):
    visitor = visit(team.url)
    keyboard = visitor.page.keyboard
    visitor.open("/sign-in")
    for label, typed in (("User name", "anna"), ("Password", PASSWORD)):
        tab_to(visitor, label)
        keyboard.type(typed)
    enter(visitor)
    tab_to(visitor, "Signed in as\nanna")
    keyboard.press("Enter")
    tab_to(visitor, "Administration")
    enter(visitor)
    tab_to(visitor, "New user")
    enter(visitor)
    tab_to(visitor, "Name")
    keyboard.type("kim")
    enter(visitor)
    assert visitor.flash == "Account kim created."

    tab_to(visitor, "Groups")
    enter(visitor)
    tab_to(visitor, "risk")
    enter(visitor)
    tab_to(visitor, "Add a member")
    keyboard.press("Enter")
    tab_to(visitor, "Name of a person or service account")
    keyboard.type("kim")
    enter(visitor)
    assert visitor.flash == "kim is now in the group."

    visitor.open(f"{MODEL}/members")
    tab_to(visitor, "Access of clara")
    keyboard.type("Edit")
    tab_to(visitor, "Change the access of clara")
    enter(visitor)
    assert visitor.flash == "clara now has the permission “edit” on churn-classifier."

    visitor.open("/account/tokens/new")
    tab_to(visitor, "Name")
    keyboard.type("by hand")
    tab_to(visitor, "Everything the account can do")
    keyboard.press("ArrowDown")
    tab_to(visitor, "Read")
    keyboard.press("Space")
    tab_to(visitor, "Create token")
    enter(visitor)
    tab_to(visitor, "Done")
    enter(visitor)
    tab_to(visitor, "Revoke by hand")
    enter(visitor)
    tab_to(visitor, "Revoke token")
    enter(visitor)
    assert visitor.flash == "Token by hand revoked."
