"""A person who only looks: from the list to a version, along its lineage, and to its files."""

import pytest
from playwright.sync_api import expect

from tests.browser.gallery import EMOJI, RIGHT_TO_LEFT

pytestmark = pytest.mark.browser


def test_the_list_opens_without_signing_in_and_says_whose_hands_it_is_in(visitor, gallery):
    visitor.open("/")
    assert visitor.page.title() == "Home · Greenroom"
    visitor.follow("All models")

    assert visitor.page.title() == "Models · Greenroom"
    visitor.open("/models?size=50")
    assert visitor.page.get_by_role("link", name="churn-classifier").is_visible()
    assert "local user" in visitor.page.locator("footer").inner_text()


def test_a_model_is_found_by_searching(visitor, gallery):
    visitor.open("/models")
    visitor.page.get_by_role("searchbox", name="Search models").fill("customer leaves")
    visitor.press("Search")

    assert visitor.page.locator("tbody th a").all_inner_texts() == ["churn-classifier"]
    assert visitor.page.get_by_role("searchbox").input_value() == "customer leaves"

    visitor.page.get_by_role("searchbox").fill("tags.team = 'fraud'")
    visitor.press("Search")
    assert visitor.page.locator("tbody th a").all_inner_texts() == ["fraud-scoring"]


def test_a_filter_that_cannot_be_read_is_explained_under_the_box_and_kept(visitor, gallery):
    visitor.open("/models")
    visitor.page.get_by_role("searchbox").fill("name LIKE 'churn")
    visitor.press("Search", 400)

    expect(visitor.page.get_by_role("searchbox")).to_have_accessible_description(
        visitor.page.locator(".field-error").inner_text() + " " + visitor.page.locator("#q-hint").inner_text()
    )
    assert visitor.page.get_by_role("searchbox").input_value() == "name LIKE 'churn"


@pytest.mark.parametrize("width", [1280, 1024, 800])
def test_names_keep_their_room_beside_every_column_and_four_metrics(visit, gallery, width):
    page = visit().open("/models?q=churn&metrics=val_auc,rows,brier,train_auc")
    page.set_viewport_size({"width": width, "height": 800})
    name = page.get_by_role("link", name="churn-classifier", exact=True).bounding_box()
    stages = page.locator("tr", has_text="churn-classifier").locator("td").first.bounding_box()
    assert name["width"] > 60
    assert name["x"] + name["width"] <= stages["x"]
    assert page.evaluate("document.scrollingElement.scrollWidth") == width


def test_what_is_chosen_on_the_page_of_a_model_shows_where_it_was_chosen(visitor, gallery):
    visitor.open("/models/churn-classifier")
    page = visitor.page

    def apply(role: str) -> None:
        within = page.get_by_role(role, name="Metrics by version" if role == "region" else None)
        within.get_by_role("button", name="Apply", exact=True).click()

    for send, heading in (
        (
            lambda: page.get_by_label("Metric", exact=True).select_option("rows") and apply("region"),
            "Metrics by version",
        ),
        (
            lambda: page.get_by_label("In stage").select_option("Archived") and apply("search"),
            "Versions",
        ),
        (lambda: visitor.follow("Older"), "History"),
    ):
        send()
        expect(page.get_by_role("heading", name=heading, exact=True)).to_be_in_viewport()
        assert page.evaluate("scrollY") > 0
    page.get_by_role("navigation", name="On this page").get_by_role("link", name="Versions").click()
    expect(page.get_by_role("heading", name="Versions", exact=True)).to_be_in_viewport()
    expect(page.get_by_label("Metric", exact=True)).to_have_value("rows")
    expect(page.get_by_label("In stage")).to_have_value("Archived")


def test_ticked_versions_are_compared_by_enter(visitor, gallery):
    page = visitor.open("/models/churn-classifier")
    for number in (6, 4):
        page.get_by_role("checkbox", name=f"Compare version {number}").press("Space")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    visitor.arrive()
    assert visitor.path == "/compare?versions=churn-classifier%3A6&versions=churn-classifier%3A4"


def test_lineage_leads_from_a_version_to_its_run_and_experiment_and_back(visitor, gallery):
    visitor.open("/models?q=churn-classifier")
    visitor.follow("churn-classifier")
    assert "leaves within the next 90 days" in visitor.said()
    visitor.follow(visitor.page.get_by_role("table", name="Versions").get_by_role("link", name="Version 6"))
    assert "tenure_months" in visitor.said(), "the input schema of MLmodel"
    assert "val_auc" in visitor.said(), "the metrics of the run"

    lineage = visitor.page.get_by_role("region", name="Source")
    run_name = lineage.get_by_role("link").first.inner_text()
    visitor.follow(lineage.get_by_role("link", name=run_name))
    assert visitor.path == f"/runs/{gallery.run}"
    assert visitor.page.get_by_role("heading", level=1).inner_text() == run_name

    visitor.follow(visitor.page.get_by_role("main").get_by_role("link", name="churn", exact=True))
    assert visitor.path == f"/experiments/{gallery.experiment}"
    visitor.follow(run_name)
    visitor.follow("churn-classifier version 6")
    assert visitor.path == "/models/churn-classifier/versions/6"


def test_a_file_of_a_version_is_downloaded_and_not_shown(visitor, gallery):
    visitor.open("/models/churn-classifier/versions/6")
    visitor.follow("requirements.txt")
    assert "scikit-learn==1.7.0" in visitor.said()
    where = visitor.path

    with visitor.page.expect_download() as download:
        visitor.page.get_by_role("link", name="Download").click()

    assert download.value.suggested_filename == "requirements.txt"
    assert b"scikit-learn==1.7.0" in download.value.path().read_bytes()
    assert visitor.path == where


def test_versions_are_ticked_to_be_compared(visitor, gallery):
    visitor.open("/models/churn-classifier")
    for number in (6, 4):
        visitor.page.get_by_label(f"Compare version {number}", exact=True).check()
    visitor.press("Compare selected")
    assert visitor.path == "/compare?versions=churn-classifier%3A6&versions=churn-classifier%3A4"


def test_the_files_of_a_run_are_browsed_by_folder(visitor, gallery):
    visitor.open(f"/runs/{gallery.folder_run}")
    visitor.follow("plots/")
    visitor.follow("calibration.svg")
    assert visitor.page.get_by_role("region", name="calibration.svg").get_by_role("img").is_visible()

    with visitor.page.expect_download() as download:
        visitor.page.get_by_role("link", name="Download").click()
    assert download.value.suggested_filename == "calibration.svg"


@pytest.mark.parametrize("name", [EMOJI, RIGHT_TO_LEFT])
def test_a_name_in_any_script_is_followed_to_its_version(visitor, gallery, name):
    visitor.open("/models?size=200")
    visitor.follow(name)
    assert visitor.page.get_by_role("heading", level=1).inner_text() == name
    visitor.follow(visitor.page.get_by_role("table", name="Versions").get_by_role("link", name="Version 1"))
    assert name in visitor.page.get_by_role("heading", level=1).inner_text()


def test_a_page_that_is_not_there_says_what_to_do(visitor, gallery):
    visitor.open("/models/no-such-model", 404)
    assert "no-such-model" in visitor.said()
    visitor.follow("All models")
    assert visitor.path == "/models"

    visitor.open("/nothing/here", 404)
    assert visitor.page.get_by_role("heading", level=1).inner_text() == "Page not found"
