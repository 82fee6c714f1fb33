"""`/`: what waits for somebody, their models, and what changed lately."""

import pytest

from app.activity import recent
from app.approvals import notices, requests
from app.authz.actors import Actor
from app.registry import models, stars, versions
from app.stages import transitions
from tests.factories.accounts import sign_in
from tests.support.queries import recorded_queries
from tests.support.team import make_team


@pytest.fixture
def team(app):
    return make_team(app)


def test_an_empty_registry_is_told_what_fills_it(pages):
    page = pages.get("/")
    assert page.title == "Home · Greenroom"
    assert 'registered_model_name="churn"' in page.text
    assert page.links()["create an empty model"] == "/new-model"


def test_without_accounts_it_shows_what_changed_and_what_has_a_star(pages, do):
    for name in ("churn", "fraud"):
        do(models.create, name, description="Who *leaves*.")
    do(versions.create, "churn", "s3://models/x")
    do(transitions.transition, "churn", 1, "Production", comment="good *enough*")
    page = pages.get("/")
    assert [a.text for a in page.all("a") if a.get("aria-current")] == ["Home"]
    assert page.links()["Production v1"] == "/models/churn/versions/1"
    assert "churn: Ada moved version 1 from None to Production" in page.text
    assert "good enough" in page.text
    assert "Waiting for you" not in page.text and "Starred" not in page.text
    page = pages.post("/stars", page.form("/stars") | {"add": "fraud"})
    assert page.h1 == "Home" and "Starred" in page.text


def test_a_person_finds_what_waits_and_what_is_theirs_and_nothing_of_others(pages, team):
    team.do("anna", requests.open_request, "churn", 2, "Production", comment="Beats *version 1*.")
    team.do("carl", models.create, "secret")
    team.do("meg", models.create, "megs")
    for name, waits, sees in (("ben", True, "churn"), ("anna", False, "churn"), ("carl", False, "secret")):
        sign_in(team.app, pages.client, team.ids[name])
        page = pages.get("/")
        assert ("churn version 2 from None to Production, requested by anna" in page.text) is waits
        assert "Beats version 1." in page.text or not waits
        if waits:
            asked = pages.get(page.links()["churn version 2"])
            [button] = [one for one in asked.all("button") if one.get("aria-keyshortcuts") == "a"]
            assert button.text == "Approve"
        assert ("Nothing is waiting for your approval." in page.text) is not waits
        assert sees in page.links()
        assert ("Your models" in page.text) is (name != "ben")
        assert ("secret" in page.html) is (name == "carl") and "megs" not in page.html


def test_what_somebody_was_told_and_has_not_read_is_counted(pages, team):
    team.do("anna", requests.open_request, "churn", 2, "Production", comment="What do you think, @rita?")
    sign_in(team.app, pages.client, team.ids["rita"])
    page = pages.get("/")
    assert "1 unread notification" in page.text
    assert "mentioned you on churn version 2" in pages.get(page.links()["1 unread notification"]).text
    team.do("rita", notices.see, 1_000)
    assert "that you have not read" not in pages.get("/").text


def test_a_stranger_is_told_how_to_come_by_models(pages, team):
    sign_in(team.app, pages.client, team.ids["carl"])
    assert "You see models that were shared with you, your groups or everyone" in pages.get("/").text


def test_it_takes_the_same_statements_however_much_there_is(app, pages, team):
    def counted() -> int:
        sign_in(app, pages.client, team.ids["ben"])
        with recorded_queries(app) as statements:
            pages.get("/")
        return len(statements)

    team.do("ben", models.create, "first")
    team.do("ben", stars.add, "first")
    team.do("anna", requests.open_request, "churn", 1, "Production")
    few = counted()
    for number in range(10):
        team.do("ben", models.create, f"more-{number}")
        team.do("ben", stars.add, f"more-{number}")
        team.do("ben", versions.create, f"more-{number}", "s3://models/x")
    for number in (2, 3):
        team.do("anna", requests.open_request, "churn", number, "Production")
    assert counted() == few <= 18


def test_the_changes_are_the_newest_of_all_the_models_asked_for(work):
    made = [models.create(f"m{number}", actor=Actor("anna")) for number in range(30)]
    for _ in range(recent.MAX_CHANGES + 3):
        versions.create("m0", "s3://models/x", actor=Actor("anna"))
    models.describe("m5", "Changed.", actor=Actor("anna"))
    found = recent.of_models([made[0].id, made[5].id])
    assert [change.name for change in found] == ["m5"] + ["m0"] * (recent.MAX_CHANGES - 1)
    assert [change.moment.version for change in found[1:]] == list(range(recent.MAX_CHANGES + 3, 4, -1))
    beyond = recent.of_models([model.id for model in made[1:]])
    assert len(beyond) == recent.MAX_CHANGES
    assert all(int(change.name[1:]) <= recent.MAX_MODELS for change in beyond)
    assert recent.of_models([]) == []
