"""Returning to a former holder of a stage, on pages: by the rule, in an emergency, or refused in words."""

import pytest

from app.registry import versions
from app.stages import history, transitions
from tests.factories.accounts import require_sign_in, sign_in
from tests.factories.registry import make_model, make_versions
from tests.support.team import make_team

HISTORY = "/models/churn/history"
URL = "/models/churn/versions/1/return/Production"


@pytest.fixture
def team(app):
    """Version 1 was in Production and version 2 is."""
    made = make_team(app)
    require_sign_in(app)
    for number in (1, 2):
        made.do("ben", transitions.transition, "churn", number, "Production", archive_others=True)
    return made


@pytest.fixture
def as_(app, client, do, team):
    """Go on as that person."""
    return lambda name: do(lambda actor: sign_in(app, client, team.ids[name]))


@pytest.fixture
def held(team):
    return lambda: tuple(team.see("ada", versions.get, "churn", n).stage for n in (1, 2))


def test_who_manages_the_stage_returns_by_the_rule(pages, as_, held, team):
    as_("ben")
    assert pages.get(HISTORY).links()["Roll back to version 1"] == URL
    assert pages.get("/models/churn/versions/1").links()["Roll back Production to version 1"] == URL
    assert "Roll back to version 2" not in pages.get("/models/churn/versions/2").links()
    page = pages.get(URL)
    assert (
        "The rule allows you to do this directly" in page.text
        and "Version 2, which is in Production now" in page.text
    )
    done = pages.send(URL, reason="Worse on Mondays")
    assert done.flashes == ["Production rolled back to version 1."]
    assert held() == ("Production", "Archived")
    assert pages.get(HISTORY).links()["Roll back to version 2"].endswith("/versions/2/return/Production")
    assert "Worse on Mondays" in pages.get("/models/churn/versions/1").text


def test_an_emergency_takes_a_reason_and_is_told_to_everybody_concerned(pages, as_, held, team):
    team.group("oncall", "rita", "rolf")
    team.rule("Production", must_request=True, emergency_groups=["oncall"])
    as_("rita")
    assert "Emergency rollback: skips approvals" in pages.get(URL).text
    refused = pages.send(URL, reason=" ", status=422)
    assert "Give the reason why Production can't wait" in refused.error_beside("reason")
    assert held() == ("Archived", "Production")
    pages.send(URL, reason="Everybody gets the same price")
    assert held() == ("Production", "Archived")
    as_("rolf")
    assert "Everybody gets the same price" in pages.get("/approvals?show=mentions").text


@pytest.mark.parametrize("name", ["anna", "rita", "sven"])
def test_who_may_not_is_told_why_and_how_to_ask(client, pages, as_, held, name):
    as_(name)
    page = pages.get(URL)
    assert f"{name} can't move version 1 of churn" in page.text
    assert page.links()["Request a stage change"].startswith(
        "/models/churn/versions/1/requests/new?stage=Production"
    )
    assert not [form for form in page.all("form") if form.get("action") == URL]
    token = page.form("/theme")["csrf_token"]
    refused = pages.post(URL, {"csrf_token": token, "reason": "x"}, status=403)
    assert "without a request" in refused.text and held() == ("Archived", "Production")


def test_who_may_not_read_the_model_finds_nothing(pages, as_):
    as_("carl")
    pages.get(URL, 404)
    pages.get("/models/churn/versions/1", 404)


def test_what_the_version_lacks_is_said_before_and_stops_it(pages, as_, held, team):
    team.rule("Production", checks=["bias"])
    as_("ben")
    assert "Still needed: check bias" in pages.get(URL).text
    team.rule("Production")
    fields = pages.get(URL).form(URL)
    team.rule("Production", checks=["bias"])
    assert "Still needed: check bias" in pages.post(URL, fields, status=422).summary
    assert held() == ("Archived", "Production")


def test_another_holder_meanwhile_is_no_surprise(pages, as_, team):
    as_("ben")
    fields = pages.get(URL).form(URL)
    team.do("bea", transitions.transition, "churn", 3, "Production", archive_others=True)
    stale = pages.post(URL, {**fields, "reason": "Typed."}, status=409)
    assert (
        "Version 3 of churn is in Production now" in stale.summary and stale.form(URL)["reason"] == "Typed."
    )
    pages.post(URL, stale.form(URL))
    assert team.see("ada", versions.get, "churn", 1).stage == "Production"


def test_one_does_not_return_to_what_never_was_there_or_is_there_now(pages, as_):
    as_("ben")
    assert "has never been in Production" in pages.get("/models/churn/versions/3/return/Production", 409).text
    assert "is already in Production" in pages.get("/models/churn/versions/2/return/Production", 409).text
    pages.get("/models/churn/versions/1/return/Nowhere", 404)
    pages.get("/models/churn/versions/9/return/Production", 404)


def test_the_local_user_returns_without_asking(pages, do, ask):
    do(lambda actor: (make_model("price"), make_versions(2, "price")))
    for number in (1, 2):
        do(transitions.transition, "price", number, "Staging", archive_others=True)
    pages.send("/models/price/versions/1/return/Staging")
    assert ask(lambda: [s.stage for s in history.of_version(versions.get("price", 1).id)]) == [
        "None",
        "Staging",
        "Archived",
        "Staging",
    ]


@pytest.mark.parametrize("choice", ["refuse", "reason"])
def test_what_changed_since_it_was_there_is_said_in_red(pages, as_, held, team, choice):
    team.rule("Production", tags=["reviewed"], rollback_changed=choice)
    team.do("ben", versions.set_tag, "churn", 1, "reviewed", "yes")
    as_("ben")
    page = pages.get(URL)
    if choice == "refuse":
        assert "The rule refuses to roll back to it" in page.text and "Request a stage change" in page.text
        return
    assert '<b class="danger">Version 1 may not be what it was in Production' in page.html
    assert "the tag reviewed changed" in page.text
    refused = pages.send(URL, reason=" ", status=422)
    assert "Give a reason: version 1 of churn may not be what it was in Production." in refused.text
    pages.send(URL, reason="It was reviewed only later")
    assert held() == ("Production", "Archived")
    assert "changed since it was there: tag reviewed" in pages.get("/models/churn").text
