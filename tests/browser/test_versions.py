"""What a person does with a version: register it from a run, move it through the stages, delete it."""

import pytest

from tests.browser.visitor import Visitor

pytestmark = pytest.mark.browser


def move(
    visitor: Visitor, stage: str, *, archive: bool = False, comment: str = "", status: int = 200
) -> None:
    """Fill the form on the version's page that moves it, and send it."""
    if not visitor.page.get_by_label("Move to").is_visible():
        visitor.unfold("Move to another stage")
    visitor.page.get_by_label("Move to").select_option(stage)
    visitor.page.locator("#stage-comment").fill(comment)
    visitor.page.get_by_label("Archive the versions").set_checked(archive)
    visitor.press("Move", status)


def stage_of(visitor: Visitor) -> str:
    return visitor.page.get_by_role("list", name="Stages").locator("[aria-current=step]").inner_text()


def test_a_version_goes_to_staging_and_on_with_the_others_archived(visitor, model, library):
    visitor.open(f"/models/{model}/versions/3")
    assert stage_of(visitor) == "None"
    move(visitor, "Staging", comment="Passed the backtest.")
    assert visitor.flash == "Version 3 is now in Staging."
    assert stage_of(visitor) == "Staging"
    assert "Passed the backtest." in visitor.page.get_by_role("region", name="History").inner_text()
    assert library.version_row(model, 2)["current_stage"] == "Staging", "it was not asked to leave"

    move(visitor, "Production", archive=True)
    assert stage_of(visitor) == "Production"
    assert [library.version_row(model, n)["current_stage"] for n in (1, 2, 3)] == [
        "Archived",
        "Staging",
        "Production",
    ]

    visitor.open(f"/models/{model}")
    lane = visitor.page.locator(".lane.hue-green")
    assert "Version 3" in lane.inner_text()


def test_a_form_that_was_overtaken_in_another_tab_explains_itself_and_does_nothing(visit, model, library):
    slow, quick = visit(javascript=False), visit()
    for tab in (slow, quick):
        tab.open(f"/models/{model}/versions/2")
    move(quick, "Production")
    move(slow, "Archived", status=409)

    assert library.version_row(model, 2)["current_stage"] == "Production"
    assert "Not saved" in slow.page.get_by_role("alert").inner_text()
    assert stage_of(slow) == "Production"

    move(slow, "Archived")
    assert slow.flash == "Version 2 is now in Archived."


def test_a_description_of_a_version_is_edited_and_shown_rendered(visitor, model):
    visitor.open(f"/models/{model}/versions/1")
    visitor.follow(visitor.page.get_by_role("region", name="Description").get_by_role("link", name="Edit"))
    visitor.page.get_by_label("Description", exact=True).fill("| a | b |\n| --- | --- |\n| 1 | 2 |")
    visitor.press("Save description")

    assert visitor.path == f"/models/{model}/versions/1"
    assert visitor.page.locator(".card td").all_inner_texts() == ["1", "2"]


def test_a_version_gets_a_tag_and_an_alias_and_loses_them(visitor, model):
    visitor.open(f"/models/{model}/versions/1")
    visitor.unfold("Set a tag")
    visitor.page.get_by_label("Key", exact=True).fill("validated")
    visitor.press("Set tag")
    assert visitor.flash == "Tag validated set."
    visitor.unfold("Add alias")
    visitor.page.get_by_label("Alias", exact=True).fill("eu")
    visitor.press("Set alias")
    assert visitor.flash == "@eu is set to version 1."
    assert f"models:/{model}@eu" in visitor.page.locator("main").text_content()

    visitor.press("Remove tag validated")
    visitor.press("Remove alias eu")
    assert visitor.path == f"/models/{model}/versions/1"
    assert "@eu" not in visitor.page.get_by_role("region", name="Aliases").inner_text()
    assert "validated" not in visitor.page.get_by_role("region", name="Tags").inner_text()


def test_a_version_is_deleted_only_with_the_models_name_typed(visitor, model):
    visitor.open(f"/models/{model}/versions/2")
    visitor.follow("Delete this version")
    visitor.page.get_by_label("Enter the name to confirm").fill("2")
    visitor.press("Delete version", 422)
    assert visitor.page.get_by_label("Enter the name to confirm").input_value() == "2"

    visitor.page.get_by_label("Enter the name to confirm").fill(model)
    visitor.press("Delete version")
    assert visitor.flash == "Version 2 deleted. You can restore it here."
    visitor.open(f"/models/{model}")
    links = visitor.page.get_by_role("table", name="Versions").locator("tbody th a")
    assert links.all_inner_texts() == ["Version 3", "Version 1"]
    visitor.open(f"/models/{model}/versions/2", 404)
    visitor.press("Restore version 2")
    assert visitor.flash == "Version 2 restored, in None and without aliases."


def test_a_model_of_a_run_is_registered_from_its_page(visitor, trained, model, library):
    visitor.open(f"/runs/{trained[1]}")
    visitor.follow(visitor.page.get_by_role("main").get_by_role("link", name="Register").first)
    visitor.page.get_by_label("Register as").fill(model)
    visitor.press("Register version")

    assert visitor.path == f"/models/{model}/versions/4"
    assert library.version_row(model, 4)["run_id"] == trained[1]
