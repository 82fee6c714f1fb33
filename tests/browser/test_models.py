"""What a person does with a model: make, describe, tag, name, rename and delete it, all by forms."""

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser

MARKDOWN = "Now **bold**, with a list:\n\n- one\n- [two](https://example.com/two)\n"
HOSTILE = """\
<script>document.title = "taken"</script>
<img src="nowhere.png" onerror="document.title = 'taken'">
<a href="javascript:document.title='taken'">raw</a>
[link](javascript:document.title='taken') [entity](&#106;avascript:document.title='taken')
<svg onload="document.title='taken'"></svg>
<form action="https://example.com"><button formaction="https://example.com">Sign in</button></form>
<style>body { display: none }</style> <p style="position:fixed" onmouseover="document.title='taken'">over</p>
<iframe src="https://example.com"></iframe>
"""


def test_a_model_is_made_by_the_form(visitor, library):
    name = f"made by hand {visitor.javascript}"
    visitor.open("/models")
    visitor.follow("New model")
    visitor.page.get_by_label("Name", exact=True).fill(name)
    visitor.page.get_by_label("Description", exact=True).fill("By *hand*.")
    visitor.press("Create model")

    assert visitor.flash == f"Model {name} created."
    assert visitor.page.get_by_role("heading", level=1).inner_text() == name
    assert visitor.page.locator(".card em").inner_text() == "hand"
    made = library.call("GET", "registered-models/get", name=name)["registered_model"]
    assert made["description"] == "By *hand*."


@pytest.mark.parametrize("name", ["", "a/b", "x" * 300])
def test_a_name_that_cannot_be_is_refused_beside_the_field_and_on_top(visitor, name):
    visitor.open("/new-model")
    visitor.page.get_by_label("Name", exact=True).fill(name)
    visitor.page.get_by_label("Description", exact=True).fill("Not to be lost.")
    visitor.press("Create model", 422)

    beside = visitor.page.locator(".field-error")
    assert beside.count() == 1
    assert beside.inner_text() in visitor.page.get_by_role("alert").inner_text()
    assert visitor.page.get_by_label("Name", exact=True).input_value() == name
    assert visitor.page.get_by_label("Name", exact=True).get_attribute("aria-invalid") == "true"
    assert visitor.page.get_by_label("Description", exact=True).input_value() == "Not to be lost."


def test_a_name_that_is_taken_is_refused_beside_the_field(visitor, model):
    visitor.open("/new-model")
    visitor.page.get_by_label("Name", exact=True).fill(model)
    visitor.press("Create model", 422)

    assert model in visitor.page.locator(".field-wrong .field-error").inner_text()
    visitor.page.get_by_role("alert").get_by_role("link", name="Name").click()
    assert visitor.page.get_by_label("Name", exact=True).evaluate("e => e === document.activeElement")


def test_a_description_is_edited_as_markdown_and_shown_rendered(visitor, model):
    visitor.open(f"/models/{model}")
    visitor.follow(visitor.page.get_by_role("region", name="Description").get_by_role("link", name="Edit"))
    assert visitor.page.get_by_label("Description", exact=True).input_value() == "Begun *here*."
    visitor.page.get_by_label("Description", exact=True).fill(MARKDOWN)
    visitor.press("Save description")

    assert visitor.flash == "Description saved."
    card = visitor.page.locator(".card")
    assert card.locator("strong").inner_text() == "bold"
    assert card.get_by_role("link", name="two").get_attribute("href") == "https://example.com/two"
    assert "description" in visitor.page.get_by_role("region", name="History").inner_text()


def test_a_hostile_description_does_nothing(visitor, model):
    visitor.open(f"/models/{model}/description")
    visitor.page.get_by_label("Description", exact=True).fill(HOSTILE)
    visitor.press("Save description")

    card = visitor.page.locator(".card")
    for link in card.get_by_role("link").all():
        assert link.get_attribute("href").startswith(("http", "mailto")), link.evaluate("e => e.outerHTML")
    assert (
        card.locator("script, img, svg, form, button, style, iframe, [style], [onerror], [onload]").count()
        == 0
    )
    if card.get_by_text("over").count():
        card.get_by_text("over").first.hover()
    assert visitor.page.title().startswith(model)
    assert visitor.path == f"/models/{model}"


def test_a_star_is_put_and_taken_away(visitor, model):
    page = visitor.open(f"/models?q={model}&size=200")
    for starred in (True, False):
        page.get_by_role("button", name=f"Star {model}").click()
        expect(page.get_by_role("button", name=f"Star {model}", pressed=starred)).to_be_visible()
        visitor.arrive()
        assert visitor.open("/models?starred=1").get_by_role("link", name=model).count() == starred
        visitor.open(f"/models?q={model}")


def test_a_star_leaves_a_person_where_they_are_in_a_long_list(visit, gallery):
    page = visit().open("/models?size=200&sort=-updated")
    star = page.get_by_role("button", name="Star churn-classifier")
    star.scroll_into_view_if_needed()
    where = page.evaluate("scrollY")
    assert where > 0
    star.click()
    expect(page.get_by_role("button", name="Star churn-classifier", pressed=True)).to_be_visible()
    assert page.evaluate("scrollY") == where
    star.click()
    expect(page.get_by_role("button", name="Star churn-classifier", pressed=False)).to_be_visible()


