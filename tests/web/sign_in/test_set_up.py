"""Setting up a team: what the page does, once, and what is so afterwards."""

import base64

import pytest

from app.accounts import accounts
from app.authz.levels import Level
from app.authz.permissions import Area
from app.core.errors import InvalidState
from app.registry import models
from app.sharing import grants, team_setup
from tests.factories.accounts import PASSWORD, make_account

GET = "/api/2.0/mlflow/registered-models/search"


def code_of(client):
    return client.application.settings.set_up_code


def set_up(pages, **fields):
    values = {"code": code_of(pages.client), "name": "anna", "password": PASSWORD, "again": PASSWORD}
    return pages.send("/set-up", **{**values, **fields})


def test_personal_mode_offers_it_at_the_foot_of_every_page(pages):
    page = pages.get("/models")

    assert page.links()["Set up your team"] == "/set-up"
    assert "Personal mode" in page.html
    assert "export MLFLOW_TRACKING_TOKEN" in pages.get("/set-up").text


def test_the_first_administrator_is_made_and_signed_in(pages, client, ask):
    page = set_up(pages, full_name="Anna Arendt")

    assert page.flashes == ["Sign-in is now required. You are signed in as anna."]
    row = ask(accounts.find, "anna")
    assert (row.kind, row.is_admin, row.full_name, row.has_password) == ("user", True, "Anna Arendt", True)
    assert client.get("/models").status_code == 200
    assert "Personal mode" not in client.get("/models").get_data(as_text=True)


def test_whoever_sets_up_is_signed_in_although_the_process_has_just_looked_for_accounts(app, pages):
    app.sign_in.team.LOOK_AGAIN = 0.0

    assert set_up(pages).flashes == ["Sign-in is now required. You are signed in as anna."]


def test_from_then_on_everybody_else_signs_in(app, pages):
    set_up(pages)
    stranger = app.test_client()

    assert stranger.get("/models").status_code == 303
    assert stranger.get(GET).status_code == 401
    header = "Basic " + base64.b64encode(f"anna:{PASSWORD}".encode()).decode()
    assert stranger.get(GET, headers={"Authorization": header}).status_code == 200


def test_afterwards_the_page_leads_to_signing_in_and_its_form_is_refused(app, client, pages):
    fields = {**pages.get("/set-up").form("/set-up"), "code": code_of(client), "name": "eve"}
    fields |= {"password": PASSWORD, "again": PASSWORD}
    set_up(pages)

    for someone, where in ((client, "/"), (app.test_client(), "/sign-in")):
        page = someone.get("/set-up", follow_redirects=True)
        assert page.request.path == where
        assert "This registry already has accounts." in page.text
    fields["csrf_token"] = pages.get("/models").form("/theme")["csrf_token"]
    assert client.post("/set-up", data=fields).status_code == 404


def test_of_two_who_set_up_at_once_the_second_is_refused(pages, client, do, ask):
    """The other worker has not heard of the first account yet; the database has."""
    form = {**pages.get("/set-up").form("/set-up"), "code": code_of(client)}
    do(lambda actor: make_account("ben", is_admin=True))

    answer = client.post("/set-up", data={**form, "name": "eve", "password": PASSWORD, "again": PASSWORD})

    assert answer.status_code == 404
    assert [row.name for row in ask(accounts.search)[0]] == ["ben"]


def test_nobody_sets_up_twice(do):
    do(team_setup.set_up_team, "anna", PASSWORD)
    with pytest.raises(InvalidState):
        do(team_setup.set_up_team, "eve", PASSWORD)


def test_everyone_may_read_everything_if_that_is_said(pages, ask):
    set_up(pages)

    for area in (Area.MODELS, Area.EXPERIMENTS):
        [row] = ask(grants.of_area, area)
        assert (row.principal.kind, row.level) == ("everyone", Level.READ)


def test_nobody_may_if_it_is_not(app, pages, do, ask):
    do(models.create, "churn")
    set_up(pages, everyone_reads=None)

    assert ask(grants.of_area, Area.MODELS) == ask(grants.of_area, Area.EXPERIMENTS) == []


@pytest.mark.parametrize("change", [str.upper, lambda code: f" {code.replace('-', ' ')} "])
def test_the_code_can_be_typed_in_any_way(pages, change):
    assert set_up(pages, code=change(code_of(pages.client))).flashes


def test_a_shell_needs_no_code(do, ask):
    do(team_setup.set_up_team, "anna", PASSWORD)
    assert ask(accounts.find, "anna").administers


@pytest.mark.parametrize(
    ("fields", "field", "words"),
    [
        ({"code": ""}, "code", "Give the set-up code."),
        ({"code": "aaaa-bbbb-cccc"}, "code", "This isn't the set-up code."),
        ({"name": ""}, "name", "Give a name."),
        ({"name": "a b"}, "name", "An account's name has"),
        ({"name": "<script>alert(1)</script>"}, "name", "An account's name has"),
        ({"password": "", "again": ""}, "password", "Give a password."),
        ({"password": "short", "again": "short"}, "password", "at least 12 characters"),
        ({"password": "password1234", "again": "password1234"}, "password", "easy to guess"),
        ({"again": "another"}, "again", "match"),
    ],
)
def test_what_cannot_be_is_said_beside_its_field_and_nothing_happens(
    client, pages, ask, fields, field, words
):
    page = set_up(pages, status=422, **fields)

    assert words in page.error_beside(field)
    assert page.form("/set-up")["name"] == fields.get("name", "anna")
    assert PASSWORD not in page.html
    assert ask(accounts.search)[0] == []
    assert client.get("/models").status_code == 200


def test_without_passwords_there_is_no_form(app, client, pages, ask):
    object.__setattr__(app.settings, "passwords", False)
    page = pages.get("/set-up")

    assert "/set-up" not in [form.get("action") for form in page.all("form")]
    assert "MLFLOW_TRACKING_PASSWORD" not in page.text and "name and password" not in page.text
    client.post(
        "/set-up", data={**page.form("/theme"), "name": "eve", "password": PASSWORD, "again": PASSWORD}
    )
    assert ask(accounts.search)[0] == []


def test_a_form_without_its_token_is_refused(client, ask):
    fields = {"name": "eve", "password": PASSWORD, "again": PASSWORD}

    assert client.post("/set-up", data=fields).status_code == 400
    assert ask(accounts.search)[0] == []
