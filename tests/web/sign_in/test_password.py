"""Signing in and out in a browser: what is refused, what is remembered, and where one ends up."""

import pytest

from app.accounts import accounts, sessions, sign_in_throttle
from app.audit.recorder import Kind
from app.audit.tables import Event
from app.core import clock
from app.db.transactions import db
from app.settings.oidc import Provider
from tests.factories.accounts import PASSWORD, make_account, require_sign_in
from tests.support.pages import Pages, inspect

REFUSED = "Wrong user name or password."


@pytest.fixture
def anna(app, do):
    """A person with a password, who makes the server one for a team."""
    made = do(lambda actor: make_account("anna", password=PASSWORD))
    require_sign_in(app)
    return made


def sign_in(pages: Pages, name: str = "anna", password: str = PASSWORD, **fields):
    return pages.send("/sign-in", name=name, password=password, **fields)


def secret_of(client) -> str | None:
    with client.session_transaction() as kept:
        return kept.get("session")


@pytest.fixture
def events(ask):
    """The kinds and names of the events so far."""

    def read() -> list[tuple[str, str, str | None]]:
        return ask(
            lambda: [
                tuple(row)
                for row in db.session.execute(
                    db.select(Event.kind, Event.actor, Event.subject).order_by(Event.id)
                )
            ]
        )

    return read


def test_who_has_the_password_is_in_and_sees_who_they_are(pages, anna):
    page = sign_in(pages)

    assert page.response.request.path == "/"
    assert "anna" in [e.text for e in page.all("span")]
    assert "Personal mode" not in page.html


def test_the_page_that_was_asked_for_is_where_one_ends_up(pages, anna):
    sent_away = pages.client.get("/experiments?q=churn")

    page = pages.send(sent_away.location, "/sign-in", name="anna", password=PASSWORD)

    assert page.response.request.full_path == "/experiments?q=churn"


@pytest.mark.parametrize(
    "target",
    [
        "https://evil.example",
        "//evil.example",
        "/\\evil.example",
        "/\t/evil.example",
        "javascript:x",
        "/sign-in",
        "/sign-out",
        "",
    ],
)
def test_signing_in_never_leads_off_the_site_or_in_a_circle(client, pages, anna, target):
    fields = {**pages.get("/sign-in").form("/sign-in"), "name": "anna", "password": PASSWORD, "next": target}

    assert client.post("/sign-in", data=fields).location == "/"
    assert client.get("/sign-in", query_string={"next": target}).location == "/"


@pytest.mark.parametrize(
    ("name", "password"),
    [
        ("anna", "wrong one"),
        ("nobody", PASSWORD),
        ("anna", PASSWORD.upper()),
        ("<script>alert(1)</script>", "not it"),
    ],
)
def test_a_wrong_name_and_a_wrong_password_are_refused_in_the_same_words(pages, anna, name, password):
    page = pages.send("/sign-in", name=name, password=password, status=422)

    assert REFUSED in page.summary
    assert page.form("/sign-in")["name"] == name
    assert password not in page.html
    assert secret_of(pages.client) is None


def test_a_name_with_a_zero_byte_is_nobodys(client, pages, anna):
    fields = {**pages.get("/sign-in").form("/sign-in"), "name": "anna\0", "password": PASSWORD}

    assert client.post("/sign-in", data=fields).status_code == 422


def test_a_name_left_out_is_asked_for(pages, anna):
    page = pages.send("/sign-in", name="", password="", status=422)

    assert page.error_beside("name") == "Give your user name."
    assert page.error_beside("password") == "Give your password."


def test_a_disabled_account_is_refused_in_the_same_words(pages, anna, do):
    do(lambda actor: make_account("root", is_admin=True))
    do(accounts.disable, "anna")

    assert REFUSED in pages.send("/sign-in", name="anna", password=PASSWORD, status=422).summary


def test_too_many_wrong_passwords_are_told_when_to_try_again(pages, anna, monkeypatch):
    for _ in range(sign_in_throttle.MAX_FOR_ACCOUNT_FROM_ADDRESS):
        pages.send("/sign-in", name="anna", password="wrong", status=422)

    page = pages.send("/sign-in", name="anna", password=PASSWORD, status=429)
    assert "Try again in 15 minutes." in page.summary
    assert int(page.response.headers["Retry-After"]) > 800

    now = clock.now_ms()
    monkeypatch.setattr(clock, "now_ms", lambda: now + sign_in_throttle.WINDOW)
    assert sign_in(pages).status == 200


def test_who_has_signed_in_has_a_clean_slate(pages, anna):
    for _ in range(sign_in_throttle.MAX_FOR_ACCOUNT_FROM_ADDRESS - 1):
        pages.send("/sign-in", name="anna", password="wrong", status=422)
    sign_in(pages)
    pages.post("/sign-out", pages.get("/models").form("/sign-out"))

    pages.send("/sign-in", name="anna", password="wrong", status=422)
    assert sign_in(pages).status == 200


def test_signing_in_and_out_and_failing_are_on_record(pages, anna, events):
    pages.send("/sign-in", name="anna", password="wrong", status=422)
    sign_in(pages)
    pages.post("/sign-out", pages.get("/models").form("/sign-out"))

    assert events() == [
        (Kind.SIGN_IN_REFUSED.value, "nobody", "anna"),
        (Kind.SIGNED_IN.value, "anna", None),
        (Kind.SIGNED_OUT.value, "anna", None),
    ]


