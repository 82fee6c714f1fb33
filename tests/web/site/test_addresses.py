"""Addresses: whatever stands in one, a page, a form and a redirect lead to it and to nothing else."""

import re
from collections import defaultdict
from urllib.parse import parse_qs, quote, unquote, urlsplit

import pytest
from flask import url_for

from app.accounts import accounts
from app.authz.actors import LOCAL_USER
from app.db.transactions import transaction
from app.http import addresses
from app.registry import models
from tests.factories.registry import make_model, make_versions
from tests.support import routes
from tests.support.pages import Page

PASSWORD = "correct horse battery"
NAMES = [
    "rel #1",
    "what?",
    "100%",
    "%41bc",
    "%2541",
    "a+b;c&d=e",
    'it\'s "so"',
    "größe 名前",
    "~(x)[y]{z}|^`@,$!*",
]
QUERY = "x=%2541+b%23&y=a%2Bb&z=what?"


@pytest.fixture
def signed_in(app):
    """A browser in which an administrator of a team has signed in."""
    with app.app_context(), transaction():
        accounts.create("root", password=PASSWORD, is_admin=True, actor=LOCAL_USER)
    return sign_in(app.test_client(), "/")[0]


def sign_in(client, target):
    """Signs in by the form that leads on to `target`; the client, and where it is sent then."""
    page = Page(client.get("/sign-in", query_string={"next": target}))
    fields = {**page.form("/sign-in"), "name": "root", "password": PASSWORD}
    answer = client.post("/sign-in", data=fields)
    assert answer.status_code == 303
    return client, answer.location


def meaning(address):
    """What an address says to a server: its path as it is decoded, and its query."""
    parts = urlsplit(address)
    assert not parts.fragment
    assert address == quote(address, safe="/!$&'()*+,:;=@?%"), "an address is quoted"
    return unquote(parts.path), parts.query


def calls_of_pages(app, name):
    """Every request for a page or by a form of a page, in which `name` stands wherever a name can."""
    world = defaultdict(lambda: quote(name, safe=""), {"version": "1", "run": "a" * 32, "experiment": "0"})
    numbers = defaultdict(lambda: "1", {"name": world["name"], "file": quote(f"a/{name}", safe="")})
    found = [
        call for call in routes.calls(app, numbers) if call.is_page and not call.path.endswith("get-artifact")
    ]
    assert len(found) > 80
    return found


@pytest.mark.parametrize("name", NAMES)
def test_every_page_leads_back_to_the_address_that_was_asked_for(app, signed_in, name):
    with app.app_context(), transaction():
        make_model(name)
        make_versions(1, name)
    nobody, shown = app.test_client(), 0
    for call in calls_of_pages(app, name):
        if call.method != "GET":
            continue
        asked = f"{call.path}?{QUERY}"
        goal = meaning(quote(unquote(call.path), safe="/"))[0], QUERY

        sent_on = nobody.get(asked)
        assert sent_on.status_code == 303, call
        [target] = parse_qs(urlsplit(sent_on.location).query)["next"]
        assert meaning(target) == goal, call
        assert signed_in.get("/sign-in", query_string={"next": target}).location == target

        answer = signed_in.get(asked)
        if answer.status_code in (302, 303):
            assert unquote(urlsplit(answer.location).path).startswith(
                ("/models/" + name, "/account", "/admin")
            ), call
        elif answer.mimetype == "text/html":
            here = Page(answer).form("/theme")
            assert meaning(here["next"]) == goal, call
            switched = signed_in.post("/theme", data={**here, "theme": "dark"})
            assert meaning(switched.location) == goal, call
            shown += answer.status_code == 200
    assert shown > 20
    assert sign_in(app.test_client(), target)[1] == target


@pytest.mark.parametrize("name", NAMES)
def test_every_form_that_failed_is_sent_again_to_where_it_was_sent(app, signed_in, name):
    for call in calls_of_pages(app, name):
        if call.method != "POST":
            continue
        sent = {"words": "typed", "csrf_token": "of an earlier session"}
        answer = signed_in.post(f"{call.path}?{QUERY}", data=sent, headers={"Origin": "http://localhost"})
        assert answer.status_code == 400, call
        forms = [one.get("action") for one in Page(answer).all("form") if one.get("class") != "theme-switch"]
        goal = meaning(quote(unquote(call.path), safe="/"))[0], QUERY
        assert goal in [meaning(action) for action in forms], call


@pytest.mark.parametrize("name", NAMES)
def test_the_page_of_a_renamed_model_leads_to_the_same_page(app, signed_in, name):
    with app.app_context(), transaction():
        make_model("old")
        models.rename("old", name, actor=LOCAL_USER)
    query = f"{QUERY}&_external=1&_scheme=javascript&_anchor=x"
    answer = signed_in.get(f"/models/old/settings?{query}")
    assert meaning(answer.location) == (f"/models/{name}/settings", query)


def test_a_colour_is_chosen_on_a_page_that_a_failed_form_answers(app, signed_in):
    fields = Page(signed_in.get("/new-model")).form("/new-model")
    page = Page(signed_in.post("/new-model", data=fields))
    assert page.status == 422
    assert page.form("/theme")["next"] == "/new-model"


def test_a_failed_sign_in_still_knows_where_to_go(app, signed_in):
    client = app.test_client()
    fields = Page(client.get("/sign-in", query_string={"next": "/models/a%20%23b"})).form("/sign-in")
    page = Page(client.post("/sign-in", data={**fields, "name": "root", "password": "wrong"}))
    assert page.form("/sign-in")["next"] == "/models/a%20%23b"
    back = Page(client.get(page.form("/theme")["next"]))
    assert back.form("/sign-in")["next"] == "/models/a%20%23b"


@pytest.mark.parametrize(
    "asked",
    [
        "/models/a%20%231",
        "/models/%2541",
        "/a;b=c,d",
        "/%FF%C3",
        "/%5C%5Chost",
        "/?q=%2541+%23&r=what??",
        "/%09/x",
    ],
)
def test_an_address_comes_as_it_was_asked_for(app, asked):
    with app.test_request_context(asked) as context:
        context.request.environ["PATH_INFO"] = unquote(urlsplit(asked).path, "latin1")
        assert addresses.asked() == asked
        assert addresses.server() == "http://localhost"
        assert addresses.local(addresses.asked()) == asked


@pytest.mark.parametrize("asked", ["//host/x", "///host", "//"])
def test_no_address_is_of_another_host(app, asked):
    with app.test_request_context(asked) as context:
        context.request.environ["PATH_INFO"] = asked
        assert re.match(r"/(?!/)", addresses.asked())


@pytest.mark.parametrize("path", ["/", "/models?q=a%20b", "/models/a#b", "/models/.."])
def test_a_path_of_this_site_is_one(app, path):
    with app.test_request_context():
        assert addresses.local(path, "/no") == path


@pytest.mark.parametrize(
    "path", ["", "models", "//x", "/\\x", "\\\\x", "https://x", "/\nx", "http:/x", "///x", "/\t/x", "//[x"]
)
def test_anything_else_is_not(app, path):
    with app.test_request_context():
        assert addresses.local(path, "/no") == "/no"
        assert addresses.local(path) == "/"


@pytest.mark.parametrize("name", NAMES)
def test_the_address_of_a_page_is_the_one_that_is_asked_for(app, name):
    with app.test_request_context():
        address = url_for("models.show", name=name, q=name)
    with app.test_request_context(address) as context:
        assert meaning(addresses.asked())[0] == f"/models/{name}"
        assert context.request.args["q"] == name
