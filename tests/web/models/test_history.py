"""What held each stage when: drawn, as a table, and asked for a moment; the deleted past included."""

from datetime import UTC, datetime

import pytest

from app.core import clock
from app.registry import models, versions
from app.stages import settings, transitions
from app.stages.history import StagePeriod
from app.web.charts import stage_lanes
from tests.factories.accounts import require_sign_in, sign_in
from tests.factories.registry import make_model, make_versions
from tests.support.pages import text_of
from tests.support.team import make_team

DAY = 86_400_000
START = int(datetime(2026, 3, 1, 12, tzinfo=UTC).timestamp() * 1000)
URL = "/models/churn/history"
SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture
def on(monkeypatch):
    """Let the clock stand at noon of a day in March 2026."""

    def set_day(day: float) -> None:
        monkeypatch.setattr(clock, "now_ms", lambda: START + int((day - 1) * DAY))

    set_day(1)
    return set_day


@pytest.fixture
def churn(on, do):
    """Version 1 in Production from the 2nd to the 5th, version 2 from then on."""
    do(lambda actor: (make_model(), make_versions(3)))
    for day, number in ((2, 1), (5, 2)):
        on(day)
        do(transitions.transition, "churn", number, "Production", archive_others=True)
    on(10)


def rows(page, caption):
    for table in page.all("table"):
        if text_of(table.find("caption")) == caption:
            return [" ".join(text_of(row).split()) for row in table.iter("tr")][1:]
    return []


def links(page):
    return [one.get("href", "") for tag in ("a", f"{SVG}a") for one in page.all(tag)]


THEN = "Versions in each stage"


def test_the_page_draws_a_lane_a_stage_and_repeats_it_as_a_table(pages, churn):
    page = pages.get(URL)
    [wide, narrow] = [svg for svg in page.all(f"{SVG}svg") if "periods" in svg.get("class", "")]
    for drawn in (wide, narrow):
        assert drawn.find(f"{SVG}title").text == "Versions in each stage over time"
        assert [t.text for t in drawn.iter(f"{SVG}text") if t.get("class") == "lane-name"] == [
            "Production",
            "Archived",
        ]
        bars = [g for g in drawn.iter(f"{SVG}g") if g.get("class", "").startswith("period ")]
        assert len(bars) == 3
    first = "v1 in Production from 2026-03-02 12:00:00 UTC to 2026-03-05 12:00:00 UTC, by Ada"
    assert any(link.get("aria-label") == first for link in wide.iter(f"{SVG}a"))
    listed = rows(page, "Stage periods, newest first")
    assert sorted(listed[:2]) == [
        "Archived 1 2026-03-05 12:00:00 until now Ada",
        "Production 2 2026-03-05 12:00:00 until now Ada",
    ]
    assert listed[2:] == ["Production 1 2026-03-02 12:00:00 2026-03-05 12:00:00 Ada"]
    assert pages.get("/models/churn").links()["Stage history"] == URL


@pytest.mark.parametrize(
    ("at", "held"),
    [
        ("2026-03-01", []),
        ("2026-03-02", ["Production 1"]),  # the day's end
        ("2026-03-02 11:59", []),
        ("2026-03-02T12:00", ["Production 1"]),
        ("2026-03-05T13:59:59%2B02:00", ["Production 1"]),
        ("2026-03-05T12:00:00Z", ["Production 2", "Archived 1"]),
        ("2999-01-01", ["Production 2", "Archived 1"]),
    ],
)
def test_it_says_what_held_each_stage_at_a_moment(pages, churn, at, held):
    page = pages.get(f"{URL}?at={at}")
    assert [row[: len(words)] for row, words in zip(rows(page, THEN), held, strict=True)] == held
    assert ("No version was in a stage then." in page.text) is (not held)
    assert ("in the future" in page.text) is at.startswith("2999")


@pytest.mark.parametrize(
    "at", ["yesterday", "2026-13-01", "99999999999999999999", "0001-01-01T00:00%2B14:00x", "<b>"]
)
def test_what_is_no_moment_is_refused_beside_the_field_and_kept(pages, churn, at):
    page = pages.get(f"{URL}?at={at}", 400)
    assert "Not a valid date." in page.error_beside("at")
    [field] = [one for one in page.all("input") if one.get("name") == "at"]
    assert field.get("value") == at.replace("%2B", "+")
    assert "Over time" in page.text


@pytest.mark.parametrize(
    "at", ["0001-01-01", "9999-12-31", "9999-12-31T23:59:59-14:00", "0001-01-01T00:00%2B14:00", "%00"]
)
def test_the_ends_of_the_calendar_are_asked_without_harm(client, churn, at):
    assert client.get(f"{URL}?at={at}").status_code in (200, 400)


