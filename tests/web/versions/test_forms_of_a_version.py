"""Move, describe, delete, tag and alias a model version."""

import pytest

from app.activity import timeline
from app.registry import models, versions
from app.stages import transitions

URL = "/models/churn/versions/1"


@pytest.fixture
def churn(do):
    do(models.create, "churn")
    return do(versions.create, "churn", "s3://models/x", description="Old words", tags={"run": "7"})


def test_moving_ends_at_the_version_with_a_message_and_the_comment_is_kept(pages, churn, ask):
    page = pages.send(URL, f"{URL}/stage", stage="Production", comment="Shadow run was fine")
    assert page.flashes == ["Version 1 is now in Production."]
    assert "moved version 1 from None to Production" in page.text
    assert "Shadow run was fine" in page.text
    [moment] = ask(timeline.timeline, version_id=churn.id, limit=1)
    assert (moment.actor, moment.comment) == ("local user", "Shadow run was fine")


def test_the_next_stage_is_offered_first_and_the_present_one_not_at_all(pages, churn, do):
    assert pages.get(URL).form(f"{URL}/stage")["stage"] == "Staging"
    do(transitions.transition, "churn", 1, "Staging")
    page = pages.get(URL)
    assert page.form(f"{URL}/stage")["stage"] == "Production"
    assert 'value="Staging"' not in page.html.split("<select")[1].split("</select")[0]


@pytest.mark.parametrize(("archive", "stage"), [("y", "Archived"), (None, "Production")])
def test_the_others_are_archived_when_asked_and_only_then(pages, churn, do, ask, archive, stage):
    do(versions.create, "churn", "s3://models/x")
    do(transitions.transition, "churn", 2, "Production")
    pages.send(URL, f"{URL}/stage", stage="Production", archive_others=archive)
    assert ask(versions.get, "churn", 2).stage == stage


def test_a_version_that_moved_meanwhile_stays_and_the_page_says_where_it_is_now(pages, churn, do, ask):
    fields = pages.get(URL).form(f"{URL}/stage")
    do(transitions.transition, "churn", 1, "Archived")
    page = pages.post(f"{URL}/stage", {**fields, "stage": "Production", "comment": "kept"}, status=409)
    assert "has since moved to Archived" in page.summary
    assert page.form(f"{URL}/stage")["seen_stage"] == "Archived"
    assert page.form(f"{URL}/stage")["comment"] == "kept"
    assert page.form(f"{URL}/stage")["stage"] == "Production"
    assert ask(versions.get, "churn", 1).stage == "Archived"


@pytest.mark.parametrize(
    ("fields", "error"),
    [
        ({"stage": "Nowhere"}, "There is no stage named Nowhere."),
        ({"stage": ""}, "Choose a stage."),
    ],
)
def test_a_move_that_cannot_be_is_refused_beside_its_field(pages, churn, ask, fields, error):
    page = pages.send(URL, f"{URL}/stage", status=422, **fields)
    assert error in page.error_beside("stage")
    assert ask(versions.get, "churn", 1).stage == "None"


@pytest.mark.parametrize("form", ["stage", "requests/new"])
def test_what_is_archived_makes_no_room_and_the_box_that_asks_for_it_says_so(pages, churn, ask, form):
    page = pages.send(
        URL if form == "stage" else f"{URL}/{form}",
        f"{URL}/{form}",
        status=422,
        stage="Archived",
        archive_others="y",
        comment="kept",
    )
    assert "What is in Archived can't be archived this way" in page.error_beside("archive_others")
    assert page.form(f"{URL}/{form}")["comment"] == "kept"
    assert ask(versions.get, "churn", 1).stage == "None"


def test_describing_replaces_the_description(pages, churn, ask):
    page = pages.send(f"{URL}/description", description="New words")
    assert page.flashes == ["Description saved."]
    assert ask(versions.get, "churn", 1).description == "New words"


