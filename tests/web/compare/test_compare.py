"""`/compare` and `/compare-runs`."""

import math

import pytest

from app.authz.actors import Actor
from app.authz.levels import Level
from app.db.transactions import transaction
from app.registry import models, versions
from app.sharing import grants
from app.tracking import experiments, params, runs
from app.tracking.metrics import write as metrics
from tests.factories.accounts import make_account, sign_in
from tests.support.pages import text_of
from tests.support.queries import recorded_queries

SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture
def trained(do):
    """Train a run and register it: the run and its version."""

    def train(auc, depth, *, name="churn", experiment=0, description="Same"):
        def write(actor):
            run = runs.create(
                experiment, name=f"depth {depth}", start_time=1_790_000_000_000, actor=actor
            ).run
            metrics.put(run, [metrics.Point("auc", auc, 1), metrics.Point("rows", 100.0, 1)])
            params.put(run, {"max_depth": str(depth), "seed": "1"})
            return run, versions.create(
                name, f"runs:/{run.uuid}/model", run_uuid=run.uuid, description=description, actor=actor
            )

        return do(write)

    do(models.create, "churn")
    return train


def row(page, name):
    """The cells of the row of that name, as they read."""
    for line in page.all("tr"):
        head = [text_of(cell) for cell in line.iter("th")]
        if head and head[0].split(" higher")[0] == name:
            return [text_of(cell) for cell in line.iter("td")]
    raise AssertionError(f"no row {name}")


def test_versions_are_compared_with_the_first_as_the_base(pages, trained):
    trained(0.8, 5)
    trained(0.9, 9)

    page = pages.get("/compare?versions=churn:1&versions=churn:2")

    assert page.h1 == "Compare versions"
    assert row(page, "auc") == ["0.8", "0.9 ★ best +0.1 better"]
    assert row(page, "max_depth") == ["5", "9 (changed)"]
    assert "seed" not in page.text and "1 identical parameter hidden" in page.text
    assert page.links()["Version 2"] == "/models/churn/versions/2"


def test_the_base_is_chosen_and_equal_rows_are_shown_when_asked_for(pages, trained):
    trained(0.8, 5)
    trained(0.9, 9)

    page = pages.get("/compare?versions=churn:1&versions=churn:2&base=churn:2&equal=1")

    assert row(page, "auc") == ["0.8 −0.1 worse", "0.9 ★ best"]
    assert row(page, "seed") == ["1", "1"]
    assert page.links()["Remove"] == "/compare?versions=churn:2&equal=1"


def test_the_links_of_a_comparison_lead_to_comparisons(pages, trained):
    for auc, depth in ((0.8, 5), (0.9, 9), (0.7, 3)):
        trained(auc, depth)
    page = pages.get("/compare?versions=churn:1&versions=churn:2&versions=churn:3&metric=rows")

    for address in {a.get("href") for a in page.all("a") if a.get("href", "").startswith("/compare")}:
        assert "metric=rows" in address
        pages.get(address)


def test_versions_of_different_models_are_compared(pages, do, trained):
    do(models.create, "fraud")
    trained(0.8, 5)
    trained(0.7, 5, name="fraud", description="Another\nline")

    page = pages.get("/compare?versions=churn:1&versions=fraud:1")

    assert "−0.1 worse" in row(page, "auc")[1]
    assert "− Same + Another + line" in page.text
    assert "</span> Another</li><li" in page.html, "white space between the lines would be shown"


def test_three_or_more_are_drawn_as_lines_over_axes(pages, trained):
    for auc, depth in ((0.8, 5), (0.9, 9), (0.7, 3)):
        trained(auc, depth)

    pictures = pages.get("/compare?versions=churn:1&versions=churn:2&versions=churn:3").all(SVG + "svg")
    [parallel] = [svg for svg in pictures if svg.get("class") == "parallel"]

    assert "max_depth, auc" in parallel.get("aria-label")
    lines = list(parallel.iter(SVG + "polyline"))
    assert len(lines) == 3
    assert [line.get("class").split()[1] for line in lines] == ["shade-2", "shade-0", "shade-4"]


def scatter_of(page):
    """What the wide scatter plot says of each of its dots."""
    [wide] = [svg for svg in page.all(SVG + "svg") if svg.get("class") == "chart scatter chart-wide"]
    return [link.get("aria-label") for link in wide.iter(SVG + "a")]


