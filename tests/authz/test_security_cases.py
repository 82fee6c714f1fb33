"""Holes that other registries had at their doors, tried at ours: who comes in, and what is kept of it."""

import logging
from collections import defaultdict
from types import SimpleNamespace

import pytest
from sqlalchemy import select

from app import create_app
from app.accounts import accounts, groups, passwords, sessions, sign_in_throttle
from app.audit.tables import Event
from app.authz.actors import LOCAL_USER
from app.authz.levels import Level
from app.core import clock
from app.core.errors import InvalidParameter
from app.db.transactions import db, transaction
from app.settings.settings import Settings
from app.sharing import token_models
from tests.factories.accounts import PASSWORD, make_account, sign_in
from tests.support import routes
from tests.support.answers import API, FILES, HIDDEN, done, refusal
from tests.support.pages import Page

SEARCH = f"{API}registered-models/search"
JSON_CALLS = ("/api/", "/ajax-api/")


@pytest.fixture
def browser(team):
    """A browser that the owner is signed in with."""
    browser = team.app.test_client()
    sign_in(team.app, browser, team.owner.id)
    return browser


@pytest.fixture
def every_call(app):
    """A request to each method of each address; whom they are about does not matter where none is let in."""
    return list(routes.calls(app, defaultdict(lambda: "1")))


def refused_sign_ins(app) -> list[str]:
    with app.app_context(), transaction():
        query = select(Event.subject).where(Event.kind == "account.sign_in_refused")
        return list(db.session.execute(query).scalars())


def test_no_other_spelling_of_an_address_is_open(team, every_call):
    """HEAD and OPTIONS, a slash at the end, two in the middle, and another case."""
    nobody = team.app.test_client(use_cookies=False)
    wrong = []
    for path in {call.path for call in every_call}:
        doubled = "/" + path[1:].replace("/", "//", 1)
        for method, spelt in (
            ("OPTIONS", path),
            ("HEAD", path),
            ("TRACE", path),
            ("GET", f"{path}/"),
            ("POST", f"{path}/"),
            ("GET", doubled),
            ("GET", path.upper()),
            ("GET", path.replace("2.0", "2%2E0")),
        ):
            answer = nobody.open(spelt, method=method)
            is_sent_on = answer.status_code == 303 and answer.headers["Location"].startswith("/sign-in?")
            if answer.status_code not in (308, 400, 401, 404, 405) and not is_sent_on:
                wrong.append(f"{method} {spelt}: {answer.status_code}")
    assert not wrong, "\n".join(["", *wrong])


@pytest.mark.parametrize(
    "origin", ["null", "https://evil.example", "http://localhost:8080", "https://localhost", ""]
)
def test_no_change_is_made_for_a_page_of_another_site(team, browser, every_call, origin):
    team.app.config["WTF_CSRF_ENABLED"] = False  # which would refuse the forms for another reason
    wrong = []
    for call in every_call:
        if call.method in ("GET", "HEAD"):
            continue
        answer = browser.open(call.path, method=call.method, headers={"Origin": origin}, **call.options())
        if answer.status_code != 403 or "another site" not in answer.text:
            wrong.append(f"{call}: {answer.status_code} {answer.text[:100]}")
    assert not wrong, "\n".join(["", *wrong])


@pytest.mark.parametrize(
    "kind", ["text/plain", "multipart/form-data; boundary=x", "application/x-www-form-urlencoded", ""]
)
def test_no_call_reads_what_a_form_of_another_site_can_send(team, every_call, kind):
    """Not even for who signs in: a browser may send a password that it remembers by itself.

    No form sends PATCH, and a script of another site has to ask first, whatever the type of its body.
    """
    wrong = []
    for call in every_call:
        if call.json is None or call.method not in ("POST", "PUT"):
            continue
        answer = team.root.send(call.method, call.path, data=b'{"name": "x"}', content_type=kind)
        if answer.status_code != 400 or "Content-Type" not in answer.text:
            wrong.append(f"{call}: {answer.status_code} {answer.text[:100]}")
    assert not wrong, "\n".join(["", *wrong])