def test_a_description_edited_by_two_shows_both_texts(pages, churn, do):
    fields = pages.get(f"{URL}/description").form(f"{URL}/description")
    do(versions.describe, "churn", 1, "Her words")
    page = pages.post(f"{URL}/description", {**fields, "description": "My words"}, status=409)
    assert "Her words" in page.text
    assert page.form(f"{URL}/description")["description"] == "My words"


def test_deleting_wants_the_models_name_typed_and_ends_where_it_is_undone(pages, churn, ask):
    page = pages.send(f"{URL}/delete", status=422, confirm="version 1")
    assert "Enter “churn”" in page.error_beside("confirm")
    page = pages.send(f"{URL}/delete", confirm="churn")
    assert page.h1 == "Deleted versions of churn"
    assert page.flashes == ["Version 1 deleted. You can restore it here."]
    pages.get(URL, status=404)


def test_a_tag_is_set_and_removed(pages, churn, ask):
    pages.send(URL, f"{URL}/tags", key="a/b:c", value="")
    assert ask(versions.get, "churn", 1).tags == {"a/b:c": "", "run": "7"}
    fields = pages.get(URL).form(f"{URL}/tags/remove")
    pages.post(f"{URL}/tags/remove", {**fields, "key": "a/b:c"})
    assert ask(versions.get, "churn", 1).tags == {"run": "7"}


def test_a_tag_without_key_is_refused(pages, churn):
    assert "Give a key." in pages.send(URL, f"{URL}/tags", status=422, key=" ", value="v").error_beside("key")


def test_an_alias_is_pointed_here_and_removed_from_here(pages, churn, ask):
    page = pages.send(URL, f"{URL}/aliases", alias="champion")
    assert page.flashes == ["@champion is set to version 1."]
    pages.send(URL, f"{URL}/tags", key="run", value="8")
    assert pages.send(URL, f"{URL}/tags", key="run", value="9").flashes == [
        "Tag run set. Its value was “8”; set it again to undo this."
    ]
    fields = page.form("/models/churn/aliases/remove")
    page = pages.post("/models/churn/aliases/remove", {**fields, "alias": "champion"})
    assert page.h1 == "Version 1 of churn"
    assert ask(versions.get, "churn", 1).aliases == []


def test_an_alias_that_cannot_be_is_refused_beside_its_field(pages, churn):
    assert "reserved" in pages.send(URL, f"{URL}/aliases", status=422, alias="latest").error_beside("alias")


@pytest.mark.parametrize("action", ["stage", "description", "delete", "tags", "aliases"])
def test_every_form_has_a_page_of_its_own(pages, churn, action):
    assert "churn" in pages.get(f"{URL}/{action}").h1


@pytest.mark.parametrize("action", ["stage", "description", "delete", "tags", "tags/remove", "aliases"])
def test_a_form_without_its_token_changes_nothing(pages, churn, ask, action):
    fields = {"stage": "Production", "description": "x", "confirm": "churn", "key": "run", "alias": "a"}
    pages.post(f"{URL}/{action}", fields, status=400)
    row = ask(versions.get, "churn", 1)
    assert (row.stage, row.description, row.tags, row.aliases) == ("None", "Old words", {"run": "7"}, [])


@pytest.mark.parametrize("number", ["2", "0", "99999999999999999999999"])
def test_a_number_that_is_no_versions_is_not_there(pages, churn, number):
    pages.get(f"/models/churn/versions/{number}", status=404)


def test_two_texts_can_be_put_together_before_they_are_saved(pages, churn, do, ask):
    fields = pages.get(f"{URL}/description").form(f"{URL}/description")
    do(versions.describe, "churn", 1, "Her words")
    stale = pages.post(f"{URL}/description", {**fields, "description": "My words"}, status=409)
    both = pages.post(f"{URL}/description", {**stale.form(f"{URL}/description"), "merge": "both"}, status=200)
    merged = both.form(f"{URL}/description")
    assert merged["description"] == "Her words\n\nMy words"
    assert ask(versions.get, "churn", 1).description == "Her words"
    pages.post(f"{URL}/description", merged)
    assert ask(versions.get, "churn", 1).description == "Her words\n\nMy words"