def test_three_or_more_are_dots_over_two_numbers_of_ones_choice(pages, trained):
    for auc, depth in ((0.8, 5), (0.9, 9), (0.7, 3)):
        trained(auc, depth)
    address = "/compare?versions=churn:1&versions=churn:2&versions=churn:3"

    page = pages.get(address)
    assert scatter_of(page)[1] == "churn 2: max_depth 9, auc 0.9"
    assert row(page, "churn 2") == ["9", "0.9"] and row(page, "churn 1, base") == ["5", "0.8"]

    page = pages.get(f"{address}&base=churn:2&x=metrics.auc&y=params.max_depth&equal=1")
    assert "max_depth vs. auc" in page.text
    assert scatter_of(page)[0] == "churn 1: auc 0.8, max_depth 5"
    remove = [a.get("href") for a in page.all("a") if a.get("aria-label") == "Remove churn 1"]
    assert remove and "x=metrics.auc" in remove[0], "other links keep the axes"

    unusable = pages.get(f"{address}&x=params.seed&y=tags.team")
    assert scatter_of(unusable)[2] == "churn 3: max_depth 3, auc 0.7", "what tells nobody apart is no axis"
    assert not any("scatter" in (svg.get("class") or "") for svg in pages.get(address[:-19]).all(SVG + "svg"))


def test_dots_stay_within_the_frame_and_those_without_a_number_are_counted(pages, do, trained):
    for number, loss in enumerate((1.7e308, -1.7e308, math.nan, 0.0)):
        run, _ = trained(0.5 + number / 10, number)
        do(lambda actor, run=run, loss=loss: metrics.put(run, [metrics.Point("loss", loss, 1)]))
    query = "&".join(f"versions=churn:{n}" for n in range(1, 5))
    page = pages.get(f"/compare?{query}&y=metrics.loss")
    assert "without 1 version that lacks one of them" in page.text
    [wide] = [svg for svg in page.all(SVG + "svg") if svg.get("class") == "chart scatter chart-wide"]
    dots = [(float(dot.get("cx")), float(dot.get("cy"))) for dot in wide.iter(SVG + "circle")]
    assert len(dots) == 3 and all(60 < x < 584 and 10 < y < 260 for x, y in dots)
    assert len({y for _x, y in dots}) == 3


def test_the_picture_shows_the_metric_that_was_chosen(pages, trained):
    trained(0.8, 5)
    trained(0.9, 9)
    assert (
        "auc, higher is better, from 0.8 to 0.9"
        in pages.get("/compare?versions=churn:1&versions=churn:2").text
    )
    chosen = pages.get("/compare?versions=churn:1&versions=churn:2&metric=rows")
    assert "rows, from 100 to 100" in chosen.text


@pytest.mark.parametrize(
    "query",
    [
        "nobody:1",
        "churn:99",
        "%F0%9F%9A%80",
        "churn:0",
        "churn:" + "9" * 40,
        ":1",
        "churn:%D9%A1",
        "churn:-1",
    ],
)
def test_what_is_not_there_is_left_out_and_named(pages, trained, query):
    trained(0.8, 5)
    page = pages.get(f"/compare?versions=churn:1&versions={query}")
    assert "Left out:" in page.text and "you don't have access" in page.text
    assert row(page, "auc") == ["0.8"]


def test_what_is_hidden_from_a_person_looks_as_if_it_were_not_there(app, pages, client, do, trained):
    run, _ = trained(0.8, 5)
    do(models.create, "secret")
    trained(0.9, 9, name="secret")
    with app.app_context(), transaction():
        anna = make_account("anna")
        grants.set_on_model("churn", grants.principal_of_account("anna"), Level.READ, actor=Actor("Ada"))
    sign_in(app, client, anna.id)

    page = pages.get("/compare?versions=churn:1&versions=secret:1")

    assert "Left out: secret:1. It doesn't exist, or you don't have access." in page.text
    assert "Version 1" in page.links() and "auc" not in page.text, "nor the run, whose experiment is hidden"
    assert "Nothing to compare yet" in pages.get(f"/compare-runs?runs={run.uuid}").text


