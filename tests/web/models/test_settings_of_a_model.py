"""`/models/<name>/settings`, archiving, and bringing back what was deleted."""

import pytest

from app.registry import models, versions
from app.stages import transitions
from tests.factories.accounts import sign_in
from tests.support.pages import inspect
from tests.support.queries import recorded_queries
from tests.support.team import make_team


@pytest.fixture
def churn(do):
    model = do(models.create, "churn", description="Who *leaves*.")
    do(versions.create, "churn", "s3://models/x")
    return model


def restore(model) -> str:
    return f"/deleted-models/{model.id}/restore"


def test_the_settings_rename_and_lead_to_deleting(pages, churn):
    page = pages.get("/models/churn").links()["All settings"]
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
    do(models.delete, "churn")
    page = pages.get("/deleted-models")
    assert "churn" in page.text and "Who leaves." in page.text
    back = pages.send("/deleted-models", restore(churn))
    assert back.flashes == ["Model churn restored."]
    assert back.h1 == "churn"
    assert "Version 1" in back.links()
    assert "restored the model" in back.text
    assert "No deleted models" in pages.get("/deleted-models").text


def test_while_its_name_is_taken_the_page_says_what_to_do(pages, churn, do):
    do(models.delete, "churn")
    do(models.create, "churn")
    page = pages.send("/deleted-models", restore(churn), status=409)
    assert "Rename or delete that one first" in page.summary
    assert "churn" in page.text


def test_two_who_bring_back_the_same_model(pages, churn, do):
    do(models.delete, "churn")
    fields = pages.get("/deleted-models").form(restore(churn))
    pages.post(restore(churn), fields)
    pages.post(restore(churn), fields, status=404)


def test_the_list_takes_one_statement_however_long(app, pages, do):
    def some(names):
        for name in names:
            do(models.create, name)
            do(models.delete, name)
        with recorded_queries(app) as statements:
            pages.get("/deleted-models")
        return len(statements)

    assert some(["a"]) == some("bcdefg") <= 3


DELETED = "/models/churn/deleted-versions"


def test_a_deleted_version_is_brought_back_from_the_list_or_from_its_own_address(pages, churn, do):
    do(transitions.transition, "churn", 1, "Production")
    listed = pages.send("/models/churn/versions/1/delete", confirm="churn")
    assert listed.flashes == ["Version 1 deleted. You can restore it here."]
    assert "Version 1 Production Ada" in listed.text
    assert pages.get("/models/churn/settings").links()["Deleted versions"] == DELETED
    back = pages.send(DELETED, "/models/churn/versions/1/restore")
    assert back.flashes == ["Version 1 restored, in None and without aliases."]
    assert back.h1 == "Version 1 of churn" and "restored version 1" in back.text
    assert "No deleted versions" in pages.get(DELETED).text

    do(versions.delete, "churn", 1)
    gone = pages.get("/models/churn/versions/1", status=404)
    assert gone.h1 == "Version 1 was deleted"
    action = "/models/churn/versions/1/restore"
    fields = gone.form(action)
    assert pages.post(action, fields).h1 == "Version 1 of churn"
    late = pages.post(action, fields, status=409)
    assert "Someone may have restored it" in late.summary
    pages.get("/models/churn/versions/2", status=404)


def test_all_versions_are_archived_by_one_form(pages, churn, do, ask):
    do(versions.create, "churn", "s3://models/x")
    do(transitions.transition, "churn", 1, "Staging")
    page = pages.get("/models/churn/archive")
    assert "from None: version 2 from Staging: version 1" in page.text
    archived = pages.send("/models/churn/archive", comment="The contract *ended*.")
    assert archived.flashes == ["2 versions of churn archived."]
    assert "moved version 1 from Staging to Archived" in archived.text
    assert {row.stage for row in ask(versions.of_model, "churn")[0]} == {"Archived"}
    assert "is in Archived already" in pages.get("/models/churn/archive").text


def test_what_is_in_the_way_of_archiving_is_said_instead_of_the_form(pages, app):
    team = make_team(app)
    team.do("meg", transitions.transition, "churn", 2, "Production")
    sign_in(app, pages.client, team.ids["sven"])
    page = pages.get("/models/churn/archive")
    assert "You can't move version 2 from Production to Archived without a request." in page.text
    assert "Archive 3 versions" not in page.text
    refused = pages.client.post("/models/churn/archive", data={"csrf_token": pages.token()})
    assert refused.status_code == 403
    assert "Nothing was archived." in inspect(refused, "archive").text
    sign_in(app, pages.client, team.ids["rita"])
    pages.get("/models/churn/archive", status=403)
    assert "Archive" not in pages.get("/models/churn").links()


def test_the_lists_take_the_same_statements_however_long(app, pages, churn, do):
    def counted(url: str) -> int:
        with recorded_queries(app) as statements:
            pages.get(url)
        return len(statements)

    do(versions.delete, "churn", 1)
    do(versions.create, "churn", "s3://models/x")
    few = [counted(DELETED), counted("/models/churn/archive"), counted("/")]
    for number in range(3, 9):
        do(versions.create, "churn", "s3://models/x")
        do(versions.create, "churn", "s3://models/x")
        do(versions.delete, "churn", number)
    assert [counted(DELETED), counted("/models/churn/archive"), counted("/")] == few