def test_what_a_browser_sends_by_itself_opens_no_call(team, browser, every_call):
    for call in every_call:
        if call.path.startswith(JSON_CALLS):
            assert browser.open(call.path, method=call.method, **call.options()).status_code == 401, call


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "10.evil.example",
        "192.168.evil.example",
        "localhost:80@evil",
        "127.0.0.1.evil.example",
        "evil.example:127",
        "localhost.evil.example",
        "[::1].evil.example",
        "127.0.0.1/",
        "localhost#",
        "2130706433",
        "",
    ],
)
def test_a_server_that_goes_by_another_name_answers_nothing(team, host):
    for path in (SEARCH, "/models", "/sign-in", "/static/css/base.css"):
        answer = team.root.send("GET", path, headers={"Host": host})
        assert answer.status_code in (400, 403), path
    # Probes name a server as they like, and are told no more than that it lives.
    assert team.root.send("GET", "/health", headers={"Host": host}).text == "OK"


@pytest.fixture
def verifications(monkeypatch):
    """The hashes that a password was verified against so far."""
    hasher, found = passwords._HASHER, []

    def verify(stored, text):
        found.append(stored)
        return hasher.verify(stored, text)

    monkeypatch.setattr(passwords, "_HASHER", SimpleNamespace(verify=verify, hash=hasher.hash))
    return found


@pytest.mark.parametrize("name", ["anna", "nobody", "robot", "off", "stranger", "", "a\0b", "ä" * 300])
@pytest.mark.parametrize("door", ["call", "page"])
def test_who_there_is_does_not_show_in_the_time_that_a_refusal_takes(team, verifications, door, name):
    with team.app.app_context(), transaction():
        make_account("anna", password=PASSWORD)
        make_account("off", password=PASSWORD)
        make_account("robot", kind="service")
        accounts.disable("off", actor=LOCAL_USER)
    team.app.config["WTF_CSRF_ENABLED"] = False
    client = team.app.test_client()
    if door == "call":
        answer = client.get(SEARCH, auth=(name, "not the password"))
        assert answer.status_code == 401
    else:
        answer = client.post("/sign-in", data={"name": name or " x", "password": "not the password"})
        assert answer.status_code == 422
    assert len(verifications) == 1


def test_a_password_that_was_good_is_verified_anew_once_it_is_another(team, verifications):
    with team.app.app_context(), transaction():
        make_account("anna", password=PASSWORD)
    answers = [team.app.test_client().get(SEARCH, auth=("anna", PASSWORD)).status_code for _ in range(3)]
    assert answers == [200] * 3 and len(verifications) == 1

    with team.app.app_context(), transaction():
        accounts.set_password("anna", "another fine long one", actor=LOCAL_USER)
    assert team.app.test_client().get(SEARCH, auth=("anna", PASSWORD)).status_code == 401
    assert len(verifications) == 2


def test_a_password_or_token_typed_as_a_name_is_not_kept(team):
    client, typed = team.app.test_client(use_cookies=False), "my secret passphrase"
    for name in (typed, team.owner.secret, "OWNER"):
        assert client.get(SEARCH, auth=(name, "")).status_code == 401

    assert refused_sign_ins(team.app) == ["", "", "owner"]
    table = team.root.get("/admin/audit.csv").text
    assert typed not in table and team.owner.secret not in table


def test_a_program_with_a_bad_token_neither_fills_the_log_nor_locks_its_neighbours_out(team):
    with team.app.app_context(), transaction():
        make_account("anna", password=PASSWORD)
    client = team.app.test_client(use_cookies=False)
    for _ in range(sign_in_throttle.MAX_FROM_ADDRESS + 10):
        answer = client.get(SEARCH, headers={"Authorization": "Bearer grn_expired"})
        assert answer.status_code == 401

    assert len(refused_sign_ins(team.app)) == sign_in_throttle.MAX_FOR_ACCOUNT_FROM_ADDRESS
    assert client.get(SEARCH, auth=("anna", PASSWORD)).status_code == 200


def test_what_is_refused_and_what_is_done_are_on_record_without_a_secret(team, caplog):
    caplog.set_level(logging.DEBUG)
    done(team.owner.post("registered-models/create", name="churn"))
    new = "an entirely new passphrase"
    assert refusal(team.stranger.post("users/create", username="x", password=new))[0] == 403
    done(team.root.post("users/create", username="new", password=new))
    answer = team.root.send("PATCH", "users/update-password", json={"username": "new", "password": new + "!"})
    assert answer.status_code == 200

    with team.app.app_context(), transaction():
        query = select(Event.kind, Event.actor).order_by(Event.id)
        kinds = [(kind, actor) for kind, actor in db.session.execute(query)]
        everything = str(db.session.execute(select(Event.__table__)).all())
    for one in (
        ("model.created", "owner"),
        ("access.refused", "stranger"),
        ("account.created", "root"),
        ("account.password_set", "root"),
    ):
        assert one in kinds
    table = team.root.get("/admin/audit.csv").text
    for secret in (new, team.owner.secret, team.root.secret, "argon2"):
        assert secret not in everything + table + caplog.text


