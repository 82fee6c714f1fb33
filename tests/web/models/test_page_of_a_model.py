"""`/models/<name>`."""

import pytest

from app.registry import aliases, models, versions
from app.stages import transitions
from app.tracking import experiments
from tests.support.queries import recorded_queries

NAMES = [
    "churn",
    "a b",
    "a+b",
    "a%20b",
    "100%",
    "what?",
    "no#1",
    "x&y=z;k",
    "Ünïcode",
    "模型",
    "🚀",
    "حامل",
    'it\'s "quoted"',
    "new",
    "versions",
    "<b>bold&amp;",
    "back\\slash",
    "semi;colon",
    "a" * 256,
]


@pytest.mark.parametrize("name", NAMES)
def test_any_legal_name_leads_to_its_own_page(pages, do, name):
    do(models.create, name)
    do(versions.create, name, "s3://models/x")
    address = pages.get("/models").links()[" ".join(name.split())]
    page = pages.get(address)
    assert page.h1 == name
    version = pages.get(page.links()["Version 1"])
    assert version.h1 == f"Version 1 of {name}"
    assert version.links()[name] == address


def test_names_that_differ_by_spaces_alone_are_told_apart(pages, do):
    for name in ("churn", "churn ", " churn", "<b>  x"):
        do(models.create, name)
    links = pages.get("/models").links()
    assert links["churn"] == "/models/churn"
    assert links["churn␣"] == "/models/churn%20"
    assert links["␣churn"] == "/models/%20churn"
    assert pages.get(links["churn␣"]).h1 == "churn␣"
    assert pages.get(links["<b> ␣x"]).h1 == "<b> ␣x"


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("ace", "ace"),
        ("\u0430\u0441\u0435", "\u0430\u0441\u0435 (Cyrillic)"),
        ("ΑΒΕ-model", "ΑΒΕ-model (Greek)"),
        ("модель", "модель"),
        ("chu\u200brn", "chu[U+200B]rn"),
        ("churn\u2800", "churn[U+2800]"),
        ("a\u202eb", "a[U+202E]b"),
        ("chu\u00a0rn", "chu␣rn"),
        ("👩\u200d💻", "👩\u200d💻"),
    ],
)
def test_a_name_that_looks_like_another_says_what_it_is(pages, do, name, shown):
    experiment = do(experiments.create, name)
    assert pages.get("/experiments").links()[shown] == f"/experiments/{experiment}"
    assert pages.get(f"/experiments/{experiment}").h1 == shown


def test_it_shows_the_description_as_markdown(pages, do):
    do(models.create, "churn", description="Leaves within **30 days**.")
    assert "<strong>30 days</strong>" in pages.get("/models/churn").html


def test_a_model_without_versions_shows_the_line_that_registers_one(pages, do):
    do(models.create, 'say "hi"')
    assert r'register_model("runs:/<run_id>/model", "say \"hi\"")' in pages.get('/models/say "hi"').text


def test_the_lanes_show_what_is_where_since_when_and_by_whom(pages, do):
    do(models.create, "churn")
    for _ in range(2):
        do(versions.create, "churn", "s3://models/x")
    do(transitions.transition, "churn", 1, "Production")
    page = pages.get("/models/churn")
    assert "Production Version 1 since just now by Ada" in page.text
    assert "None Version 2 since just now by Ada" in page.text
    assert "Staging Nothing" in page.text


def test_versions_come_newest_first_a_page_at_a_time(pages, do):
    do(models.create, "churn")
    for _ in range(30):
        do(versions.create, "churn", "s3://models/x")
    first = pages.get("/models/churn")
    second = pages.get(first.links()["Next page"])
    assert "Version 6" in first.links()
    assert "/versions/5" not in first.html
    assert "Version 5" in second.links()
    assert second.links()["First page"] == "/models/churn#versions-title"


@pytest.mark.parametrize(
    "query", ["below=0", "below=-3", "below=x", "below=" + "9" * 40, "before=x", "before=" + "9" * 40]
)
def test_numbers_in_the_address_that_mean_nothing_are_passed_over(pages, do, query):
    do(models.create, "churn")
    do(versions.create, "churn", "s3://models/x")
    assert pages.get(f"/models/churn?{query}").h1 == "churn"


def test_the_history_tells_who_did_what_and_goes_back_page_by_page(pages, do):
    do(models.create, "churn")
    do(versions.create, "churn", "s3://models/x")
    do(transitions.transition, "churn", 1, "Staging", comment="Looks <b>good</b>")
    do(aliases.set_alias, "churn", "champion", 1)
    page = pages.get("/models/churn")
    assert "Ada set alias @champion to version 1" in page.text
    assert "Ada moved version 1 from None to Staging" in page.text
    assert "Looks <b>good</b>" in page.text
    for number in range(20):
        do(models.set_tag, "churn", f"key{number}", "value")
    older = pages.get(pages.get("/models/churn?stage=Staging&metric=auc").links()["Older"])
    assert "Ada set tag key5 to value" in older.text
    assert "key15 to" not in older.text
    newest = older.links()["Newest"]
    assert newest == "/models/churn?stage=Staging&metric=auc#history-title", "and keeps the rest of the page"


def test_the_number_of_statements_does_not_grow_with_the_versions(app, pages, do):
    do(models.create, "churn")
    do(versions.create, "churn", "s3://models/x", tags={"a": "b"})
    with recorded_queries(app) as few:
        pages.get("/models/churn")
    for _ in range(15):
        do(versions.create, "churn", "s3://models/x", tags={"a": "b"})
    with recorded_queries(app) as many:
        pages.get("/models/churn")
    assert len(many) == len(few) <= 14, many


def test_a_model_that_is_not_there_is_a_page_that_says_so(pages):
    page = pages.get("/models/nobody", status=404)
    assert "There is no model named nobody." in page.text


def test_a_deleted_model_is_not_there(pages, do):
    do(models.create, "churn")
    do(models.delete, "churn")
    pages.get("/models/churn", status=404)
    assert "churn" not in pages.get("/models").links()
