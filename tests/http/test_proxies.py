"""What is believed about a client, and what becomes of a proxy that nobody told the server about."""

import dataclasses
import logging

import pytest

from app.accounts import accounts
from app.authz.actors import LOCAL_USER
from app.db.transactions import transaction
from app.http import proxies
from app.settings.settings import Settings
from tests.support.pages import Page

PASSWORD = "correct horse battery"


@pytest.fixture
def team(app):
    with app.app_context(), transaction():
        for name in ("root", "anna"):
            accounts.create(name, password=PASSWORD, is_admin=name == "root", actor=LOCAL_USER)


def ask(client, name, password, peer="127.0.0.1", **headers):
    sent = {key.replace("_", "-"): value for key, value in headers.items()}
    return client.get(
        "/api/2.0/mlflow/registered-models/search",
        auth=(name, password),
        headers=sent,
        environ_overrides={"REMOTE_ADDR": peer},
    ).status_code


@pytest.mark.parametrize(
    "headers",
    [
        {"X_Forwarded_Proto": "https"},
        {"X_Forwarded_Host": "models.example.com"},
        {"X_Forwarded_For": "unknown"},
        {"Forwarded": "for=10.1.1.1"},
        {"X_Forwarded_For": "203.0.113.9"},
        {"X_Real_IP": "203.0.113.9"},
    ],
)
@pytest.mark.parametrize("peer", ["127.0.0.1", "172.17.0.1", "::1"])
def test_a_strangers_wrong_passwords_lock_nobody_else_out(client, team, headers, peer):
    for number in range(60):
        ask(client, f"nobody-{number}", "wrong", peer, **headers)
    theirs = {**headers, **({"X_Forwarded_For": "10.1.1.1"} if "203.0.113.9" in headers.values() else {})}
    assert ask(client, "anna", PASSWORD, peer, **theirs) == 200


def test_an_account_is_still_guarded(client, team):
    last = [ask(client, "anna", "wrong", X_Forwarded_Proto="https") for _ in range(110)][-1]
    assert last == 429
    assert ask(client, "root", PASSWORD, X_Forwarded_Proto="https") == 200


def test_somebody_far_away_cannot_choose_whom_they_count_for(client, team):
    for number in range(60):
        last = ask(client, f"nobody-{number}", "wrong", "8.8.8.8", X_Forwarded_For=f"10.0.0.{number}")
    assert last == 429
    assert client.application.unknown_proxy is None


def test_a_client_that_chooses_headers_counts_for_what_the_proxy_adds(client, team):
    for number in range(60):
        last = ask(client, f"nobody-{number}", "wrong", X_Forwarded_For=f"10.0.0.{number}, 203.0.113.9")
    assert last == 429


def test_the_log_and_the_pages_of_administration_say_so_once(client, caplog):
    assert "GREENROOM_TRUSTED_PROXIES" not in client.get("/admin/stages").text
    with caplog.at_level(logging.WARNING):
        for _ in range(3):
            page = Page(client.get("/admin/stages", headers={"X-Forwarded-Proto": "https"}))
    assert "Requests come through a proxy at 127.0.0.1" in page.text + page.html
    assert [record.message for record in caplog.records if "GREENROOM_TRUSTED_PROXIES is 0" in record.message]
    assert len(caplog.records) == 1
    assert "GREENROOM_TRUSTED_PROXIES" in client.get("/admin/stages").text


def test_a_forwarded_header_moves_nothing(client):
    answer = client.get(
        "/models?", headers={"X-Forwarded-Host": "evil.example", "X-Forwarded-Prefix": "/evil"}
    )
    assert answer.status_code == 200
    assert "evil" not in answer.text


@pytest.fixture
def green(app):
    """A client of the application below a prefix."""
    app.settings = dataclasses.replace(app.settings, prefix="/green")
    app.config["SESSION_COOKIE_PATH"] = "/green"
    app.wsgi_app = type(app).wsgi_app.__get__(app)
    proxies.install(app)
    return app.test_client()


@pytest.mark.parametrize("path", ["/green/models", "/models"])
def test_below_a_prefix_every_address_has_it(green, path):
    page = Page(green.get(path))
    addresses = [one.get(name) for one in page.root.iter() for name in ("href", "src", "action", "data-home")]
    local = [one for one in addresses if one and not one.startswith(("#", "http"))]
    assert len(local) > 10
    assert [one for one in local if not one.startswith("/green/")] == []
    assert page.form("/green/theme")["next"] == "/green/models"


@pytest.mark.parametrize(
    ("target", "end"),
    [
        ("/green/models?q=a%20b", "/green/models?q=a%20b"),
        ("/green", "/green"),
        ("/", "/green/"),
        ("/other", "/green/"),
        ("/greener/x", "/green/"),
        ("/green/../other", "/green/"),
        ("/green/%2e%2E/other", "/green/"),
        ("//green/x", "/green/"),
    ],
)
def test_below_a_prefix_nothing_leads_to_what_lies_beside_it(green, target, end):
    fields = Page(green.get("/green/models")).form("/green/theme")
    answer = green.post("/green/theme", data={**fields, "theme": "dark", "next": target})
    assert answer.location == end
    assert "Path=/green" in answer.headers["Set-Cookie"]


def test_below_a_prefix_probes_are_answered_with_and_without_it(green):
    assert green.get("/health").status_code == green.get("/green/health").status_code == 200
    assert green.get("/greenery/health").status_code == 404


def test_the_prefix_is_a_setting(tmp_path):
    settings = Settings.from_environ(
        {"GREENROOM_INSTANCE": str(tmp_path), "GREENROOM_PREFIX": "/green/room/"}
    )
    assert settings.prefix == "/green/room"
