"""Create, describe, rename, delete, tag and alias a registered model."""

import pytest

from app.registry import aliases, models, versions


@pytest.fixture
def churn(do):
    return do(models.create, "churn", description="Old words", tags={"team": "risk"})


def test_creating_ends_at_the_new_model_with_a_message(pages, ask):
    page = pages.send("/new-model", name="churn", description="Who\r\nleaves")
    assert page.h1 == "churn"
    assert page.flashes == ["Model churn created."]
    assert ask(models.get, "churn").description == "Who\nleaves"


@pytest.mark.parametrize(
    ("name", "error"),
    [
        ("", "Give a name."),
        ("   ", "Give a name."),
        ("a/b", "cannot contain"),
        ("churn", "is called churn."),
        ("x" * 257, "can have at most"),
        ("a\u202eb", "invisible"),
    ],
)
def test_a_name_that_cannot_be_is_refused_beside_its_field_and_nothing_typed_is_lost(
    pages, churn, name, error
):
    page = pages.send("/new-model", "/new-model", status=422, name=name, description="My long text")
    assert error in page.error_beside("name")
    assert error in page.summary
    assert page.form("/new-model")["description"] == "My long text"
    assert page.form("/new-model")["name"] == name


def test_describing_replaces_the_description(pages, churn, ask):
    assert (
        pages.get("/models/churn/description").form("/models/churn/description")["description"] == "Old words"
    )
    page = pages.send("/models/churn/description", description="New\r\nwords")
    assert page.flashes == ["Description saved."]
    assert ask(models.get, "churn").description == "New\nwords"


def test_a_description_edited_by_two_shows_both_texts_and_saves_neither(pages, churn, do, ask):
    url = "/models/churn/description"
    mine = pages.get(url).form(url)
    do(models.describe, "churn", "Her words")
    page = pages.post(url, {**mine, "description": "My words"}, status=409)
    assert "Her words" in page.text
    assert page.form(url)["description"] == "My words"
    assert "changed this while you were editing" in page.summary
    assert ask(models.get, "churn").description == "Her words"
    pages.post(url, page.form(url))
    assert ask(models.get, "churn").description == "My words"


@pytest.mark.parametrize("old", ["one\r\ntwo", "one\rtwo", "one\ntwo\n", " \n leading", "", None])
def test_line_breaks_that_browsers_change_do_not_count_as_somebody_elses_change(pages, do, ask, old):
    do(models.create, "churn", description=old)
    pages.send("/models/churn/description", description="New words")
    assert ask(models.get, "churn").description == "New words"


def test_a_description_that_is_too_long_comes_back_whole(pages, churn):
    text = "é" * 1_000_001
    response = pages.client.post(
        "/models/churn/description",
        data={
            **pages.get("/models/churn/description").form("/models/churn/description"),
            "description": text,
        },
    )
    assert response.status_code in (413, 422)


def test_renaming_keeps_everything_and_leads_to_the_new_name(pages, churn, ask):
    page = pages.send("/models/churn/rename", new_name="churn monthly?")
    assert page.h1 == "churn monthly?"
    assert page.flashes == ["churn is now called churn monthly?."]
    assert ask(models.get, "churn monthly?").tags == {"team": "risk"}


@pytest.mark.parametrize(
    ("name", "error"),
    [("", "Give the new name."), ("a:b", "cannot contain"), ("taken", "is called taken.")],
)
def test_a_new_name_that_cannot_be_is_refused(pages, churn, do, name, error):
    do(models.create, "taken")
    page = pages.send("/models/churn/rename", status=422, new_name=name)
    assert error in page.error_beside("new_name")


def test_deleting_wants_the_name_typed(pages, churn, ask):
    page = pages.send("/models/churn/delete", status=422, confirm="churm")
    assert "The name doesn't match" in page.error_beside("confirm")
    assert ask(models.get, "churn")


def test_deleting_says_what_will_happen_and_ends_at_the_list(pages, churn, do):
    do(versions.create, "churn", "s3://models/x")
    do(aliases.set_alias, "churn", "champion", 1)
    text = pages.get("/models/churn/delete").text
    assert "All its versions are deleted with it" in text
    assert "1 alias will stop working" in text
    page = pages.send("/models/churn/delete", confirm="churn")
    assert page.h1 == "Deleted models"
    assert page.flashes == ["Model churn and its versions deleted. You can restore them here."]
    assert "churn" not in pages.get("/models").links()


