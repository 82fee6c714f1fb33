"""The page on how to search says what searches take, since both read the same fields."""

from urllib.parse import urlencode

import pytest

from app.registry import models, versions
from app.tracking import experiments, runs
from app.web.site import search_help

SECTIONS = {section.id: section for section in search_help.SECTIONS}
SAMPLES = {"text": "'a'", "a whole number": "7", "a number": "0.5", "a time": "'2026-01-31'"}


@pytest.fixture
def lists(do) -> dict[str, str]:
    """The lists that can be searched, each with something in it."""
    do(models.create, "churn")
    do(versions.create, "churn", "s3://models/churn")
    experiment = do(experiments.create, "training")
    do(runs.create, experiment)
    return {
        "models": "/models",
        "versions": "/models/churn",
        "runs": f"/experiments/{experiment}",
        "experiments": "/experiments",
    }


@pytest.mark.parametrize("section", SECTIONS)
def test_every_example_and_every_comparison_that_it_lists_can_be_searched_for(pages, lists, section):
    every_field = " OR ".join(_conditions(SECTIONS[section]))
    for filter in [*SECTIONS[section].examples, every_field]:
        pages.get(f"{lists[section]}?{urlencode({'q': filter})}")  # 200: a filter that is wrong is 400
    pages.get(f"{lists[section]}?{urlencode({'q': every_field + ' OR nothing_like_it = 1'})}", 400)


def _conditions(section):
    for field in search_help.fields(section):
        sample = SAMPLES.get(field.holds, "'0'")
        for operator in field.comparators:
            value = "" if "NULL" in operator else f"({sample})" if operator in ("IN", "NOT IN") else sample
            yield f"{field.name.replace('<key>', '`some key`')} {operator} {value}"


def test_it_lists_every_field_and_what_it_says_of_them_is_about_fields_that_are_there(pages):
    text = pages.get("/help/search").text
    for section in search_help.SECTIONS:
        names = {field.name for field in search_help.fields(section)}
        assert [name for name in names if name not in text] == []
        assert set(section.notes) <= names


@pytest.mark.parametrize("section", SECTIONS)
def test_each_list_leads_to_its_part_of_the_page(pages, lists, section):
    assert pages.get(lists[section]).links()["How to search"] == f"/help/search#{section}"
    assert section in [title.get("id") for title in pages.get("/help/search").all("h2")]