def test_two_people_who_edit_one_description_both_keep_their_text(visit, model):
    first, second = visit(), visit(javascript=False)
    for person in (first, second):
        person.open(f"/models/{model}/description")
    first.page.get_by_label("Description", exact=True).fill("The first one's text.")
    first.press("Save description")
    second.page.get_by_label("Description", exact=True).fill("The second one's text.")
    second.press("Save description", 409)

    assert "The first one's text." in second.page.get_by_role("region", name="as it is now").inner_text()
    assert second.page.get_by_label("Description", exact=True).input_value() == "The second one's text."

    second.press("Save description")
    assert second.page.locator(".card").inner_text() == "The second one's text."


def test_a_tag_is_set_and_removed(visitor, model):
    visitor.open(f"/models/{model}")
    visitor.unfold("Set a tag")
    visitor.page.get_by_label("Key", exact=True).fill("reviewed by")
    visitor.page.get_by_label("Value", exact=True).fill("Ada & Grace <3")
    visitor.press("Set tag")
    assert visitor.flash == "Tag reviewed by set."
    tags = visitor.page.get_by_role("region", name="Tags")
    assert "Ada & Grace <3" in tags.inner_text()

    visitor.press("Remove tag reviewed by")
    assert visitor.flash.startswith("Tag reviewed by removed. Its value was “Ada & Grace <3”")
    assert "reviewed by" not in tags.inner_text()
    assert "risk" in tags.inner_text(), "the other tag stays"


def test_a_tag_without_a_key_is_refused_with_its_value_kept(visitor, model):
    visitor.open(f"/models/{model}")
    visitor.unfold("Set a tag")
    visitor.page.get_by_label("Value", exact=True).fill("typed with care")
    visitor.press("Set tag", 422)

    assert "Give a key." in visitor.page.get_by_role("alert").inner_text()
    assert visitor.page.get_by_label("Value", exact=True).input_value() == "typed with care"


def test_an_alias_is_set_moved_and_removed(visitor, model, library):
    for version in ("1", "2"):
        visitor.open(f"/models/{model}")
        visitor.unfold("Set an alias")
        visitor.page.get_by_label("Alias", exact=True).fill("champion")
        visitor.page.get_by_label("Version", exact=True).fill(version)
        visitor.press("Set alias")
        assert visitor.flash.startswith(f"@champion is set to version {version}.")
        assert library.version_row(model, version)["aliases"] == ["champion"]

    visitor.press("Remove alias champion")
    assert visitor.flash.startswith("@champion removed. It was set to version 2")
    assert (
        "aliases" not in library.version_row(model, "2") or library.version_row(model, "2")["aliases"] == []
    )


def test_an_alias_for_a_version_that_is_not_there_is_refused_beside_its_field(visitor, model):
    visitor.open(f"/models/{model}")
    visitor.unfold("Set an alias")
    visitor.page.get_by_label("Alias", exact=True).fill("champion")
    visitor.page.get_by_label("Version", exact=True).fill("99")
    visitor.press("Set alias", 422)

    assert visitor.page.locator(".field-wrong").get_by_label("Version", exact=True).input_value() == "99"
    assert visitor.page.get_by_label("Alias", exact=True).input_value() == "champion"


def test_a_renamed_model_is_led_to_from_its_old_address(visitor, model):
    visitor.open(f"/models/{model}")
    visitor.follow("Rename")
    visitor.page.get_by_label("New name", exact=True).fill(f"{model} renamed")
    visitor.press("Rename")

    assert visitor.flash == f"{model} is now called {model} renamed."
    assert visitor.path == f"/models/{model}%20renamed"
    visitor.open(f"/models/{model}%20renamed/versions/3")
    visitor.open(f"/models/{model}")
    assert visitor.path == f"/models/{model}%20renamed"


def test_a_model_is_deleted_only_with_its_name_typed(visitor, model):
    visitor.open(f"/models/{model}")
    visitor.follow("Delete")
    visitor.page.get_by_label("Enter the name to confirm").fill("not its name")
    visitor.press("Delete model", 422)
    assert visitor.page.get_by_label("Enter the name to confirm").input_value() == "not its name"
    assert model in visitor.page.locator(".field-error").inner_text()

    visitor.page.get_by_label("Enter the name to confirm").fill(model)
    visitor.press("Delete model")
    assert visitor.path == "/deleted-models"
    assert visitor.flash.startswith(f"Model {model} and its versions deleted.")
    visitor.open(f"/models/{model}", 404)


def test_a_deleted_model_is_brought_back(visitor, model, library):
    library.call("DELETE", "registered-models/delete", name=model)
    visitor.open("/models")
    visitor.follow("Deleted models")
    visitor.press(f"Restore {model}")

    assert visitor.flash == f"Model {model} restored."
    assert visitor.path == f"/models/{model}"
    assert library.version_row(model, 1)["current_stage"] == "Production"
