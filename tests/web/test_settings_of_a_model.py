"""`/models/<name>/settings` and `/deleted-models`."""

import pytest

from app.registry import registered_models, versions
from tests.support.queries import recorded_queries


@pytest.fixture
def churn(do):
    model = do(registered_models.create, "churn", description="Who *leaves*.")
    do(versions.create, "churn", "s3://models/x")
    return model


def restore(model) -> str:
    return f"/deleted-models/{model.id}/restore"


def test_the_settings_rename_and_lead_to_deleting(pages, churn):
    page = pages.get("/models/churn").links()["Settings"]
    assert pages.get(page).form("/models/churn/rename")["new_name"] == "churn"
    assert pages.get(page).links()["Delete this model"] == "/models/churn/delete"
    renamed = pages.post(
        "/models/churn/rename", pages.get(page).form("/models/churn/rename") | {"new_name": "left"}
    )
    assert renamed.h1 == "left"


def test_settings_of_what_is_not_there(pages):
    pages.get("/models/nobody/settings", status=404)


def test_a_deleted_model_is_brought_back_by_its_button(pages, churn, do):
    assert pages.get("/models").links()["Deleted models"] == "/deleted-models"
    do(registered_models.delete, "churn")
    page = pages.get("/deleted-models")
    assert "churn" in page.text and "Who leaves." in page.text
    back = pages.send("/deleted-models", restore(churn))
    assert back.flashes == ["Model churn is back."]
    assert back.h1 == "churn"
    assert "Version 1" in back.links()
    assert "brought the model back" in back.text
    assert "No deleted models" in pages.get("/deleted-models").text


def test_while_its_name_is_taken_the_page_says_what_to_do(pages, churn, do):
    do(registered_models.delete, "churn")
    do(registered_models.create, "churn")
    page = pages.send("/deleted-models", restore(churn), status=409)
    assert "Rename or delete that one first" in page.summary
    assert "churn" in page.text


def test_two_who_bring_back_the_same_model(pages, churn, do):
    do(registered_models.delete, "churn")
    fields = pages.get("/deleted-models").form(restore(churn))
    pages.post(restore(churn), fields)
    pages.post(restore(churn), fields, status=404)


def test_the_list_takes_one_statement_however_long(app, pages, do):
    def some(names):
        for name in names:
            do(registered_models.create, name)
            do(registered_models.delete, name)
        with recorded_queries(app) as statements:
            pages.get("/deleted-models")
        return len(statements)

    assert some(["a"]) == some("bcdefg") <= 3
