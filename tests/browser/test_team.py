"""From one person to a team, in a real browser, with and without scripts."""

import re

import pytest
import requests

from tests.browser.visitor import Visitor
from tests.factories.accounts import PASSWORD
from tests.support.servers import LiveServer, live_greenroom

pytestmark = pytest.mark.browser

BENS = "a lamp that hums at noon"


@pytest.fixture
def registry(tmp_path):
    with live_greenroom(tmp_path / "greenroom", "--workers", "2") as running:
        yield running


def fill(visitor: Visitor, button: str, status: int = 200, **fields: str) -> None:
    """Fill fields, named by their labels with _ for spaces, and press the button of the form they are in."""
    for label, value in fields.items():
        visitor.page.get_by_label(label.replace("_", " "), exact=True).fill(value)
    visitor.press(button, status)


def choose_in_menu(visitor: Visitor, entry: str) -> None:
    """Choose from the menu of the one who is signed in."""
    visitor.page.locator("header summary").click()
    control = visitor.page.locator("header .account-menu").get_by_text(entry, exact=True)
    (visitor.press if entry == "Sign out" else visitor.follow)(control)


def set_up(visitor: Visitor, registry: LiveServer) -> None:
    visitor.open("/models")
    visitor.follow("Set up your team")
    visitor.page.get_by_label("Everyone who signs in can read every model and experiment").uncheck()
    fill(
        visitor,
        "Create account and require sign-in",
        **{"Set-up_code": registry.set_up_code},
        User_name="anna",
        Password=PASSWORD,
        Repeat_password=PASSWORD,
    )
    assert visitor.flash == "Sign-in is now required. You are signed in as anna."


def make_user(visitor: Visitor, name: str, password: str) -> None:
    choose_in_menu(visitor, "Administration")
    visitor.follow("New user")
    fill(visitor, "Create account", Name=name, Password=password, Repeat_password=password)
    assert visitor.flash == f"Account {name} created."


def sign_in(visitor: Visitor, path: str, name: str, password: str) -> None:
    visitor.open(path)
    assert visitor.path.startswith("/sign-in")
    fill(visitor, "Sign in", User_name=name, Password=password)


def test_an_address_that_mlflows_client_printed_leads_to_the_page_after_signing_in(
    visit, registry: LiveServer
):
    anna, again = (visit(registry.url) for _ in range(2))
    set_up(anna, registry)
    anna.open("/new-model")
    fill(anna, "Create model", Name="rel #1")

    again.page.goto(f"{registry.url}/#/models/rel%20%231")
    assert again.path.startswith("/sign-in?next=/#")
    fill(again, "Sign in", User_name="anna", Password=PASSWORD)
    assert again.path == "/models/rel%20%231"


@pytest.mark.parametrize("javascript", [True, False], ids=["with scripts", "without scripts"])
def test_two_people_share_a_model_and_nobody_else_sees_it(visit, registry: LiveServer, javascript):
    anna, ben = (visit(registry.url, javascript=javascript) for _ in range(2))
    set_up(anna, registry)
    make_user(anna, "ben", BENS)
    anna.open("/new-model")
    fill(anna, "Create model", Name="churn")

    anna.follow("Members")
    anna.unfold("Add people")
    anna.page.get_by_label("Access", exact=True).select_option("Edit")
    fill(anna, "Grant", Name="ben")
    assert anna.flash == "ben now has the permission “edit” on churn."

    sign_in(ben, "/models/churn", "ben", BENS)
    assert ben.path == "/models/churn", "one ends up where one was going"
    assert ben.page.get_by_role("link", name="Edit", exact=True).count() == 1
    assert ben.page.get_by_role("link", name="Delete", exact=True).count() == 0
    ben.open("/models/churn/delete", 403)
    assert "ben does not have permission to do this to the model churn" in ben.said()

    anna.press(anna.page.get_by_role("button", name="Remove ben"))
    ben.open("/models/churn", 404)


@pytest.mark.parametrize("javascript", [True, False], ids=["with scripts", "without scripts"])
def test_a_token_is_shown_once_used_and_revoked(visit, registry, javascript):
    anna = visit(registry.url, javascript=javascript)
    set_up(anna, registry)
    choose_in_menu(anna, "Tokens")
    anna.follow("Create token")
    fill(anna, "Create token", Name="laptop")
    [secret] = set(re.findall(r"grn_[\w-]{43}", anna.said()))
    call = f"{registry.url}/api/2.0/mlflow/registered-models/search"
    bearer = {"Authorization": f"Bearer {secret}"}
    assert requests.get(call, headers=bearer, timeout=30).status_code == 200

    anna.page.reload(wait_until="load")
    anna.arrive(409)
    assert "made its token already" in anna.said() and secret not in anna.page.content()
    anna.open("/account/tokens")
    assert anna.page.get_by_role("row").count() == 2, "the heading, and one token"

    anna.follow(anna.page.get_by_role("link", name="Revoke laptop"))
    anna.press("Revoke token")
    assert requests.get(call, headers=bearer, timeout=30).status_code == 401


def test_a_browser_is_signed_out_from_another(visit, registry):
    here, there = visit(registry.url), visit(registry.url)
    set_up(here, registry)
    sign_in(there, "/models", "anna", PASSWORD)

    choose_in_menu(here, "Profile")
    here.press("Sign out everywhere else")

    there.open("/models")
    assert there.path == "/sign-in?next=/models"
    here.open("/account")


def test_who_signs_out_leaves_nothing_behind_to_go_back_to(visit, registry):
    anna = visit(registry.url)
    set_up(anna, registry)
    anna.open("/account")
    choose_in_menu(anna, "Sign out")
    assert anna.flash == "You have signed out."

    anna.page.go_back(wait_until="load")
    assert anna.path.startswith("/sign-in")


def test_a_session_that_ended_while_a_form_was_open_says_what_to_do(visit, registry):
    anna, elsewhere = visit(registry.url), visit(registry.url)
    set_up(anna, registry)
    anna.open("/new-model")
    sign_in(elsewhere, "/account", "anna", PASSWORD)
    elsewhere.press("Sign out everywhere else")

    fill(anna, "Create model", 401, Name="churn")
    assert "Sign in, then open this address again" in anna.said()
    assert "churn" in anna.page.get_by_label("Name", exact=True).input_value()
    with anna.context.expect_page() as opened:
        anna.page.get_by_role("link", name="Sign in in another tab").click()
    opened.value.get_by_label("User name", exact=True).fill("anna")
    opened.value.get_by_label("Password", exact=True).fill(PASSWORD)
    opened.value.get_by_role("button", name="Sign in", exact=True).click()
    opened.value.wait_for_url(f"{registry.url}/")
    anna.press("Submit again", 400)
    assert "This form is no longer valid" in anna.said()
    anna.press("Submit again")
    assert anna.path == "/models/churn"