def test_a_tag_is_set_changed_and_removed(pages, churn, ask):
    assert pages.send("/models/churn", "/models/churn/tags", key="team", value="growth").flashes == [
        "Tag team set. Its value was “risk”; set it again to undo this."
    ]
    assert ask(models.get, "churn").tags == {"team": "growth"}
    for value in ("growth", "x" * 4000):
        page = pages.send("/models/churn", "/models/churn/tags", key="new", value=value)
    assert page.flashes == ["Tag new set. Its value was “growth”; set it again to undo this."]
    page = pages.send("/models/churn", "/models/churn/tags", key="new", value="x" * 4000)
    assert page.flashes == ["Tag new set."]
    page = pages.send("/models/churn", "/models/churn/tags", key="new", value="growth")
    assert len(page.flashes[0]) < 400, "so that it fits into a cookie"
    fields = pages.get("/models/churn").form("/models/churn/tags/remove")
    pages.post("/models/churn/tags/remove", {**fields, "key": "new"})
    assert pages.post("/models/churn/tags/remove", {**fields, "key": "team"}).flashes == [
        "Tag team removed. Its value was “growth”; set it again to undo this."
    ]
    assert ask(models.get, "churn").tags == {}


@pytest.mark.parametrize(
    ("key", "error"), [("", "Give a key."), ("a=b", "letters, digits"), ("k" * 251, "can have at most")]
)
def test_a_tag_that_cannot_be_comes_back_on_a_page_of_its_own(pages, churn, key, error):
    page = pages.send("/models/churn", "/models/churn/tags", status=422, key=key, value="kept")
    assert error in page.error_beside("key")
    assert page.form("/models/churn/tags")["value"] == "kept"


def test_an_alias_is_pointed_moved_and_removed(pages, churn, do, ask):
    for _ in range(2):
        do(versions.create, "churn", "s3://models/x")
    url = "/models/churn/aliases"
    assert pages.send("/models/churn", url, alias="champion", version="1").flashes == [
        "@champion is set to version 1."
    ]
    assert pages.send("/models/churn", url, alias="champion", version="2").flashes == [
        "@champion is set to version 2. It was set to version 1; set it again to undo this."
    ]
    assert ask(models.get, "churn").aliases == {"champion": 2}
    fields = pages.get("/models/churn").form(f"{url}/remove")
    assert pages.post(f"{url}/remove", {**fields, "alias": "champion"}).flashes == [
        "@champion removed. It was set to version 2; set it again to undo this."
    ]
    assert ask(models.get, "churn").aliases == {}


@pytest.mark.parametrize(
    ("field", "value", "error"),
    [
        ("alias", "", "Give an alias."),
        ("alias", "v1", "reserved"),
        ("alias", "a b", "letters, digits"),
        ("version", "", "Enter the number"),
        ("version", "x", "Enter the number"),
        ("version", "7", "has no version 7"),
        ("version", "-1", "Enter the number"),
        ("version", "9" * 30, "Enter the number"),
    ],
)
def test_an_alias_that_cannot_be_is_refused_beside_its_field(pages, churn, do, field, value, error):
    do(versions.create, "churn", "s3://models/x")
    fields = {"alias": "champion", "version": "1", field: value}
    page = pages.send("/models/churn", "/models/churn/aliases", status=422, **fields)
    assert error in page.error_beside(field)


def test_removing_an_alias_never_leads_off_the_site(pages, churn, do):
    do(versions.create, "churn", "s3://models/x")
    for target in ("https://evil.example/", "//evil.example", "/\\evil.example", "/\tevil"):
        fields = {"csrf_token": pages.token(), "alias": "champion", "next": target}
        response = pages.client.post("/models/churn/aliases/remove", data=fields)
        assert response.headers["Location"] == "/models/churn"


CHANGES = [
    "/new-model",
    "/models/churn/description",
    "/models/churn/rename",
    "/models/churn/delete",
    "/models/churn/tags",
    "/models/churn/tags/remove",
    "/models/churn/aliases",
    "/models/churn/aliases/remove",
]


@pytest.mark.parametrize("url", CHANGES)
def test_a_form_without_its_token_changes_nothing_and_says_what_to_do(pages, churn, ask, url):
    fields = {
        "name": "x",
        "description": "x",
        "new_name": "x",
        "confirm": "churn",
        "key": "team",
        "value": "x",
    }
    page = pages.post(url, fields, status=400)
    assert "submit the form again" in page.text
    row = ask(models.get, "churn")
    assert (row.description, row.tags) == ("Old words", {"team": "risk"})


def test_the_forms_of_a_model_that_is_not_there_are_not_there_either(pages):
    for action in ("description", "rename", "delete", "tags", "aliases"):
        pages.get(f"/models/nobody/{action}", status=404)
