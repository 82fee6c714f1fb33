"""`/` and `/models`."""

import pytest

from app.registry import aliases, registered_models, stages, versions
from tests.support.queries import recorded_queries
from tests.web.conftest import ADA


@pytest.fixture
def churn(do):
    do(registered_models.create, "churn", description="# Who leaves\n\nWithin **30 days**.")
    for _ in range(3):
        do(versions.create, "churn", "s3://models/churn")
    do(stages.transition, "churn", 1, "Archived")
    do(stages.transition, "churn", 2, "Production")
    do(aliases.set_alias, "churn", "champion", 2)
    do(registered_models.set_tag, "churn", "team", "risk")


@pytest.mark.parametrize("url", ["/", "/models"])
def test_it_lists_models_with_what_they_are_and_where_they_stand(pages, churn, url):
    page = pages.get(url)
    assert page.title == "Models · Greenroom"
    for part in (
        "churn",
        "Who leaves",
        "Production v2",
        "Archived v1",
        "None v3",
        "@champion v2",
        "team",
        "risk",
        "Ada",
    ):
        assert part in page.text
    assert page.links()["churn"] == "/models/churn"
    assert page.links()["Production v2"] == "/models/churn/versions/2"


def test_an_empty_registry_shows_the_lines_that_fill_it(pages):
    page = pages.get("/models")
    assert 'registered_model_name="churn"' in page.text
    assert 'set_tracking_uri("http://localhost")' in page.text
    assert page.links()["make an empty one"] == "/new-model"


def test_words_find_models_by_name_description_and_tag_whatever_the_case(pages, churn, do):
    do(registered_models.create, "pricing")
    for words in ("CHUR", "leaves", "risk", "who churn"):
        page = pages.get(f"/models?q={words}")
        assert "churn" in page.links()
        assert "pricing" not in page.links()


def test_a_filter_is_taken_as_one(pages, churn, do):
    do(registered_models.create, "pricing")
    assert "pricing" not in pages.get("/models?q=tags.team+%3D+'risk'").links()
    assert "churn" not in pages.get("/models?q=name+LIKE+'pri%25'").links()


def test_a_search_that_finds_nothing_says_so(pages, churn):
    page = pages.get("/models?q=unheard-of")
    assert "No model fits" in page.text
    assert page.links()["All models"] == "/models"


def test_what_is_wrong_with_a_filter_stands_under_the_box_and_the_text_stays(pages, churn):
    page = pages.get("/models?q=name+%3D", status=400)
    assert "expected" in page.error_beside("q")
    assert 'value="name ="' in page.html


def test_a_page_token_that_is_none_of_ours_is_refused(pages, churn):
    assert "page_token" in pages.get("/models?page_token=abc", status=400).error_beside("q")


def test_pages_follow_one_another_and_keep_the_search(pages, do):
    for number in range(60):
        do(registered_models.create, f"model {number:02}")
    do(registered_models.create, "other")
    first = pages.get("/models?q=model")
    second = pages.get(first.links()["Next page"])
    names = [name for page in (first, second) for name in page.links() if name.startswith("model ")]
    assert len(names) == len(set(names)) == 60
    assert "other" not in second.links()
    assert "Next page" not in second.links()
    assert second.links()["First page"] == "/models?q=model"


def test_the_number_of_statements_does_not_grow_with_the_list(app, pages, churn, do):
    with recorded_queries(app) as few:
        pages.get("/models")
    for number in range(20):
        name = f"model {number}"
        do(registered_models.create, name, tags={"a": "b"})
        do(versions.create, name, "s3://models/x")
    with recorded_queries(app) as many:
        pages.get("/models")
    assert len(many) == len(few) <= 8, many


def test_personal_mode_says_who_does_everything(pages):
    assert "Personal mode: everything here is done by the local user." in pages.get("/models").html


def test_what_is_done_in_a_browser_is_done_by_the_local_user(pages, do, ask):
    assert ADA.name != "local user"
    pages.send("/new-model", name="mine")
    assert ask(registered_models.get, "mine").created_by == "local user"
