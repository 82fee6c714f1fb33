"""What people get when something goes wrong: a page that says so, and what to do next."""

import pytest
from sqlalchemy import event
from sqlalchemy.exc import OperationalError

from app.core import errors
from app.db.errors import CommitUnknown
from app.db.transactions import db
from app.http import error_sentences
from app.http.authentication import SESSION_KEY
from app.registry import models
from app.web.site.error_pages import STATUSES
from tests.factories.accounts import sign_in
from tests.support.pages import inspect
from tests.support.team import make_team


@pytest.mark.parametrize(
    ("family", "status"),
    [
        (errors.InvalidParameter, 400),
        (errors.NotFound, 404),
        (errors.AlreadyExists, 409),
        (errors.PermissionDenied, 403),
        (errors.StaleState, 409),
        (errors.InvalidState, 409),
        (errors.TooLarge, 413),
        (errors.NoRoom, 507),
        (errors.OutcomeUnknown, 503),
        (errors.NotOffered, 404),
        (errors.Unavailable, 503),
    ],
)
def test_each_error_of_the_registry_has_its_status_and_says_its_sentence(client, monkeypatch, family, status):
    kind = type("Kind", (family,), {})
    monkeypatch.setitem(error_sentences.COMMON, kind, "So not.")
    monkeypatch.setattr(models, "get", _raising(kind()))
    response = client.get("/models/churn")
    assert response.status_code == status
    page = inspect(response, "/models/churn")
    assert "So not." in page.text
    assert page.links()["All models"] == "/models"


def test_every_error_of_the_registry_has_a_status():
    kinds = {
        kind
        for kind in vars(errors).values()
        if isinstance(kind, type) and issubclass(kind, errors.GreenroomError)
    }
    assert kinds - {errors.GreenroomError} == set(STATUSES)


def test_a_defect_is_a_page_that_tells_nothing_of_the_inside(client, monkeypatch, caplog):
    monkeypatch.setattr(models, "get", _raising(RuntimeError("secret inside")))
    response = client.get("/models/churn")
    page = inspect(response, "/models/churn")
    assert (response.status_code, page.h1) == (500, "Something went wrong on our side")
    assert "secret inside" not in page.html
    assert "secret inside" in caplog.text


def test_a_lost_database_is_a_page_that_says_to_wait(client, monkeypatch):
    monkeypatch.setattr(models, "get", _raising(OperationalError("x", {}, Exception("gone"))))
    response = client.get("/models/churn")
    assert response.status_code == 503
    assert "Wait a minute" in inspect(response, "/models/churn").text


def test_what_could_not_be_kept_is_not_said_to_be_done(app, pages):
    form = pages.get("/new-model").form("/new-model") | {"name": "churn"}

    def fail(_connection):
        raise OperationalError("COMMIT", {}, Exception("gone"))

    with app.app_context():
        event.listen(db.engine, "commit", fail)
        try:
            refused = pages.post("/new-model", form, status=503)
        finally:
            event.remove(db.engine, "commit", fail)
    assert (refused.flashes, pages.get("/models").flashes) == ([], [])


def test_a_form_that_is_too_large_says_so_before_it_is_read(pages):
    page = pages.post("/new-model", {"name": "x" * 5_000_000}, status=413)
    assert "larger than the limit" in page.text


def test_what_is_too_large_for_a_form_is_shown_to_be_copied(pages):
    text = "кредит, " * 50_000  # that a form sends as five times as many bytes
    page = pages.post("/new-model", {"name": "churn", "description": text}, status=413)
    assert [box.text for box in page.all("textarea")] == [text]
    assert "Copy it from here" in page.text and "Submit again" not in page.text


def test_an_address_that_takes_forms_only_says_so(pages):
    page = pages.get("/models/churn/tags/remove", status=405)
    assert page.response.headers["Allow"]
    assert "use the form there" in page.text


@pytest.mark.parametrize(
    "url", ["/nothing", "/models/a/b", "/static/none.css", "/static/../app/config.py", "/models/"]
)
def test_an_unknown_address_is_a_page(pages, url):
    assert pages.get(url, status=404).h1 == "Page not found"


def test_a_foreign_name_of_this_server_is_refused_with_a_page(client):
    response = client.get("/models", headers={"Host": "evil.example"})
    assert response.status_code == 403
    assert "GREENROOM_ALLOWED_HOSTS" in inspect(response, "/models").text


def test_a_form_sent_by_another_site_is_refused_and_changes_nothing(client, pages, ask):
    fields = {"name": "mine", "csrf_token": pages.token()}
    response = client.post("/new-model", data=fields, headers={"Origin": "https://evil.example"})
    assert response.status_code == 403
    assert ask(models.search)[0] == []