def test_a_program_that_goes_on_being_refused_does_not_fill_the_log(team, monkeypatch):
    at, paths = clock.now_ms(), [f"{FILES}artifacts/0/{number}" for number in range(3)]
    monkeypatch.setattr(clock, "now_ms", lambda: at)
    done(team.owner.post("registered-models/create", name="churn"))
    team.give(Level.READ, team.reader, model="churn")
    team.give(Level.READ, team.reader, team.stranger, experiment=0)
    for path in paths:
        assert refusal(team.reader.send("DELETE", path))[0] == 403
    assert refusal(team.stranger.send("DELETE", paths[0]))[0] == 403
    tag = {"name": "churn", "key": "k", "value": "v"}
    assert refusal(team.reader.post("registered-models/set-tag", **tag))[0] == 403
    at += 60_000
    assert refusal(team.reader.send("DELETE", paths[0]))[0] == 403

    query = select(Event.actor, Event.subject, Event.comment).where(Event.kind == "access.refused")
    with team.app.app_context(), transaction(read_only=True):
        rows = db.session.execute(query.order_by(Event.id)).all()
    assert [(actor, subject) for actor, subject, _ in rows] == [
        ("reader", f"DELETE {paths[0]}"),
        ("stranger", f"DELETE {paths[0]}"),
        ("reader", f"POST {API}registered-models/set-tag"),
        ("reader", f"DELETE {paths[0]}"),
    ]
    assert [" times within a minute." in comment for *_, comment in rows] == [True, False, False, False]
    assert rows[0].comment.endswith(" Refused 3 times within a minute.")


@pytest.mark.parametrize("path", ["experiments/search", "registered-models/search", "model-versions/search"])
def test_the_next_page_of_somebody_else_holds_ones_own(team, path):
    method = "POST" if path.startswith("experiments") else "GET"
    for number in range(4):
        done(team.owner.post("experiments/create", name=f"sekrit-{number}"))
        done(team.owner.post("registered-models/create", name=f"sekrit-{number}"))
        fields = {"name": f"sekrit-{number}", "source": "s3://bucket/sekrit"}
        done(team.owner.post("model-versions/create", **fields))
    page = done(team.owner.ask(method, path, max_results=2))
    answer = team.stranger.ask(method, path, max_results=2, page_token=page["next_page_token"])

    assert answer.status_code in (200, 400)
    assert "sekrit" not in answer.text and "next_page_token" not in answer.text


def test_the_next_page_of_runs_takes_the_right_to_read_them(team):
    experiment = done(team.owner.post("experiments/create", name="lab"))["experiment_id"]
    for _ in range(3):
        done(team.owner.post("runs/create", experiment_id=experiment))
    search = {"experiment_ids": [experiment], "max_results": 1}
    token = done(team.owner.post("runs/search", **search))["next_page_token"]

    assert done(team.stranger.post("runs/search", **search, page_token=token)) == {}
    answer = team.stranger.get("experiments/get", experiment_id=experiment)
    assert refusal(answer) == HIDDEN


XSS = ["<img src=x onerror=alert(1)>", "<script>alert(1)</script>", "{{ 7*7 }}", '"><svg onload=alert(1)>']


