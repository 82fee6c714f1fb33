"""In a real browser: from clicking "Sign in with ..." to being in, and back out again."""

import time
import urllib.request
from collections.abc import Iterator

import pytest

from app.accounts.credentials import TeamMode
from tests.browser.test_every_page import broken_rules
from tests.browser.visitor import Visitor
from tests.support.oidc import NoProvider, Provider, provider
from tests.support.servers import LiveServer, live_greenroom

pytestmark = pytest.mark.browser

BUTTON = "Sign in with Example Ltd"


@pytest.fixture(scope="module")
def idp(tmp_path_factory) -> Iterator[Provider]:
    try:
        with provider(tmp_path_factory.mktemp("provider")) as running:
            yield running
    except NoProvider as error:
        pytest.fail(str(error), pytrace=False)


@pytest.fixture
def registry(tmp_path, idp) -> Iterator[LiveServer]:
    """A Greenroom without accounts, where people sign in with the provider and with nothing else."""
    variables = idp.environ(NAME="Example Ltd", ADMIN_GROUP="/ops", ALLOWED_GROUPS="/ops, /risk")
    with live_greenroom(
        tmp_path / "greenroom", "--workers", "2", GREENROOM_PASSWORDS="off", **variables
    ) as running:
        yield running


def say_who(visitor: Visitor, login: str, status: int = 200) -> None:
    """Fill in the provider's page, and come back from it."""
    visitor.page.get_by_label("Who are you?").fill(login)
    visitor.press("Continue", status)


def until_all_ask(registry: LiveServer) -> None:
    """Ask until every process has seen that there are accounts, which each looks for once a second."""
    asked_since = None
    while asked_since is None or time.monotonic() - asked_since < TeamMode.LOOK_AGAIN + 0.2:
        with urllib.request.urlopen(f"{registry.url}/experiments", timeout=30) as answer:
            if "/sign-in" not in answer.url:
                asked_since = None
            elif asked_since is None:
                asked_since = time.monotonic()


@pytest.mark.parametrize("javascript", [True, False], ids=["with scripts", "without scripts"])
def test_from_clicking_to_being_in(visit, registry, idp, javascript):
    idp.know("ada", groups=["/ops"])
    idp.know("berta", name="Berta Bauer", groups=["/risk"])
    ada = visit(registry.url, javascript=javascript)
    ada.open("/set-up")
    ada.follow(BUTTON)
    say_who(ada, "ada")
    assert ada.page.url.startswith(registry.url)
    assert "Personal mode" not in ada.page.content()
    assert "ada" in ada.page.locator("header").inner_text()

    # The page that sent one to sign in is the one that one ends up at, although every cookie of ours
    # comes back from another site.
    until_all_ask(registry)
    berta = visit(registry.url, javascript=javascript)
    berta.open("/experiments?q=churn")
    assert berta.path.startswith("/sign-in?")
    berta.follow(BUTTON)
    assert berta.page.url.startswith(idp.issuer)
    say_who(berta, "berta")
    assert berta.path == "/experiments?q=churn"
    assert "berta" in berta.page.locator("header").inner_text()
    cookie = {cookie["name"]: cookie for cookie in berta.context.cookies(registry.url)}["greenroom"]
    assert (cookie["httpOnly"], cookie["sameSite"]) == (True, "Lax")


def test_whoever_may_not_come_in_reads_why_and_may_try_again(visit, registry, idp):
    idp.know("ada", groups=["/ops"])
    idp.know("clara", groups=["/sales"])
    ada = visit(registry.url)
    ada.open("/set-up")
    ada.follow(BUTTON)
    say_who(ada, "ada")

    clara = visit(registry.url)
    clara.open("/models")
    clara.follow(BUTTON)
    say_who(clara, "clara", 403)
    assert "clara is in none of the groups that may use this registry" in clara.said()
    assert broken_rules(clara.page) == []

    idp.know("clara", groups=["/risk"])
    clara.follow(BUTTON)  # the provider remembers who she is
    assert clara.path == "/models"


def test_whoever_cancels_comes_back_and_is_not_in(visit, registry):
    visitor = visit(registry.url)
    visitor.open("/set-up")
    visitor.follow(BUTTON)
    visitor.press("Cancel", 403)

    assert "you cancelled" in visitor.said()
    assert visitor.page.url.startswith(registry.url)
