"""On the page of a model: a metric over its versions, and which of them are shown."""

import pytest

from app.authz.actors import Actor
from app.authz.levels import Level
from app.authz.viewer import acting_as
from app.comparison import metric_series
from app.registry import models, versions
from app.stages import transitions
from app.tracking import experiments, log_batch, runs
from app.tracking.metrics.write import Point
from tests.support.pages import text_of
from tests.support.queries import recorded_queries

AUC = [0.81, 0.84, float("nan"), 0.83]


@pytest.fixture
def churn(do):
    """Four versions whose runs measured `auc`, one of them no number, and a fifth without a run."""
    do(models.create, "churn")
    experiment = do(experiments.create, "training")
    for value in AUC:
        run = do(runs.create, experiment).run.uuid
        do(log_batch.log, run, points=[Point("auc", value, 1), Point("rows", 1000, 1)])
        do(versions.create, "churn", f"runs:/{run}/model", run_uuid=run)
    do(versions.create, "churn", "s3://models/churn", description="By *hand*.")
    do(versions.set_tag, "churn", 5, "origin", "elsewhere")
    do(transitions.transition, "churn", 2, "Production")
    return experiment


SVG = "{http://www.w3.org/2000/svg}"


def drawing(page, kind="wide"):
    return next(
        e for e in page.all(f"{SVG}svg") if {"chart", f"chart-{kind}"} <= set(e.get("class", "").split())
    )


def test_a_metric_is_drawn_over_the_versions_that_have_it(pages, churn):
    page = pages.get("/models/churn?metric=auc")
    for kind in ("wide", "narrow"):
        svg = drawing(page, kind)
        assert svg.get("aria-label") == "auc, by version"
        assert [a.get("href") for a in svg.iter(f"{SVG}a")] == [
            f"/models/churn/versions/{n}" for n in (1, 2, 4)
        ]
        assert [a.get("aria-label") for a in svg.iter(f"{SVG}a")][1] == "Version 2, Production: auc 0.84"
        assert [c.get("class") for c in svg.iter(f"{SVG}circle")] == [
            "mark hue-grey",
            "mark hue-green",
            "mark hue-grey",
        ]


def test_its_numbers_are_a_table_as_well(pages, churn):
    page = pages.get("/models/churn?metric=auc")
    table = next(t for t in page.all("table") if text_of(t.find("caption")) == "auc, by version")
    assert [text_of(row) for row in table.find("tbody").iter("tr")] == ["4 0.83", "2 0.84", "1 0.81"]


def test_another_metric_is_chosen_by_a_form_that_keeps_the_rest(pages, churn):
    page = pages.get("/models/churn?q=origin&metric=rows")
    select = next(s for s in page.all("select") if s.get("name") == "metric")
    assert [o.get("value") for o in select.iter("option") if o.get("selected") is not None] == ["rows"]
    [form] = [f for f in page.all("form") if select in list(f.iter("select"))]
    assert {i.get("name"): i.get("value") for i in form.iter("input")} == {"q": "origin"}


def test_without_a_choice_it_is_the_commonest_metric(pages, churn):
    assert drawing(pages.get("/models/churn")).get("aria-label") == "auc, by version"


def test_the_table_has_the_metric_too(pages, churn):
    page = pages.get("/models/churn?metric=auc")
    table = next(t for t in page.all("table") if text_of(t.find("caption")) == "Versions")
    rows = [text_of(row) for row in table.find("tbody").iter("tr")]
    assert "0.83" in rows[1] and "NaN" in rows[2] and "0.84" in rows[3]


def test_a_metric_that_no_version_has_says_so(pages, churn):
    assert (
        "No version's run has logged a number for nothing." in pages.get("/models/churn?metric=nothing").text
    )


def test_a_model_without_metrics_has_no_chart(pages, do):
    do(models.create, "bare")
    do(versions.create, "bare", "s3://x")
    assert "Metrics by version" not in pages.get("/models/bare").text


def test_a_viewer_without_the_experiment_sees_none_of_its_metrics(app, churn, ask):
    outsider = Actor("eve", account_id=77, models_level=Level.READ)

    def seen():
        with acting_as(outsider):
            return metric_series.of_metric(models.get("churn").id, "auc")

    assert ask(seen) == []
    assert len(ask(lambda: metric_series.of_metric(models.get("churn").id, "auc"))) == len(AUC)


@pytest.mark.parametrize(
    ("asked", "numbers"),
    [
        ("stage=Production", [2]),
        ("q=hand", [5]),
        ("q=tags.origin+%3D+'elsewhere'", [5]),
        ("q=metrics.auc+>+0.82", [4, 2]),
        ("q=metrics.auc+>+0.82&stage=None", [4]),
        ("q=unheard-of", []),
    ],
)
def test_versions_are_found_by_stage_words_and_filters(pages, churn, do, asked, numbers):
    do(models.create, "other")
    do(versions.create, "other", "s3://x", description="By hand.")
    page = pages.get(f"/models/churn?{asked}")
    assert listed(page) == [f"Version {n}" for n in numbers]
    assert ("No matching versions" in page.text) == (not numbers)
    assert page.links()["All versions"].startswith("/models/churn#")


def listed(page) -> list[str]:
    tables = [t for t in page.all("table") if text_of(t.find("caption")) == "Versions"]
    return [text_of(a) for table in tables for a in table.iter("a")]


def test_what_is_wrong_with_a_filter_of_versions_stands_under_its_box(pages, churn):
    page = pages.get("/models/churn?q=metrics.auc+>", status=400)
    assert "expected" in page.error_beside("q")
    assert 'value="metrics.auc &gt;"' in page.html
    assert "Stages" in page.text, "the rest of the page is there"


def test_pages_of_found_versions_keep_the_search(pages, do):
    do(models.create, "churn")
    for number in range(30):
        do(versions.create, "churn", "s3://x", tags={"odd": str(number % 2)})
    for _ in range(30):
        do(versions.create, "churn", "s3://x", tags={"odd": "1"})
    first = pages.get("/models/churn?q=tags.odd+%3D+'1'")
    second = pages.get(first.links()["Next page"])
    numbers = [name for page in (first, second) for name in listed(page)]
    assert len(numbers) == len(set(numbers)) == 45
    assert "Next page" not in second.links()
    assert "q=tags.odd" in second.links()["First page"]


def test_the_page_takes_as_many_statements_however_many_versions(app, pages, churn, do):
    with recorded_queries(app) as few:
        pages.get("/models/churn")
    for _ in range(40):
        run = do(runs.create, churn).run.uuid
        do(log_batch.log, run, points=[Point("auc", 0.5, 1)])
        do(versions.create, "churn", f"runs:/{run}/model", run_uuid=run)
    with recorded_queries(app) as many:
        pages.get("/models/churn")
    assert len(many) == len(few) <= 17, many
