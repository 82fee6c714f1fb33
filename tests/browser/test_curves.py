"""Curves of metrics: read, zoomed, smoothed and put on another scale, with a script and without."""

import re

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.visitor import MOST_BYTES

pytestmark = pytest.mark.browser

OF_LIBRARY = 60 * 1024
MIDDLE = re.compile(r"Step 19: 0\.858357|Step 20: 0\.860244")  # a pixel decides


@pytest.fixture
def long_run(library) -> str:
    """A run with a metric of many points, more than the script is given at once."""
    experiment = library.experiment("long-curves")
    run = library.run(experiment, "long", metrics={"loss": [1.0, 0.5], "auc": [0.2, 0.9]})
    for start in range(0, 5000, 1000):
        points = [
            {"key": "loss", "value": 1 / (step + 1), "timestamp": 1_790_000_000_000 + step, "step": step}
            for step in range(start, start + 1000)
        ]
        library.call("POST", "runs/log-batch", run_id=run, metrics=points)
    return run


def curve(visitor, name: str) -> Locator:
    return visitor.page.locator(
        "figure.curve", has=visitor.page.get_by_role("heading", name=name, exact=True)
    )


def test_a_curve_is_drawn_and_told_without_a_script(visit, gallery):
    visitor = visit(javascript=False)
    visitor.open(f"/runs/{gallery.run}")
    figure = curve(visitor, "val_auc")
    before = figure.locator("polyline").get_attribute("points")
    assert (
        figure.get_by_role("img").get_attribute("aria-label")
        == "val_auc from 0.571 to 0.870549, over steps 0 to 39"
    )
    assert figure.get_by_role("button").count() == 0

    visitor.unfold("Values of val_auc")
    rows = figure.get_by_role("table").locator("tbody tr").all_inner_texts()
    assert rows[0].split()[0] == "0" and rows[-1].split()[0] == "39"

    visitor.page.get_by_label("Smooth").select_option("Much")
    visitor.page.get_by_label("Log scale").check()
    visitor.press("Apply")
    assert visitor.path.startswith(f"/runs/{gallery.run}?smooth=0.85&axis=step&log=1")
    assert curve(visitor, "val_auc").locator("polyline").count() == 2, (
        "the smoothed one, and the raw one behind"
    )
    assert curve(visitor, "val_auc").locator("polyline").last.get_attribute("points") != before


def test_a_curve_is_read_and_zoomed_by_pointer(visit, gallery):
    visitor = visit()
    visitor.open(f"/runs/{gallery.run}")
    figure = curve(visitor, "val_auc")
    assert figure.locator("canvas").count() == 0, "nothing is fetched before somebody reaches for it"
    assert not [url for url in visitor.traffic.urls if "uPlot" in url]

    figure.hover()
    expect(figure.locator("canvas")).to_be_visible()
    plane = figure.locator(".u-over")
    plane.hover()
    expect(figure.locator(".curve-said")).to_have_text(MIDDLE)

    box = plane.bounding_box()
    visitor.page.mouse.move(box["x"] + 5, box["y"] + 50)
    visitor.page.mouse.down()
    visitor.page.mouse.move(box["x"] + box["width"] / 4, box["y"] + 60, steps=4)
    visitor.page.mouse.up()
    plane.hover()
    expect(figure.locator(".curve-said")).to_contain_text("Step 5:")
    assert visitor.troubles == []
    assert visitor.traffic.bytes <= MOST_BYTES + OF_LIBRARY


def test_curves_are_zoomed_by_keyboard(visit, gallery):
    visitor = visit()
    visitor.open(f"/runs/{gallery.run}")
    figure = curve(visitor, "val_auc")

    figure.get_by_role("button", name="Zoom in: val_auc").press("Enter")
    expect(figure.locator("canvas")).to_be_visible()
    figure.get_by_role("button", name="Later: val_auc").press("Enter")
    figure.locator(".u-over").hover()
    expect(figure.locator(".curve-said")).to_contain_text("Step 24:")
    figure.get_by_role("button", name="Show all: val_auc").press("Enter")
    visitor.page.mouse.move(0, 0)
    figure.locator(".u-over").hover()
    expect(figure.locator(".curve-said")).to_have_text(MIDDLE)


def test_smoothing_and_scale_are_switched_in_place_and_kept_in_the_address(visit, gallery):
    visitor = visit()
    visitor.open(f"/runs/{gallery.run}")
    assert visitor.page.get_by_role("button", name="Apply", exact=True).count() == 0

    visitor.page.get_by_label("Smooth").select_option("Very much")
    visitor.page.get_by_label("Log scale").check()
    visitor.page.get_by_label("Over", exact=True).select_option("Time")
    expect(visitor.page.locator(".curve canvas")).to_have_count(3)
    expect(visitor.page).to_have_url(f"{visitor.url}/runs/{gallery.run}?smooth=0.95&log=1&axis=time")
    figure = curve(visitor, "val_auc")
    figure.locator(".u-over").hover()
    expect(figure.locator(".curve-said")).to_contain_text("After 19 s: 0.798085")
    expect(figure.locator("figcaption")).to_contain_text("over time in seconds, log scale, smoothed")

    visitor.page.reload()
    assert visitor.page.get_by_label("Smooth").input_value() == "0.95"
    assert visitor.page.get_by_label("Log scale").is_checked()


def test_a_long_curve_is_drawn_more_finely_where_it_is_zoomed(visit, long_run):
    visitor = visit()
    visitor.open(f"/runs/{long_run}")
    figure = curve(visitor, "loss")
    figure.hover()
    expect(figure.locator("canvas")).to_be_visible()

    with visitor.page.expect_response(lambda answer: "low=" in answer.url) as answer:
        figure.get_by_role("button", name="Zoom in: loss").click()
    [series] = answer.value.json()["series"]

    assert series["whole"] is False or len(series["steps"]) > 1_200
    assert min(series["steps"]) >= 1_240 and max(series["steps"]) <= 3_760
    assert visitor.troubles == []
