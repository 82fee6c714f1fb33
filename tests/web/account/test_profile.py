"""One's own account: what is shown, and what one changes there."""

import pytest

from app.accounts import accounts, groups, passwords, sessions, sign_in_throttle
from app.audit.recorder import Kind
from app.audit.tables import Event
from app.db.transactions import db, transaction
from tests.factories.accounts import PASSWORD, make_account, require_sign_in, sign_in

NEW = "a lamp that hums at noon"
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


@pytest.fixture
def anna(app, client, do):
    """A person with a password who is signed in."""
    made = do(lambda actor: make_account("anna", password=PASSWORD))
    require_sign_in(app)
    sign_in(app, client, made.id)
    return made


@pytest.fixture
def elsewhere(app, anna):
    """Another browser of hers that is signed in, and the key of its session."""
    other = app.test_client()
    with app.app_context(), transaction():
        secret = sessions.begin(anna.id, user_agent=FIREFOX, address="192.0.2.7")
        key = sessions.find_id(secret)
    with other.session_transaction() as kept:
        kept["session"] = secret
    assert other.get("/account").status_code == 200
    return other, key


def test_it_says_who_one_is(pages, anna, do):
    do(groups.create, "risk")
    do(groups.add, "risk", "anna")
    do(accounts.set_full_name, "anna", "Anna Arendt")
    page = pages.get("/account")

    for words in ("Name anna", "Full name Anna Arendt", "Role Member", "Groups risk"):
        assert words in page.text


def test_the_full_name_is_changed_and_is_text(pages, anna, ask):
    name = "<script>alert(1)</script>"
    page = pages.send("/account/full-name", full_name=name)

    assert name in page.text
    assert ask(accounts.find, "anna").full_name == name


def test_a_full_name_that_is_too_long_is_refused_beside_the_field(pages, anna):
    page = pages.send("/account/full-name", full_name="x" * 300, status=422)

    assert page.error_beside("full_name")
    assert page.form("/account/full-name")["full_name"] == "x" * 300


def change_password(pages, **fields):
    values = {"current_password": PASSWORD, "password": NEW, "again": NEW}
    return pages.send("/account/password", **{**values, **fields})


def test_a_new_password_ends_other_sessions_and_not_this_one(pages, client, anna, elsewhere, ask):
    page = change_password(pages)

    assert "Password changed." in page.flashes[0]
    assert client.get("/account").status_code == 200
    assert elsewhere[0].get("/account").status_code == 303
    stored = ask(lambda: db.session.execute(db.text("SELECT password_hash FROM account")).scalar())
    assert passwords.verify(NEW, stored)


@pytest.mark.parametrize(
    ("fields", "field", "words"),
    [
        ({"current_password": ""}, "current_password", "Give the current password."),
        ({"current_password": "wrong"}, "current_password", "is wrong"),
        ({"password": "short", "again": "short"}, "password", "at least 12"),
        ({"password": PASSWORD, "again": PASSWORD}, "password", "is the current one"),
        ({"again": "another"}, "again", "match"),
    ],
)
def test_what_cannot_be_is_said_beside_its_field(pages, anna, fields, field, words):
    page = change_password(pages, status=422, **fields)

    assert words in page.error_beside(field)
    assert PASSWORD not in page.html and NEW not in page.html


def test_the_current_password_cannot_be_guessed_on_and_on(pages, anna, ask):
    for _ in range(sign_in_throttle.MAX_FOR_ACCOUNT_FROM_ADDRESS):
        change_password(pages, status=422, current_password="wrong")

    page = change_password(pages, status=429)
    assert "Try again in 15 minutes." in page.summary
    kinds = ask(lambda: [row[0] for row in db.session.execute(db.select(Event.kind))])
    assert kinds.count(Kind.SIGN_IN_REFUSED.value) == sign_in_throttle.MAX_FOR_ACCOUNT_FROM_ADDRESS


def test_the_browsers_that_are_signed_in_are_listed_and_ended_one_by_one(pages, client, anna, elsewhere):
    other, key = elsewhere
    page = pages.get("/account")
    assert "Firefox on Linux" in page.text and "192.0.2.7" in page.text
    assert page.text.count("this browser") == 1

    page = pages.post("/account/sessions/end", {**page.form("/account/sessions/end"), "session": str(key)})

    assert page.flashes == ["That browser is signed out."]
    assert "Firefox on Linux" not in page.text
    assert other.get("/account").status_code == 303
    assert client.get("/account").status_code == 200


def test_all_others_are_ended_at_once(pages, client, anna, elsewhere):
    action = "/account/sessions/end-others"
    pages.post(action, pages.get("/account").form(action))

    assert elsewhere[0].get("/account").status_code == 303
    assert client.get("/account").status_code == 200


@pytest.mark.parametrize("key", ["1", "x", "", "-1", "99999999999999999999"])
def test_somebody_elses_session_is_left_alone(app, pages, anna, do, ask, key):
    ben = do(lambda actor: make_account("ben"))
    sign_in(app, app.test_client(), ben.id)
    [theirs] = ask(sessions.of_account, ben.id)
    fields = {**pages.get("/account").form("/theme"), "session": str(theirs.id) if key == "1" else key}

    page = pages.post("/account/sessions/end", fields, status=404)

    assert "signed out already" in page.text
    assert len(ask(sessions.of_account, ben.id)) == 1


def test_a_browser_may_call_itself_anything(app, pages, anna):
    with app.app_context(), transaction():
        sessions.begin(anna.id, user_agent="<img src=x onerror=alert(1)>", address="::1")

    page = pages.get("/account")
    assert "<img src=x onerror=alert(1)>" in page.text and not page.all("img")


def test_an_account_of_single_sign_on_has_no_password_to_change(app, client, pages, do):
    made = do(lambda actor: make_account("carl"))
    require_sign_in(app)
    sign_in(app, client, made.id)

    assert "Change password" not in pages.get("/account").links()
    assert pages.get("/account/password", status=404)


@pytest.mark.parametrize("path", ["/account", "/account/full-name", "/account/password", "/account/tokens"])
def test_in_personal_mode_there_is_no_profile(pages, path):
    assert "no accounts here yet" in pages.get(path, status=404).text


@pytest.mark.parametrize("path", ["/account", "/account/full-name", "/account/password", "/account/tokens"])
def test_one_signs_in_first(app, anna, path):
    assert app.test_client().get(path).location == f"/sign-in?next={path}"
