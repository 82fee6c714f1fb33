"""Signing in with a real OpenID provider, and every way in which that may not work."""

import contextlib
import dataclasses
import secrets
import socket
from collections.abc import Callable, Iterator
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from sqlalchemy import select

from app import create_app
from app.accounts import accounts, groups, oidc_client, sessions
from app.audit.tables import Event
from app.authz.actors import LOCAL_USER
from app.db.transactions import db
from app.http.authentication import SESSION_KEY
from app.settings import oidc as config_oidc
from app.sharing import token_models
from app.web.sign_in import single_sign_on
from tests.support.oidc import CALLBACK, NoProvider, Person, provider
from tests.support.pages import Page, inspect
from tests.support.ports import free_port

GOOD = "correct horse battery"


@pytest.fixture(scope="module")
def running(tmp_path_factory):
    try:
        with provider(tmp_path_factory.mktemp("provider")) as found:
            yield found
    except NoProvider as error:
        pytest.fail(str(error), pytrace=False)


@pytest.fixture
def idp(running):
    """The provider, which knows Anna."""
    running.forget_everybody()
    running.know("anna", name="Anna Schmidt", groups=["/risk", "/all"])
    return running


@pytest.fixture
def configure(app, idp) -> Callable:
    """Let Greenroom sign people in at the provider: `configure(ALLOWED_GROUPS="/risk")`."""

    def configure(**more: str) -> None:
        app.settings = dataclasses.replace(app.settings, oidc=config_oidc.read(idp.environ(**more)))
        app.extensions.pop("openid", None)

    return configure


@pytest.fixture
def team(configure, do):
    """A registry of a team, and a provider."""
    configure()
    do(accounts.create, "root", password=GOOD, is_admin=True)


def start(client, onward: str = "") -> str:
    """Begin to sign in; where the browser is sent."""
    response = client.get("/sign-in/oidc", query_string={"next": onward} if onward else {})
    assert response.status_code == 303, response.text
    return response.location


def back(client, address: str):
    """What Greenroom answers to the browser that comes back from the provider."""
    parts = urlsplit(address)
    assert (parts.netloc, parts.path) == ("localhost", CALLBACK)
    return client.get(f"{parts.path}?{parts.query}")


def sign_in(client, login: str = "anna", onward: str = ""):
    return back(client, Person().sign_in(start(client, onward), login))


def refusal(response, status: int) -> Page:
    """The page of a refused sign-in; nobody is signed in."""
    assert response.status_code == status, response.text
    assert not any(SESSION_KEY in cookie for cookie in response.headers.getlist("Set-Cookie"))
    page = inspect(response, response.request.path)
    assert page.h1 == "You are not signed in"
    return page


def signed_in(client) -> bool:
    """Whether the browser's cookie holds a session."""
    with client.session_transaction() as kept:
        return SESSION_KEY in kept


@pytest.fixture
def events(ask) -> Callable:
    """Kind, actor, subject and comment of the events about signing in, so far."""

    def read() -> list[tuple]:
        query = select(Event.kind, Event.actor, Event.subject, Event.comment).order_by(Event.id)
        query = query.where(Event.kind.in_(["account.signed_in", "account.sign_in_refused"]))
        return ask(lambda: [tuple(row) for row in db.session.execute(query)])

    return read


# --- In ---


def test_somebody_signs_in_and_ends_where_they_were_going(client, team, do, ask, events):
    do(groups.create, "risk")

    address = start(client, "/experiments?q=churn")
    asked = parse_qs(urlsplit(address).query)
    response = back(client, Person().sign_in(address, "anna"))

    assert asked["scope"] == ["openid profile email"]
    assert asked["code_challenge_method"] == ["S256"]
    assert {"state", "nonce", "code_challenge"} < asked.keys()
    assert (response.status_code, response.location) == (303, "/experiments?q=churn")
    row = ask(accounts.find, "anna")
    assert (row.full_name, row.administers, row.has_password) == ("Anna Schmidt", False, False)
    page = inspect(client.get("/models"), "/models")
    assert "anna" in page.html
    assert [(kind, actor) for kind, actor, *_ in events()] == [("account.signed_in", "anna")]