def test_an_error_page_that_fails_leaves_a_sentence(client, monkeypatch):
    from app.web.site import navigation

    monkeypatch.setattr(navigation, "AREAS", (("Models", "nowhere", ()),))
    response = client.get("/nothing")
    assert response.status_code == 404
    assert response.content_type.startswith("text/plain")


HERE = {"Origin": "http://localhost"}
TEXT = "# Words\n\nWith <care> & time."


def sent(pages, url: str, status: int, **fields: str):
    """The page that answers a form of ours, as a browser sends it."""
    answer = pages.client.post(url, data=fields, headers=HERE)
    assert answer.status_code == status
    return inspect(answer, url)


def test_a_form_that_was_open_too_long_is_shown_and_sent_again(pages, ask):
    page = sent(pages, "/new-model", 400, csrf_token="of yesterday", name="churn", description=TEXT)
    assert page.h1 == "This form is no longer valid"
    again = page.form("/new-model")
    assert (again["name"], again["description"]) == ("churn", TEXT)
    pages.post("/new-model", again)
    assert ask(models.get, "churn").description == TEXT


def test_what_was_typed_outlives_the_session(app, pages, ask):
    team = make_team(app)
    sign_in(app, pages.client, team.ids["meg"])
    url = "/models/churn/description"
    fields = pages.get(url).form(url)
    with pages.client.session_transaction() as kept:
        del kept[SESSION_KEY]
    page = sent(pages, url, 401, **fields | {"description": TEXT})
    assert page.links()["Sign in in another tab"] == "/sign-in"
    assert "Bearer" not in page.text, "which is for programs"
    sign_in(app, pages.client, team.ids["meg"])
    pages.post(url, page.form(url))
    assert team.see("meg", models.get, "churn").description == TEXT


def test_who_sends_a_form_without_any_cookie_is_told_to_sign_in_and_sends_it_again(app, pages):
    team = make_team(app)
    sign_in(app, pages.client, team.ids["meg"])
    url = "/models/churn/description"
    fields = pages.get(url).form(url)
    pages.client.delete_cookie("greenroom")
    page = sent(pages, url, 401, **fields | {"description": TEXT})
    assert page.h1 == "Sign in first"
    sign_in(app, pages.client, team.ids["meg"])
    page = sent(pages, url, 400, **page.form(url) | {"csrf_token": "of the session before"})
    assert "Approvals" in page.links(), "the page knows who is signed in"
    pages.post(url, page.form(url))
    assert team.see("meg", models.get, "churn").description == TEXT


def test_what_was_typed_about_something_that_is_gone_can_be_copied(pages):
    page = sent(pages, "/models/gone/description", 404, csrf_token=pages.token(), description=TEXT, seen="x")
    assert [box.text for box in page.all("textarea")] == [TEXT]
    assert "Look it over" not in page.text and "Copy it from here" in page.text


def test_what_may_have_been_kept_is_to_be_looked_for_and_not_said_to_be_unchanged(pages, monkeypatch):
    monkeypatch.setattr(models, "create", _raising(CommitUnknown()))
    page = sent(pages, "/new-model", 503, csrf_token=pages.token(), name="churn", description=TEXT)
    assert "may or may not have been saved" in page.text and "Copy it from here" in page.text
    assert "Nothing was changed" not in page.text


def test_a_form_of_another_site_and_one_with_a_password_are_not_offered_again(pages):
    foreign = pages.client.post(
        "/new-model", data={"name": "churn"}, headers={"Origin": "https://evil.example"}
    )
    assert "churn" not in inspect(foreign, "/new-model").text
    unsaid = pages.client.post("/new-model", data={"name": "churn"})
    assert "Look it over" not in inspect(unsaid, "/new-model").text
    secret = sent(pages, "/set-up", 400, name="anna", password="swordfish", again="swordfish")
    assert "swordfish" not in secret.html and "Look it over" not in secret.text


def test_who_may_not_move_a_version_is_led_to_asking(app, pages):
    team = make_team(app)
    sign_in(app, pages.client, team.ids["sven"])
    url = "/models/churn/versions/1/stage"
    page = sent(pages, url, 403, csrf_token=pages.token(), stage="Production", comment=TEXT)
    assert page.links()["Request a stage change"] == "/models/churn/versions/1/requests/new?stage=Production"
    assert TEXT.split()[-1] in page.html


def _raising(error):
    def fail(*_args, **_kwargs):
        raise error

    return fail
