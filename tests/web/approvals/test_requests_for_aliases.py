"""From an alias that may not be set to the request for it, and its decision, on pages."""

import pytest

from app.authz.actors import LOCAL_USER
from app.authz.levels import Level
from app.db.transactions import transaction
from app.registry import aliases, models
from app.sharing import grants
from app.stages import rule_settings
from tests.factories.accounts import PASSWORD, make_account, require_sign_in
from tests.factories.registry import make_model, make_versions
from tests.support.pages import Pages

VERSION = "/models/churn/versions/2"
NEW = f"{VERSION}/requests/new"


@pytest.fixture
def signed_in(app):
    """Signs in anna, who edits churn, or meg, who manages it; @champion of it has a rule."""
    with app.app_context(), transaction():
        make_model()
        make_versions(2)
        for name, level in (("anna", Level.EDIT), ("meg", Level.MANAGE)):
            make_account(name, password=PASSWORD)
            grants.set_on_model("churn", grants.principal_of_account(name), level, actor=LOCAL_USER)
        aliases.set_alias("churn", "champion", 1, actor=LOCAL_USER)
        for target in ("@champion", "@prod-*", "#approved"):
            rule_settings.set_rule(target, must_request=True, actor=LOCAL_USER)
    require_sign_in(app)

    def sign_in(name: str) -> Pages:
        pages = Pages(app.test_client())
        pages.send("/sign-in", name=name, password=PASSWORD)
        return pages

    return sign_in


def pointed(app) -> dict[str, int]:
    with app.app_context(), transaction(read_only=True):
        return models.get("churn").aliases


def test_who_may_not_set_it_is_led_to_the_request_which_another_approves(app, signed_in):
    anna, meg = signed_in("anna"), signed_in("meg")
    refused = anna.send(VERSION, f"{VERSION}/aliases", alias="champion", status=403)
    assert "can't set, move or remove @champion of churn without a request." in refused.text
    ask = next(address for address in refused.links().values() if "/requests/new" in address)
    page = anna.get(ask)
    assert page.form(NEW)["stage"] == "@champion"
    assert "Setting @champion requires 1 approval" in page.text and "Stage or alias" in page.text
    page = anna.send(ask, NEW, comment="Better by a point.")
    assert "You requested @champion." in page.text and "to point @champion at it" in page.text
    assert pointed(app) == {"champion": 1}
    assert "@champion" not in anna.get(NEW).form(NEW)["stage"]

    assert "@champion" in meg.get("/approvals").text
    request = f"{VERSION}/requests/1"
    page = meg.get(request)
    assert "to point @champion at it" in page.text and "Compared with version 1 (at @champion)" in page.text
    assert "archive_others" not in page.form(f"{request}/decide")
    page = meg.send(request, f"{request}/decide", decision="approve")
    assert "@champion points at version 2 now." in page.text
    assert pointed(app) == {"champion": 2}


def test_a_request_for_an_alias_that_points_nowhere_is_rejected(app, signed_in):
    anna, meg = signed_in("anna"), signed_in("meg")
    anna.send(f"{NEW}?stage=@prod-eu", NEW, archive_others="y")
    request = f"{VERSION}/requests/1"
    assert "@prod-eu points at no other version" in meg.get(request).text
    page = meg.send(request, f"{request}/decide", decision="reject", comment="Not yet.")
    assert "You rejected the request to point @prod-eu at version 2." in page.text
    assert pointed(app) == {"champion": 1}


def test_an_alias_that_nobody_needs_to_request_is_not_offered(app, signed_in):
    """Nor one that points there already, is bound to another stage, or follows one."""
    with app.app_context(), transaction():
        rule_settings.set_rule("@live", follows="Production", actor=LOCAL_USER)
        rule_settings.set_rule("@next", bound_to="Staging", must_request=True, actor=LOCAL_USER)
    anna = signed_in("anna")
    for alias in ("free", "live", "next"):
        assert f"@{alias}" not in anna.get(f"{NEW}?stage=@{alias}").text
    assert "@champion" not in anna.get("/models/churn/versions/1/requests/new?stage=@champion").text


def test_other_ways_to_it_are_refused_on_pages_too(app, signed_in):
    anna, meg = signed_in("anna"), signed_in("meg")
    for pages, action, fields in (
        (anna, "/models/churn/aliases", {"alias": "champion", "version": "2"}),
        (anna, "/models/churn/aliases/remove", {"alias": "champion"}),
        (anna, "/models/churn/tags", {"key": "approved", "value": "yes"}),
        (anna, f"{VERSION}/tags", {"key": "approved", "value": "yes"}),
        (anna, f"{VERSION}/tags/remove", {"key": "approved"}),
        (meg, "/models/churn/versions/1/delete", {"confirm": "churn"}),
        (meg, "/models/churn/delete", {"confirm": "churn"}),
        (meg, "/models/churn/rename", {"new_name": "left"}),
        (anna, "/models/churn/settings/champion", {}),
        (anna, "/models/churn/settings/champion/stop", {}),
    ):
        answer = pages.client.post(action, data={**fields, "csrf_token": pages.token()})
        assert answer.status_code == 403, (action, answer.status_code, answer.text[:2000])
    assert pointed(app) == {"champion": 1}
