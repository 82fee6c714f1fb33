"""The page of one's tokens: make, see once, see in the list, revoke."""

import re
from dataclasses import replace

import pytest

from app.accounts import accounts, tokens
from app.authz.actors import LOCAL_USER
from app.authz.permissions import Scope
from app.core import clock
from app.registry import models
from app.sharing import token_models
from tests.factories.accounts import PASSWORD, make_account, require_sign_in, sign_in

NEW = "/account/tokens/new"
GET = "/api/2.0/mlflow/registered-models/search"
DAY = 24 * 3600 * 1000


@pytest.fixture
def anna(app, client, do):
    """A person who is signed in."""
    made = do(lambda actor: make_account("anna", password=PASSWORD, is_admin=True))
    require_sign_in(app)
    sign_in(app, client, made.id)
    return made


def make(pages, **fields):
    return pages.send(NEW, **{"name": "nightly", "status": 200, **fields})


def secret_on(page) -> str:
    [secret] = set(re.findall(r"grn_[\w-]{43}", page.text))
    return secret


def test_a_token_is_made_and_signs_its_owner_in(app, pages, anna):
    page = make(pages)
    secret = secret_on(page)

    assert f"export MLFLOW_TRACKING_TOKEN={secret}" in page.text
    assert f"export MLFLOW_TRACKING_USERNAME=anna export MLFLOW_TRACKING_PASSWORD={secret}" in page.text
    answer = app.test_client().get(GET, headers={"Authorization": f"Bearer {secret}"})
    assert answer.status_code == 200


def test_the_secret_is_shown_once_and_kept_nowhere(client, pages, anna):
    page = make(pages)
    secret = secret_on(page)

    assert page.response.headers["Cache-Control"] == "no-store"
    assert secret not in pages.get("/account/tokens").html
    with client.session_transaction() as kept:
        assert secret not in repr(dict(kept))


def test_a_reload_shows_no_secret_and_makes_no_token(client, pages, anna, ask):
    fields = {**pages.get(NEW).form(NEW), "name": "nightly"}
    assert client.post(NEW, data=fields).status_code == 200

    again = pages.post(NEW, fields, status=409)

    assert "made its token already" in again.summary
    assert not re.search(r"grn_[\w-]{43}", again.html)
    assert len(ask(tokens.of_account, anna.id)) == 1
    assert again.form(NEW)["name"] == "nightly" and again.form(NEW)["once"] != fields["once"]


def test_it_may_do_what_was_ticked_until_it_expires(pages, client, anna, ask):
    before = clock.now_ms()
    fields = {**pages.get(NEW).form(NEW), "name": "ci", "reach": "some", "lifetime": "30"}
    client.post(NEW, data={**fields, "scopes": ["read", "stage"]})

    [token] = ask(tokens.of_account, anna.id)
    assert token.scopes == {Scope.READ, Scope.STAGE}
    assert before + 30 * DAY <= token.expires_at <= clock.now_ms() + 30 * DAY
    page = pages.get("/account/tokens")
    assert "Read, stage" in page.text and "in 30 days" in page.text


def test_it_may_be_for_ever_and_for_some_models_only(pages, anna, do, ask):
    do(models.create, "churn")
    do(models.create, "fraud, with a comma")
    make(pages, lifetime="never", models="churn\r\n\r\n  fraud, with a comma \r\n")

    [token] = ask(tokens.of_account, anna.id)
    assert token.expires_at is None
    assert ask(token_models.names_by_token, [token])[token.id] == ("churn", "fraud, with a comma")
    assert "only churn, fraud, with a comma" in pages.get("/account/tokens").text