@pytest.mark.parametrize("text", XSS)
def test_what_people_call_themselves_and_theirs_is_text(team, browser, text):
    """Full names, what groups and tokens are for, browsers, comments, and what checks report."""
    root = team.app.test_client()
    with team.app.app_context(), transaction():
        accounts.set_full_name("owner", text, actor=LOCAL_USER)
        groups.create("risk", description=text, actor=LOCAL_USER)
        groups.add("risk", "owner", actor=LOCAL_USER)
        token_models.create(team.owner.id, text, actor=LOCAL_USER)
        sessions.begin(team.owner.id, user_agent=text, address="127.0.0.1")
    sign_in(team.app, root, team.root.id)
    done(team.owner.post("registered-models/create", name="churn", description="x"))
    done(team.owner.post("model-versions/create", name="churn", source="s3://bucket/x"))
    this = {"name": "churn", "version": "1"}
    done(team.owner.post("comments/create", **this, comment=text))
    done(team.owner.post("transition-requests/create", **this, stage="Production", comment=text))
    link = 'https://ci.example/1?a=<img/src=x/onerror=alert(1)>"onload="alert(1)'
    report = {**this, "check": "scan", "state": "failed", "summary": text, "link": link}
    done(team.owner.post("/api/2.0/greenroom/checks", **report))
    shown = [
        "/account",
        "/account/tokens",
        "/models/churn",
        "/models/churn/versions/1",
        "/models/churn/members",
    ]
    administered = [
        "/admin/users",
        "/admin/accounts/owner",
        "/admin/accounts/owner/tokens",
        "/admin/groups",
        "/admin/groups/risk",
        "/admin/audit",
    ]
    told = set()
    for client, paths in ((browser, shown), (root, administered)):
        for path in paths:
            page = Page(client.get(path))
            told |= {path} if " ".join(text.split()) in page.text else set()
            assert page.status == 200, path
            for element in page.root.iter():
                assert element.tag != "img" and element.get("onload") is element.get("onerror") is None, path
                assert element.tag != "script" or element.get("src", "").startswith("/static/"), path
    assert told >= {
        "/account",
        "/account/tokens",
        "/models/churn/versions/1",
        "/admin/users",
        "/admin/accounts/owner",
        "/admin/accounts/owner/tokens",
        "/admin/groups/risk",
        "/admin/audit",
    }


@pytest.mark.parametrize("name", XSS)
def test_no_account_or_group_is_called_what_would_run(team, name):
    assert refusal(team.root.post("users/create", username=name, password=PASSWORD))[0] == 400
    with team.app.app_context(), transaction(), pytest.raises(InvalidParameter):
        groups.create(name, actor=LOCAL_USER)


def test_the_cookie_is_marked_as_the_proxy_says(app):
    """Signing in and out, over https as the browser sees it."""
    environ = {
        "GREENROOM_INSTANCE": str(app.settings.instance),
        "GREENROOM_DATABASE_URL": app.settings.database_url,
        "GREENROOM_TRUSTED_PROXIES": "1",
        "GREENROOM_ALLOWED_HOSTS": "models.example",
    }
    behind = create_app(Settings.from_environ(environ), threads=4)
    behind.config["WTF_CSRF_ENABLED"] = False
    with app.app_context(), transaction():
        make_account("anna", password=PASSWORD)
    for scheme in ("https", "http"):
        client = behind.test_client()
        headers = {
            "X-Forwarded-Proto": scheme,
            "X-Forwarded-Host": "models.example",
            "X-Forwarded-For": "192.0.2.7",
        }
        base = f"{scheme}://models.example"
        answers = [
            client.post(
                "/sign-in", data={"name": "anna", "password": PASSWORD}, headers=headers, base_url=base
            ),
            client.post("/sign-out", headers=headers, base_url=base),
        ]
        for answer in answers:
            assert answer.status_code == 303
            [cookie] = [one for one in answer.headers.getlist("Set-Cookie") if one.startswith("greenroom=")]
            assert "HttpOnly" in cookie and "SameSite=Lax" in cookie and "Domain" not in cookie
            assert ("Secure" in cookie) is (scheme == "https")
            assert ("Strict-Transport-Security" in answer.headers) is (scheme == "https")
    with behind.app_context():
        db.engine.dispose()


def test_what_a_client_says_of_its_address_is_not_believed_without_a_proxy(team):
    """Or whoever guesses passwords would have as many tries as there are addresses."""
    with team.app.app_context(), transaction():
        make_account("anna", password=PASSWORD)
    client = team.app.test_client(use_cookies=False)
    answers = [
        client.get(SEARCH, auth=("anna", f"guess {number}"), headers={"X-Forwarded-For": f"192.0.2.{number}"})
        for number in range(sign_in_throttle.MAX_FOR_ACCOUNT_FROM_ADDRESS + 1)
    ]
    assert [answer.status_code for answer in answers[-2:]] == [401, 429]
    assert int(answers[-1].headers["Retry-After"]) > 0


def test_every_page_and_call_refuses_to_be_framed_and_to_be_guessed_at(team, browser):
    for path in ("/models", "/sign-in", "/nowhere", SEARCH, "/account/tokens/new"):
        headers = browser.get(path).headers
        assert "frame-ancestors 'none'" in headers["Content-Security-Policy"], path
        assert "unsafe" not in headers["Content-Security-Policy"]
        assert (headers["X-Frame-Options"], headers["X-Content-Type-Options"]) == ("DENY", "nosniff")