def test_a_secret_that_was_there_before_is_not_the_one_after(client, pages, anna):
    with client.session_transaction() as kept:
        kept["session"] = "chosen by somebody else"
    before = pages.get("/sign-in").form("/sign-in")["csrf_token"]

    page = sign_in(pages)

    assert secret_of(client) not in (None, "chosen by somebody else")
    assert page.form("/sign-out")["csrf_token"] != before


def test_signing_in_again_ends_the_session_before(pages, anna, ask):
    form = pages.get("/sign-in").form("/sign-in")
    sign_in(pages)
    first = secret_of(pages.client)
    fields = {
        **form,
        "name": "anna",
        "password": PASSWORD,
        "csrf_token": pages.get("/models").form("/theme")["csrf_token"],
    }
    pages.post("/sign-in", fields)

    assert secret_of(pages.client) != first
    [begun] = ask(sessions.of_account, anna.id)
    assert begun.expires_at - begun.created_at == 336 * sessions.HOUR_MS


def test_who_is_signed_in_needs_no_form(client, pages, anna):
    sign_in(pages)

    assert client.get("/sign-in?next=/experiments").location == "/experiments"


def test_who_signs_out_is_out(client, pages, anna, ask):
    sign_in(pages)
    page = pages.post("/sign-out", pages.get("/models").form("/sign-out"))

    assert page.flashes == ["You have signed out."]
    assert client.get("/models").location == "/sign-in?next=/models"
    assert ask(sessions.of_account, anna.id) == []


def test_a_session_ended_elsewhere_is_out_at_once(client, pages, anna, do):
    sign_in(pages)
    do(lambda actor: sessions.end_all(anna.id))

    assert client.get("/models").status_code == 303


def test_a_stolen_cookie_is_worthless_after_signing_out(app, client, pages, anna):
    sign_in(pages)
    thief = app.test_client()
    thief.set_cookie("greenroom", client.get_cookie("greenroom").value)
    assert thief.get("/models").status_code == 200

    pages.post("/sign-out", pages.get("/models").form("/sign-out"))

    assert thief.get("/models").status_code == 303


@pytest.mark.parametrize("path", ["/sign-in", "/sign-out"])
def test_a_form_without_its_token_is_refused(client, pages, anna, path):
    sign_in(pages)
    before = secret_of(client)

    assert client.post(path, data={"name": "anna", "password": PASSWORD}).status_code == 400
    assert secret_of(client) == before


def test_the_cookie_is_out_of_reach_of_scripts_other_sites_and_bare_wires(client, pages, anna):
    fields = {**pages.get("/sign-in").form("/sign-in"), "name": "anna", "password": PASSWORD}
    [bare] = client.post("/sign-in", data=fields).headers.getlist("Set-Cookie")
    assert "HttpOnly" in bare and "SameSite=Lax" in bare and "Secure" not in bare

    with client.session_transaction(base_url="https://localhost") as kept:
        kept.clear()
    form = Pages(_secure(client)).get("/sign-in").form("/sign-in")
    [safe] = client.post(
        "/sign-in",
        data={**form, "name": "anna", "password": PASSWORD},
        base_url="https://localhost",
        headers={"Referer": "https://localhost/sign-in"},
    ).headers.getlist("Set-Cookie")
    assert "HttpOnly" in safe and "SameSite=Lax" in safe and "Secure" in safe


def _secure(client):
    class Secure:
        def get(self, url):
            return client.get(url, base_url="https://localhost")

    return Secure()


def test_pages_of_people_stay_out_of_shared_caches(client, pages, anna):
    sign_in(pages)

    for address in ("/models", "/no-such-page"):
        assert client.get(address).headers["Cache-Control"] == "private, no-store"


def test_without_accounts_there_is_nothing_to_sign_in_to(client):
    assert client.get("/sign-in?next=/experiments").location == "/experiments"


def test_without_passwords_there_is_no_form_and_none_is_taken(app, client, pages, anna):
    object.__setattr__(app.settings, "passwords", False)
    app.sign_in._takes_passwords = False
    page = pages.get("/sign-in")

    assert "/sign-in" not in [form.get("action") for form in page.all("form")]
    assert "Passwords are turned off" in page.text
    fields = {**page.form("/theme"), "name": "anna", "password": PASSWORD}
    assert client.post("/sign-in", data=fields).status_code == 422


def test_an_error_while_nobody_is_signed_in_leads_to_signing_in(client, pages, anna):
    token = pages.get("/sign-in").form("/sign-in")["csrf_token"]
    answer = client.post("/new-model", data={"name": "x", "csrf_token": token})

    assert answer.status_code == 401
    page = inspect(answer, "/new-model")
    assert page.links()["Sign in in another tab"] == "/sign-in", "what was typed stays where it is"


def test_single_sign_on_is_offered_where_there_is_a_provider(app, pages, anna):
    assert "Sign in with" not in pages.get("/sign-in").text
    object.__setattr__(
        app.settings, "oidc", Provider("https://login.example.com", "greenroom", "s", name="Example Ltd")
    )

    links = pages.get("/sign-in?next=/experiments").links()
    assert links["Sign in with Example Ltd"] == "/sign-in/oidc?next=/experiments"