@pytest.mark.parametrize(
    ("fields", "field", "words"),
    [
        ({"name": " "}, "name", "Give a name."),
        ({"name": "x" * 101}, "name", "1 to 100"),
        ({"models": "no-such-model"}, "models", "There is no model named"),
        ({"lifetime": "-1"}, "lifetime", "Not a valid choice"),
    ],
)
def test_what_cannot_be_is_said_beside_its_field_and_the_form_works_again(
    pages, anna, ask, fields, field, words
):
    page = make(pages, **fields, status=422)
    assert words in page.error_beside(field)
    assert ask(tokens.of_account, anna.id) == []

    corrected = {**page.form(NEW), "name": "ci", "models": "", "lifetime": "7"}
    assert pages.post(NEW, corrected, status=200).h1 == "Copy the token now"


def test_nothing_ticked_is_nothing_made(pages, anna, ask):
    page = make(pages, reach="some", status=422)

    assert "Select at least one scope." in page.summary
    assert ask(tokens.of_account, anna.id) == []


def test_a_revoked_token_is_refused_at_once_and_listed_as_over(app, pages, anna, ask):
    secret = secret_on(make(pages))
    [token] = ask(tokens.of_account, anna.id)
    page = pages.get(f"/account/tokens/{token.id}/revoke")
    assert "denied from their next call" in page.text

    page = pages.send(f"/account/tokens/{token.id}/revoke")

    assert page.flashes == ["Token nightly revoked."]
    assert "1 token revoked or expired" in page.text
    assert app.test_client().get(GET, headers={"Authorization": f"Bearer {secret}"}).status_code == 401


def test_somebody_elses_token_is_not_there(pages, client, anna, do, ask):
    ben = do(lambda actor: make_account("ben"))
    token, _ = do(lambda actor: token_models.create(ben.id, "theirs", actor=LOCAL_USER))
    url = f"/account/tokens/{token.id}/revoke"

    assert "theirs" not in pages.get("/account/tokens").text
    assert pages.get(url, status=404)
    csrf = pages.get("/account/tokens").form("/theme")["csrf_token"]
    assert client.post(url, data={"csrf_token": csrf}).status_code == 404
    assert ask(tokens.get, token.id).revoked_at is None


@pytest.mark.parametrize("name", ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "{{ 7*7 }}"])
def test_a_tokens_name_is_text(pages, anna, ask, name):
    make(pages, name=name)
    [token] = ask(tokens.of_account, anna.id)

    assert name in pages.get("/account/tokens").text
    assert name in pages.get(f"/account/tokens/{token.id}/revoke").h1


@pytest.mark.parametrize("path", [NEW, "/account/tokens/1/revoke"])
def test_a_form_without_its_token_is_refused(client, anna, ask, path):
    assert client.post(path, data={"name": "x"}).status_code == 400
    assert ask(tokens.of_account, anna.id) == []


def test_a_token_with_scopes_makes_no_tokens(app, anna, do):
    _, secret = do(lambda actor: token_models.create(anna.id, "ci", scopes={Scope.WRITE}, actor=LOCAL_USER))
    browser = app.test_client()

    assert browser.get(NEW, headers={"Authorization": f"Bearer {secret}"}).status_code == 403


def test_a_disabled_account_has_no_pages(client, anna, do):
    do(lambda actor: make_account("root", is_admin=True))
    do(accounts.disable, "anna")

    assert client.get("/account/tokens").status_code == 303


@pytest.mark.parametrize(
    ("most", "offered"), [(None, "7 30 90 365 never"), (90, "7 30 90"), (45, "7 30 45"), (1, "1")]
)
def test_the_form_offers_no_longer_lifetime_than_is_allowed(app, pages, anna, most, offered):
    app.settings = replace(app.settings, token_max_days=most)

    html = pages.get(NEW).html
    select = html[html.index('name="lifetime"') :].partition("</select>")[0]
    assert re.findall(r'value="(\w+)"', select) == offered.split()


def test_a_lifetime_that_is_not_offered_makes_no_token(app, client, pages, anna, ask):
    app.settings = replace(app.settings, token_max_days=30)
    fields = {**pages.get(NEW).form(NEW), "name": "nightly"}
    assert fields["lifetime"] == "30"

    assert client.post(NEW, data={**fields, "lifetime": "never"}).status_code == 422
    assert ask(lambda: tokens.of_account(anna.id)) == []