def test_whoever_comes_again_is_the_same(client, team, ask):
    sign_in(client)
    first = ask(accounts.find, "anna").id

    sign_in(client.application.test_client(), "anna")

    assert ask(accounts.find, "anna").id == first
    begun = ask(sessions.of_account, first)
    assert [one.expires_at - one.created_at for one in begun] == [12 * sessions.HOUR_MS] * 2


def test_who_was_signed_in_before_is_so_no_longer(client, team, idp, ask):
    idp.know("berta")
    sign_in(client)
    sign_in(client, "berta")

    assert "berta" in client.get("/models").text
    assert ask(sessions.of_account, ask(accounts.find, "anna").id) == []


def test_what_the_token_says_need_not_be_asked_for(client, team, idp, ask):
    with idp.doing("claims in the token"):  # and the endpoint that would tell fails
        assert sign_in(client).status_code == 303

    assert ask(accounts.find, "anna").full_name == "Anna Schmidt"


def test_groups_and_administrators_follow_the_provider(client, configure, do, ask, idp):
    configure(GROUPS="/risk=risk-team", ADMIN_GROUP="/ops", GROUPS_CLAIM="roles")
    do(accounts.create, "root", password=GOOD, is_admin=True)
    do(groups.create, "risk-team")
    idp.know("anna", roles=["/risk", "/ops"])

    with idp.doing("claims in the token"):
        sign_in(client)
    anna = ask(accounts.find, "anna")
    assert anna.administers
    assert [group.name for group in ask(groups.of_account, anna.id)] == ["admins", "risk-team"]

    idp.know("anna", roles="/risk")
    with idp.doing("claims in the token"):
        sign_in(client)
    assert not ask(accounts.find, "anna").administers
    assert [group.name for group in ask(groups.of_account, anna.id)] == ["risk-team"]


def test_the_first_of_all_is_an_administrator_by_group(client, configure, ask, idp, app):
    configure(ADMIN_GROUP="/ops")
    refusal(sign_in(client), 403)
    assert client.get("/models").status_code == 200  # still personal mode

    idp.know("anna", groups=["/ops"])
    assert sign_in(client).status_code == 303

    assert ask(accounts.find, "anna").administers
    assert app.test_client().get("/models").status_code == 303


@pytest.mark.parametrize(
    ("claims", "name"),
    [
        ({"preferred_username": "a.schmidt", "email": "x@example.com", "email_verified": True}, "a.schmidt"),
        (
            {"preferred_username": "CORP\\anna", "email": "x@example.com", "email_verified": True},
            "x@example.com",
        ),
        ({"preferred_username": None, "email": "x@example.com", "email_verified": False}, "anna"),
        ({"preferred_username": 7, "email": "x@example.com"}, "anna"),
    ],
)
def test_an_account_is_called_by_the_first_name_that_fits(client, team, idp, ask, claims, name):
    idp.know("anna", **claims)

    assert sign_in(client).status_code == 303

    assert ask(accounts.find, name).issuer == idp.issuer


def test_a_provider_may_change_its_keys(client, team, idp):
    sign_in(client)
    idp.change_keys()

    assert sign_in(client.application.test_client()).status_code == 303


def test_a_long_destination_outlives_the_way_to_the_provider_and_fits_into_a_cookie(client, team):
    onward = f"/models/{'%E5%90%8D' * 250}?q=%2541"

    start(client, "/experiments")
    address = start(client, onward)

    assert len(client.get_cookie("greenroom").value) < 3800
    assert back(client, Person().sign_in(address, "anna")).location == onward


