"""Colours, keyboard and the small conveniences that scripts add."""

import pytest
from playwright.sync_api import expect

from tests.browser import axe
from tests.browser.keyboard import enter, tab_to
from tests.browser.visitor import Visitor

pytestmark = pytest.mark.browser

LIGHT, DARK = "rgb(250, 249, 246)", "rgb(21, 23, 26)"


def paper(visitor: Visitor) -> str:
    return visitor.page.evaluate("getComputedStyle(document.body).backgroundColor")


def test_colours_follow_the_system_until_the_switch_says_otherwise(visitor, gallery):
    visitor.open("/models/churn-classifier")
    assert paper(visitor) == LIGHT
    visitor.page.emulate_media(color_scheme="dark")
    assert paper(visitor) == DARK

    visitor.press("Light")
    assert visitor.path == "/models/churn-classifier", "the switch leaves one where one is"
    assert paper(visitor) == LIGHT
    visitor.press("Dark")
    visitor.page.emulate_media(color_scheme="light")
    visitor.open("/models")
    assert paper(visitor) == DARK
    assert visitor.page.get_by_role("button", name="Dark").get_attribute("aria-pressed") == "true"

    visitor.press("System")
    assert paper(visitor) == LIGHT


def test_the_main_tasks_are_done_by_keyboard_alone(visit, model):
    visitor = visit()
    visitor.open("/models")
    visitor.page.keyboard.press("/")
    expect(visitor.page.get_by_role("searchbox")).to_be_focused()
    visitor.page.keyboard.type(model)
    enter(visitor)
    tab_to(visitor, model)
    enter(visitor)
    tab_to(visitor, "Version 3")
    enter(visitor)
    assert visitor.path == f"/models/{model}/versions/3"

    tab_to(visitor, "Move to another stage")
    visitor.page.keyboard.press("Enter")
    tab_to(visitor, "Move to")
    visitor.page.keyboard.type("Production")
    tab_to(visitor, "Archive the versions currently in this stage")
    visitor.page.keyboard.press("Space")
    tab_to(visitor, "Move")
    enter(visitor)
    assert visitor.flash == "Version 3 is now in Production."

    tab_to(visitor, "Edit")
    enter(visitor)
    tab_to(visitor, "Description")
    visitor.page.keyboard.type("Typed without a mouse.")
    tab_to(visitor, "Save description")
    enter(visitor)
    assert "Typed without a mouse." in visitor.said()


def test_a_model_is_renamed_deleted_and_brought_back_by_keyboard_alone(visit, model):
    visitor = visit()
    visitor.open(f"/models/{model}")
    tab_to(visitor, "Rename")
    enter(visitor)
    tab_to(visitor, "New name")
    visitor.page.keyboard.press("Control+A")
    visitor.page.keyboard.type(f"{model}-2")
    tab_to(visitor, "Rename")
    enter(visitor)
    assert visitor.path == f"/models/{model}-2"

    tab_to(visitor, "Delete")
    enter(visitor)
    tab_to(visitor, "Enter the name to confirm")
    visitor.page.keyboard.type(f"{model}-2")
    tab_to(visitor, "Delete model")
    enter(visitor)
    visitor.open("/deleted-models")
    tab_to(visitor, f"Restore {model}-2")
    enter(visitor)
    assert visitor.path == f"/models/{model}-2" and "Begun here." in visitor.said()


def test_an_address_that_mlflows_client_printed_leads_to_the_page(visit, gallery):
    visitor = visit()
    tab = visitor.context.new_page()  # that leaves the first page before it has loaded
    for printed, page in (
        (f"/#/experiments/{gallery.experiment}/runs/{gallery.run}", f"/runs/{gallery.run}"),
        (f"/#/experiments/{gallery.experiment}", f"/experiments/{gallery.experiment}"),
        ("/#/models/churn-classifier/versions/4", "/models/churn-classifier/versions/4"),
        ("/#/models/churn-classifier", "/models/churn-classifier"),
    ):
        tab.goto("about:blank")
        tab.goto(printed, wait_until="commit")
        tab.wait_for_url(visitor.url + page)


def test_the_first_tab_stop_skips_to_the_content(visit, gallery):
    visitor = visit()
    visitor.open("/models/churn-classifier")
    tab_to(visitor, "Skip to content")
    visitor.page.keyboard.press("Enter")
    visitor.page.keyboard.press("Tab")

    assert visitor.page.locator(":focus").evaluate("e => !!e.closest('main')")


def test_a_refused_form_takes_the_focus_to_what_is_wrong(visit):
    visitor = visit()
    visitor.open("/new-model")
    visitor.press("Create model", 422)

    expect(visitor.page.get_by_role("alert")).to_be_focused()


def test_a_snippet_is_copied_by_a_button_that_only_scripts_show(visit, gallery):
    visitor = visit()
    visitor.context.grant_permissions(["clipboard-read", "clipboard-write"])
    visitor.open("/models/churn-classifier/versions/4")
    visitor.page.get_by_role("button", name="Copy").first.click()
    expect(visitor.page.get_by_role("button", name="Copied")).to_be_visible()
    copied = visitor.page.evaluate("navigator.clipboard.readText()")
    assert "models:/churn-classifier/4" in copied and visitor.url in copied

    bare = visit(javascript=False)
    bare.open("/models/churn-classifier/versions/4")
    assert bare.page.get_by_role("button", name="Copy").count() == 0
    assert "models:/churn-classifier/4" in bare.said()


def focused(visitor: Visitor) -> str:
    return visitor.page.evaluate("document.activeElement.title || document.activeElement.innerText")


def test_keys_lead_to_what_they_name_and_press_nothing(visit, model):
    visitor = visit()
    visitor.open(f"/models/{model}/versions/3")
    visitor.page.keyboard.press("e")
    assert focused(visitor) == "Edit the description"
    visitor.page.keyboard.press("c")
    visitor.page.keyboard.type("?ge in a text is but text")
    assert visitor.page.locator("#comment-comment").input_value() == "?ge in a text is but text"

    visitor.page.get_by_role("button", name="Keyboard shortcuts").click()
    keys = visitor.page.get_by_role("dialog", name="Keyboard shortcuts")
    assert "Go to: Edit the description" in keys.inner_text()
    assert axe.violations(visitor.page) == []
    keys.get_by_role("button", name="Switch shortcuts off").click()
    visitor.page.keyboard.press("Escape")
    expect(keys).to_have_count(0)
    visitor.page.get_by_role("heading", level=1).click()
    visitor.page.keyboard.press("?")
    expect(keys).to_have_count(0)

    visitor.page.get_by_role("button", name="Keyboard shortcuts").click()
    keys.get_by_role("button", name="Switch shortcuts on").click()
    keys.get_by_role("button", name="Close").click()
    visitor.page.get_by_role("heading", level=1).click()
    visitor.page.keyboard.press("?")
    expect(keys).to_be_visible()
    visitor.page.keyboard.press("Escape")
    expect(visitor.page.locator("dialog")).to_have_count(0)  # gone, and not just closed: the focus is back
    with visitor.page.expect_navigation(wait_until="load"):
        visitor.page.keyboard.press("g")
        visitor.page.keyboard.press("m")
    visitor.arrive()
    assert visitor.path == "/models"