def test_a_model_without_a_past_says_so(pages, do):
    do(lambda actor: (make_model(), make_versions(1)))
    page = pages.get(URL)
    assert "No version has been in a stage yet." in page.text and not page.all("table")


def test_deleting_and_renaming_leave_the_past(pages, churn, on, do):
    do(versions.delete, "churn", 1)
    page = pages.get(URL)
    assert "1 deleted" in page.text
    assert "/models/churn/versions/1" not in links(page)
    do(models.rename, "churn", "churn-eu")
    assert "Production 1" in " ".join(rows(pages.get("/models/churn-eu/history?at=2026-03-03"), THEN))
    do(models.delete, "churn-eu")
    gone = pages.get("/models/churn-eu/history?at=2026-03-03")
    assert "This model had been deleted, at" in pages.get("/models/churn-eu/history?at=2999-01-01").text
    assert "This model was created later, at" in pages.get("/models/churn-eu/history?at=2019-01-01").text
    assert "This model was deleted" in gone.text and "Production 1" in " ".join(rows(gone, THEN))
    assert not [url for url in links(gone) if url.startswith("/models/churn-eu/versions")]
    pages.get("/models/never-there/history", 404)


def test_of_models_that_had_the_name_it_tells_of_the_one_that_was_there(pages, churn, on, do):
    on(12)
    do(models.delete, "churn")
    on(14)
    do(lambda actor: (make_model(), make_versions(1)))
    assert "No version has been in a stage yet." in pages.get(URL).text
    assert "Production 2" in " ".join(rows(pages.get(f"{URL}?at=2026-03-11"), THEN))


def test_a_removed_stage_keeps_its_lane(pages, churn, do):
    do(settings.create, "Canary", colour="teal")
    do(transitions.transition, "churn", 3, "Canary")
    do(settings.remove, "Canary", to="Archived")
    page = pages.get(URL)
    names = [t.text for t in page.all(f"{SVG}text") if t.get("class") == "lane-name"]
    assert names[:3] == ["Production", "Archived", "Canary"]


def test_a_long_past_is_cut_and_says_so(pages, do, monkeypatch):
    monkeypatch.setattr("app.web.models.history.MAX_PERIODS", 4)
    do(lambda actor: (make_model(), make_versions(6)))
    for number in range(1, 7):
        do(transitions.transition, "churn", number, "Staging")
    page = pages.get(URL)
    assert "the last 4 stage periods" in page.text and len(rows(page, "Stage periods, newest first")) == 4


def test_who_may_not_read_the_model_finds_nothing_living_or_deleted(app, client, pages, do):
    team = make_team(app)
    require_sign_in(app)
    do(lambda actor: sign_in(app, client, team.ids["carl"]))
    pages.get(URL, 404)
    do(models.delete, "churn")
    pages.get(URL, 404)


def stay(number, start, end, stage="Staging"):
    return StagePeriod(number, number, stage, "amber", start, end, "ada", None, None, None)


def test_versions_that_hold_a_stage_at_once_stand_one_below_the_other_up_to_a_bound():
    drawn = stage_lanes.stage_chart([stay(n, 0, None) for n in range(1, 10)], ["Staging"], 1000)
    [lane] = drawn.lanes
    assert len({bar.y for bar in lane.bars}) == len(lane.bars) == stage_lanes.MAX_ROWS and lane.left_out == 3
    assert drawn.height > max(bar.y + bar.height for bar in lane.bars)


def test_bars_lie_in_the_picture_and_hardly_touch_one_another():
    stays = [stay(n, n * 7 % 900, (n * 7 % 900) + n * 13 % 50) for n in range(1, 120)]
    stays.sort(key=lambda one: one.from_at)
    for width in (stage_lanes.WIDE, stage_lanes.NARROW):
        drawn = stage_lanes.stage_chart([*stays, stay(500, 990, 1000)], [], 1000, width)
        bars = [bar for lane in drawn.lanes for bar in lane.bars]
        assert all(bar.x >= 0 and bar.x + bar.width <= width for bar in bars)
        for row in {bar.y for bar in bars}:
            ends = sorted((bar.x, bar.x + bar.width) for bar in bars if bar.y == row)
            assert all(one[1] <= next_[0] + 3.2 for one, next_ in zip(ends, ends[1:], strict=False))


def test_moments_that_no_calendar_holds_are_drawn_all_the_same():
    assert stage_lanes.stage_chart([stay(1, 0, 2**62)], [], 1000).ticks[-1].label == str(2**62)
    assert stage_lanes.stage_chart([], ["Staging"], 1000) is None