@pytest.mark.parametrize(
    "onward",
    ["https://evil.example", "//evil.example", "/\\evil.example", "/sign-in/oidc", "/sign-out", "x" * 9],
)
def test_one_ends_up_here_and_nowhere_else(client, team, onward):
    assert sign_in(client, onward=onward).location == "/"


# --- What the provider or the token says wrong ---

WRONG = {
    "wrong audience": (403, "for another application"),
    "wrong audience, authorized party ours": (403, "for another application"),
    "ours and another audience": (403, "for another application"),
    "wrong authorized party": (403, "for another application"),
    "wrong nonce": (403, "another sign-in"),
    "no nonce": (403, "another sign-in"),
    "wrong issuer": (403, "the wrong provider"),
    "no subject": (403, "sent an unusable answer"),
    "expired": (403, "expired token"),
    "from the future": (403, "clock"),
    "signed by another key": (403, "unsigned token"),
    "not signed": (403, "unsigned token"),
    "signed with the client's secret": (403, "unsigned token"),
    "no token": (403, "unsigned token"),
    "not a token": (403, "unsigned token"),
    "claims of somebody else": (403, "for another application"),
    "failing token endpoint": (503, "is not responding"),
    "talking token endpoint": (503, "sent an unusable answer"),
    "failing keys": (503, "is not responding"),
    "failing claims": (503, "is not responding"),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_what_a_provider_does_wrong_signs_nobody_in(client, team, idp, ask, events, wrong):
    status, sentence = WRONG[wrong]
    address = Person().sign_in(start(client), "anna")

    with idp.doing(wrong):
        page = refusal(back(client, address), status)

    assert sentence in page.text
    assert not signed_in(client)
    assert [row.name for row in ask(accounts.search)[0]] == ["root"]
    [(kind, actor, subject, comment)] = events()
    assert (kind, actor, subject) == ("account.sign_in_refused", "nobody", "nobody known")
    assert sentence in comment
    assert "from 127.0.0.1" in comment


DESCRIPTIONS = {
    "another name for itself": "sent an unusable answer",
    "half a description": "sent an unusable answer",
    "only weak signatures": "sent an unusable answer",
    "no description": "sent an unusable answer",
}


@pytest.mark.parametrize("wrong", DESCRIPTIONS)
def test_a_provider_that_describes_itself_wrongly_is_not_used(client, team, idp, wrong):
    with idp.doing(wrong):
        page = refusal(client.get("/sign-in/oidc"), 503)
    assert DESCRIPTIONS[wrong] in page.text

    assert start(client)  # and is asked again the next time


def test_a_provider_that_is_not_there_is_said_so(client, app, team, events):
    oidc = dataclasses.replace(app.settings.oidc, issuer=f"http://127.0.0.1:{free_port()}")
    app.settings = dataclasses.replace(app.settings, oidc=oidc)

    page = refusal(client.get("/sign-in/oidc?next=/runs"), 503)

    assert "is not responding" in page.text
    assert page.links()["Sign in with single sign-on"] == "/sign-in/oidc?next=/runs"
    assert len(events()) == 1


@contextlib.contextmanager
def silent_server() -> Iterator[str]:
    """Takes connections, and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"http://127.0.0.1:{server.getsockname()[1]}"


def test_a_provider_that_says_nothing_is_waited_for_but_shortly(client, app, team, monkeypatch):
    assert sum(oidc_client.TIMEOUT) < 10
    monkeypatch.setattr(oidc_client, "TIMEOUT", (0.5, 0.5))
    with silent_server() as issuer:
        oidc = dataclasses.replace(app.settings.oidc, issuer=issuer)
        app.settings = dataclasses.replace(app.settings, oidc=oidc)
        refusal(client.get("/sign-in/oidc"), 503)


def test_a_provider_that_does_not_know_us_is_said_so(client, configure, do):
    configure(CLIENT_SECRET="not the secret")
    address = Person().sign_in(start(client), "anna")

    assert "no longer knows this server" in refusal(back(client, address), 503).text


def test_whoever_cancels_is_not_signed_in(client, team, events):
    address = Person().cancel(start(client, "/runs"))
    assert "error=access_denied" in address

    page = refusal(back(client, address), 403)

    assert "you cancelled" in page.text
    assert "interaction" not in page.html
    assert page.links()["Sign in with single sign-on"] == "/sign-in/oidc?next=/runs"
    assert events()[0][0] == "account.sign_in_refused"


# --- Codes and states that are not this browser's, or not any more ---


def changed(address: str, **parameters: str | None) -> str:
    """The address with other parameters; None leaves one out."""
    parts = urlsplit(address)
    query = {key: values[0] for key, values in parse_qs(parts.query).items()} | parameters
    return parts._replace(query=urlencode({k: v for k, v in query.items() if v is not None})).geturl()


def parameter(address: str, name: str) -> str:
    return parse_qs(urlsplit(address).query)[name][0]


def test_what_the_browser_came_back_with_is_good_once(client, team, events):
    address = Person().sign_in(start(client), "anna")
    assert back(client, address).status_code == 303

    page = refusal(back(client, address), 400)

    assert "started in another browser" in page.text
    assert [kind for kind, *_ in events()] == ["account.signed_in", "account.sign_in_refused"]


def test_a_replayed_code_is_refused_by_the_provider(client, team, events):
    first = Person().sign_in(start(client), "anna")
    back(client, first)
    thief = client.application.test_client()
    state = parameter(start(thief), "state")

    page = refusal(back(thief, changed(first, state=state)), 403)

    assert "already completed" in page.text
    assert not signed_in(thief)
    assert events()[-1][0] == "account.sign_in_refused"


def test_a_code_is_worth_nothing_even_to_the_cookie_that_it_was_made_for_once_it_was_used(client, team):
    address = Person().sign_in(start(client), "anna")
    cookie = client.get_cookie("greenroom")
    back(client, address)
    replaying = client.application.test_client()
    replaying.set_cookie("greenroom", cookie.value)

    assert "already completed" in refusal(back(replaying, address), 403).text


def test_another_browsers_code_cannot_be_put_into_ones_own_sign_in(client, team):
    """The code was never used; PKCE ties it to the browser that began."""
    theirs = Person().sign_in(start(client.application.test_client()), "anna")
    state = parameter(start(client), "state")

    refusal(back(client, changed(theirs, state=state)), 403)


def test_nobody_is_signed_in_by_a_link_of_somebody_else(client, team):
    attackers = Person().sign_in(start(client.application.test_client()), "anna")

    refusal(back(client, attackers), 400)
    assert not signed_in(client)


@pytest.mark.parametrize("state", [None, "", "x", "é" * 4000, "\x00"])
def test_a_state_that_is_missing_or_wrong_is_refused(client, team, events, state):
    address = Person().sign_in(start(client), "anna")

    page = refusal(back(client, changed(address, state=state)), 400)

    assert "started in another browser" in page.text
    assert events()[0][0] == "account.sign_in_refused"
    assert back(client, address).status_code == 303  # the right one is as good as before


def test_a_sign_in_that_took_too_long_is_refused(client, team, monkeypatch):
    monkeypatch.setattr(single_sign_on, "GOOD_FOR", -1)

    refusal(sign_in(client), 400)


@pytest.mark.parametrize(
    ("parameters", "sentence"),
    [
        ({"iss": "https://elsewhere.example.com"}, "the wrong provider"),
        ({"iss": None}, "the wrong provider"),  # this one always says who it is
        ({"code": None}, "no code"),
        ({"code": ""}, "no code"),
        ({"code": "x" * 5000}, "already completed"),
        ({"error": "server_error", "error_description": "<script>gotcha()</script>"}, "did not sign you in"),
        ({"error": "access_denied\nx"}, "did not sign you in"),
    ],
)
def test_an_address_that_was_tampered_with_is_refused(client, team, parameters, sentence):
    address = Person().sign_in(start(client), "anna")

    page = refusal(back(client, changed(address, **parameters)), 403)

    assert sentence in page.text
    assert "gotcha" not in page.html


def test_several_sign_ins_may_be_under_way_but_not_so_many_that_the_cookie_bursts(client, team):
    # Nothing that could be compressed.
    begun = [start(client, "/" + secrets.token_hex(145)) for _ in range(6)]

    assert len(client.get_cookie("greenroom").value) < 3000
    refusal(back(client, Person().sign_in(begun[-4], "anna")), 400)
    assert back(client, Person().sign_in(begun[-3], "anna")).status_code == 303


def test_a_sign_in_that_failed_is_over(client, team, idp):
    address = Person().sign_in(start(client), "anna")
    with idp.doing("wrong nonce"):
        refusal(back(client, address), 403)

    assert "started in another browser" in refusal(back(client, address), 400).text


# --- Whom we do not let in ---


def test_whoever_is_in_no_group_that_may_come_in_is_refused(client, configure, idp, ask, events, do):
    configure(ALLOWED_GROUPS="/mlops")
    do(accounts.create, "root", password=GOOD, is_admin=True)

    page = refusal(sign_in(client), 403)

    assert "anna is in none of the groups" in page.text
    assert [row.name for row in ask(accounts.search)[0]] == ["root"]
    assert [(kind, subject) for kind, _actor, subject, _ in events()] == [("account.sign_in_refused", "anna")]
    idp.know("anna", groups=["/mlops"])
    assert sign_in(client).status_code == 303


def test_a_disabled_account_stays_out(client, team, do):
    sign_in(client)
    do(accounts.disable, "anna")

    assert "disabled" in refusal(sign_in(client.application.test_client()), 403).text
    assert client.get("/models").status_code == 303


def test_an_account_with_a_password_is_not_taken_over(client, team, idp):
    idp.know("7", preferred_username="root")

    assert "not known to be yours" in refusal(sign_in(client, "7"), 409).text


def test_a_name_that_no_account_can_have_is_refused(client, team, idp):
    idp.know("anna|1", preferred_username="<b>Anna</b>")

    page = refusal(sign_in(client, "anna|1"), 400)

    assert "calls you <b>Anna</b>, which" in page.text and "letters (a to z)" in page.text
    assert "<b>Anna" not in page.html


# --- Switched on and off ---


def test_without_a_provider_there_is_nothing_to_sign_in_with(client):
    assert client.get("/sign-in/oidc").status_code == 404
    assert client.get(CALLBACK).status_code == 404


@pytest.fixture
def strict(app, team) -> Iterator:
    """The same registry, started with GREENROOM_PASSWORDS=off."""
    started = create_app(dataclasses.replace(app.settings, passwords=False), threads=4)
    yield started
    with started.app_context():
        db.engine.dispose()


def test_passwords_can_be_switched_off(app, strict, do):
    root = do(lambda actor: accounts.find("root"))
    token = do(lambda actor: token_models.create(root.id, "script", actor=LOCAL_USER))[1]
    search = "/api/2.0/mlflow/registered-models/search"

    assert app.test_client().get(search, auth=("root", GOOD)).status_code == 200
    client = strict.test_client()
    assert client.get(search, auth=("root", GOOD)).status_code == 401
    assert client.get(search, auth=("root", token)).status_code == 200
    assert client.get(search, headers={"Authorization": f"Bearer {token}"}).status_code == 200
    page = inspect(client.get("/sign-in"), "/sign-in")
    assert [control for control in page.all("input") if control.get("type") == "password"] == []
    assert page.links()["Sign in with single sign-on"].startswith("/sign-in/oidc")
    assert sign_in(client).status_code == 303
    assert client.get("/models").status_code == 200