def test_nothing_to_compare_says_how_to_choose(pages):
    page = pages.get("/compare")
    assert "Nothing to compare yet" in page.text
    assert "Select runs" in pages.get("/compare-runs").text


def test_too_many_are_refused_in_words(pages):
    query = "&".join(f"versions=churn:{n}" for n in range(1, 30))
    assert "At most 20 versions" in pages.get(f"/compare?{query}", status=400).text


def test_runs_are_compared(pages, do, trained):
    experiment = do(experiments.create, "nightly")
    first, _ = trained(0.8, 5)
    second, _ = trained(0.9, 9, experiment=experiment)

    page = pages.get(f"/compare-runs?runs={first.uuid}&runs={second.uuid}&base={second.uuid}")

    assert row(page, "auc") == ["0.8 −0.1 worse", "0.9 ★ best"]
    assert row(page, "Experiment") == ["Default (changed)", "nightly"]
    assert page.links()["depth 5"] == f"/runs/{first.uuid}"


def test_the_curves_of_a_metric_are_laid_over_each_other(pages, do, trained):
    first, _ = trained(0.8, 5)
    second, _ = trained(0.9, 9)
    assert not pages.get(f"/compare-runs?runs={first.uuid}&runs={second.uuid}").all("figcaption")[1:], (
        "no curves yet"
    )
    for run in (first, second):
        do(lambda actor, run=run: metrics.put(run, [metrics.Point("auc", 0.95, 2, 1)]))

    for address in (
        f"/compare-runs?runs={first.uuid}&runs={second.uuid}",
        "/compare?versions=churn:1&versions=churn:2",
    ):
        page = pages.get(f"{address}&metric=auc")
        [figure] = [figure for figure in page.all("figure") if figure.get("class") == "curve"]
        assert [line.get("points") for line in figure.iter(SVG + "polyline")] == [
            "0.0,160.0 600.0,0.0",
            "0.0,53.3 600.0,0.0",
        ]
        assert len([item for item in figure.iter("li") if item.get("data-run")]) == 2

        page = pages.get(f"{address}&metric=auc&equal=1&log=1&smooth=0.85")
        assert "over steps, log scale, smoothed" in page.text
        for form in page.all("form"):  # each hands on what another says
            names = [one.get("name") for kind in ("input", "select") for one in form.iter(kind)]
            if form.get("method") == "get" and form.get("class") != "search":
                assert {"equal", "log", "smooth", "metric"} <= set(names), names
                assert (
                    len(names) == len(set(names)) + names.count(address[1:].split("?")[1].split("=")[0]) - 1
                )


def test_curves_over_time_begin_together_however_far_apart_their_runs_were(pages, do, trained):
    runs_of = [trained(0.8, depth)[0] for depth in (5, 9)]
    for run, begin in zip(runs_of, (10_000, 90_000_000), strict=True):
        points = [
            metrics.Point("loss", value, begin + 1000 * step, step) for step, value in enumerate((1.0, 0.5))
        ]
        do(lambda actor, run=run, points=points: metrics.put(run, points))

    page = pages.get(f"/compare-runs?runs={runs_of[0].uuid}&runs={runs_of[1].uuid}&metric=loss&axis=time")

    [figure] = [figure for figure in page.all("figure") if figure.get("class") == "curve"]
    assert [line.get("points") for line in figure.iter(SVG + "polyline")] == ["0.0,0.0 600.0,160.0"] * 2


def test_hostile_texts_are_only_text(pages, do, trained):
    run, _ = trained(0.8, 5, description="<script>alert(1)</script>\n<b>x")
    other, _ = trained(0.9, 9)
    do(lambda actor: params.put(run, {"<img src=x>": "<script>1</script>"}))

    page = pages.get("/compare?versions=churn:1&versions=churn:2")

    assert "<img src=x>" in page.text and "<script>1</script>" in page.text
    assert "<script>alert(1)</script>" in page.text


def test_the_number_of_statements_does_not_grow_with_the_versions(app, pages, trained):
    for depth in range(8):
        trained(0.5 + depth / 20, depth)
    with recorded_queries(app) as few:
        pages.get("/compare?versions=churn:1&versions=churn:2")
    with recorded_queries(app) as many:
        pages.get("/compare?" + "&".join(f"versions=churn:{n}" for n in range(1, 9)))
    assert len(many) == len(few) <= 9, many
