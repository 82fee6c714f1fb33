"""The members of a model and of an experiment, and rights on everything: who has what, giving, taking."""

import pytest

from app.accounts import accounts, groups
from app.authz.levels import Level
from app.authz.permissions import PERMISSION_SPECS, Area
from app.registry import models
from app.sharing import grants
from app.tracking import experiments
from tests.factories.accounts import make_account, require_sign_in, sign_in

MODEL = "/models/churn/members"


@pytest.fixture
def people(app, do):
    """Anna manages the model churn and experiment 1; Ben, the service ci and the group risk have nothing."""
    made = {name: do(lambda actor, name=name: make_account(name)) for name in ("anna", "ben", "root")}
    do(accounts.set_admin, "root", True)
    do(accounts.create, "ci", kind="service")
    do(groups.create, "risk")
    do(models.create, "churn")
    do(experiments.create, "training")
    anna = grants.Principal("user", "anna", account_id=made["anna"].id)
    do(grants.set_on_model, "churn", anna, Level.MANAGE)
    do(grants.set_on_experiment, 1, anna, Level.MANAGE)
    require_sign_in(app)
    return made


@pytest.fixture
def anna(app, client, people):
    sign_in(app, client, people["anna"].id)
    return people["anna"]


@pytest.fixture
def levels(ask):
    """Who was given what on the model."""
    return lambda: {row.principal.name: row.level for row in ask(grants.of_model, "churn")}


def give(pages, url=MODEL, **fields):
    return pages.post(url, {**pages.get(url).form("/theme"), **fields}, status=fields.pop("status", 303))


@pytest.mark.parametrize(
    ("kind", "name", "shown"),
    [
        ("account", "ben", "ben"),
        ("account", "BEN", "ben"),
        ("account", "ci", "ci"),
        ("group", "risk", "Group risk"),
        ("everyone", "", "Everyone"),
    ],
)
def test_a_level_is_given_changed_and_taken_away(pages, anna, levels, kind, name, shown):
    who = {"kind": kind, "name": name}
    page = give(pages, **who, level="10")
    assert page.flashes == [f"{shown} now has the permission “read” on churn."]
    key = {"group": "risk", "everyone": "everyone"}.get(kind, name.lower())
    assert levels() == {"anna": Level.MANAGE, key: Level.READ}

    give(pages, **who, level="40")
    assert levels()[key] == Level.MANAGE_PRODUCTION

    page = pages.post(f"{MODEL}/remove", {**pages.get(MODEL).form("/theme"), **who})
    assert page.flashes == [f"{shown} no longer has access here."]
    assert levels() == {"anna": Level.MANAGE}


def test_the_page_says_who_has_what_and_why(pages, anna, do):
    do(groups.create, "auditors")
    do(grants.set_on_area, Area.MODELS, grants.Principal("group", "auditors", group_id=2), Level.READ)
    page = pages.get(MODEL)

    assert "anna person" in page.text
    assert "auditors group Read permission on all models" in page.text
    assert "Administrators administrators of this registry Manage administrator rights" in page.text


def test_the_table_of_levels_is_the_table_of_permissions(pages, anna):
    model, experiment = pages.get(MODEL), pages.get("/experiments/1/members")
    for page, area in ((model, "Models"), (experiment, "Experiments")):
        assert [a.text for a in page.all("a") if a.get("aria-current")] == [area]

    for rule in PERMISSION_SPECS.values():
        if rule.level > Level.NONE:
            page = model if rule.area is Area.MODELS else experiment
            assert rule.description in page.text
    assert "Move versions between stages, decide requests no no all but Production yes yes" in model.text


@pytest.mark.parametrize(
    ("fields", "field", "words"),
    [
        ({"kind": "account", "name": "", "level": "10"}, "name", "Give the name."),
        ({"kind": "account", "name": "nobody", "level": "10"}, "name", "There is no account named nobody."),
        ({"kind": "group", "name": "anna", "level": "10"}, "name", "There is no group named anna."),
        ({"kind": "account", "name": "ben", "level": "11"}, "level", "Choose a level."),
        ({"kind": "account", "name": "ben", "level": "0"}, "level", "There is no right to nothing"),
        ({"kind": "account", "name": "ben\0", "level": "10"}, "name", "There is no account"),
    ],
)
def test_what_cannot_be_is_said_beside_its_field(client, pages, anna, levels, fields, field, words):
    answer = client.post(MODEL, data={**pages.get(MODEL).form("/theme"), **fields})
    assert answer.status_code == 422
    if "\0" not in fields["name"]:
        page = pages.post(MODEL, {**pages.get(MODEL).form("/theme"), **fields}, status=422)
        assert words in page.error_beside(field)
    assert levels() == {"anna": Level.MANAGE}


def test_a_reader_sees_the_members_and_changes_none(app, pages, client, people, do, levels):
    ben = grants.Principal("user", "ben", account_id=people["ben"].id)
    do(grants.set_on_model, "churn", ben, Level.MANAGE_PRODUCTION)
    sign_in(app, client, people["ben"].id)
    page = pages.get(MODEL)

    assert "anna" in page.text and "Manage Production versions" in page.text
    assert [form.get("action") for form in page.all("form")] == ["/sign-out", "/theme"]
    assert not page.all("datalist"), "names of everybody are for who gives rights"
    for url in (MODEL, f"{MODEL}/remove"):
        fields = {**page.form("/theme"), "kind": "account", "name": "anna", "level": "10"}
        assert client.post(url, data=fields).status_code == 403
    assert levels()["anna"] == Level.MANAGE


def test_to_a_stranger_the_page_is_missing(app, pages, client, people, levels):
    sign_in(app, client, people["ben"].id)
    pages.get(MODEL, status=404)
    pages.get("/experiments/1/members", status=404)
    fields = {
        "csrf_token": pages.get("/models").form("/theme")["csrf_token"],
        "kind": "account",
        "name": "ben",
        "level": "50",
    }

    for url in (MODEL, f"{MODEL}/remove", "/experiments/1/members", "/experiments/1/members/remove"):
        assert client.post(url, data=fields).status_code == 404
    assert levels() == {"anna": Level.MANAGE}


def test_who_gives_their_own_right_away_is_not_left_before_a_closed_door(pages, anna, levels):
    page = pages.post(
        f"{MODEL}/remove", {**pages.get(MODEL).form("/theme"), "kind": "account", "name": "anna"}
    )

    assert page.h1 == "Models"
    assert levels() == {}


def test_an_experiment_has_members_of_three_levels(pages, anna, ask):
    url = "/experiments/1/members"
    page = give(pages, url, kind="account", name="ben", level="20")

    assert page.flashes == ["ben now has the permission “edit” on training."]
    assert {row.principal.name: row.level for row in ask(grants.of_experiment, 1)}["ben"] == Level.EDIT
    assert pages.post(
        url, {**page.form("/theme"), "kind": "account", "name": "ben", "level": "30"}, status=422
    )
    pages.post(f"{url}/remove", {**page.form("/theme"), "kind": "account", "name": "ben"})
    assert [row.principal.name for row in ask(grants.of_experiment, 1)] == ["anna"]


def test_the_pages_of_the_things_lead_there(pages, anna):
    assert pages.get("/models/churn").links()["Members"] == MODEL
    assert pages.get("/experiments/1").links()["Members"] == "/experiments/1/members"


def test_in_personal_mode_there_are_no_members(pages, do):
    do(models.create, "churn")

    assert "Members" not in pages.get("/models/churn").links()
    assert "set up your team first" in pages.get(MODEL, status=404).text


@pytest.mark.parametrize("area", [Area.MODELS, Area.EXPERIMENTS])
def test_administrators_give_and_take_rights_on_everything(app, client, pages, people, ask, area):
    sign_in(app, client, people["root"].id)
    url = f"/admin/rights/{area.value}"
    fields = pages.get("/admin/rights").form("/theme")

    page = pages.post(url, {**fields, "kind": "group", "name": "risk", "level": "20"})
    assert page.flashes == [f"Group risk now has the permission “edit” on all {area.value}."]
    [row] = ask(grants.of_area, area)
    assert (row.principal.name, row.level) == ("risk", Level.EDIT)

    pages.post(f"{url}/remove", {**fields, "kind": "group", "name": "risk"})
    assert ask(grants.of_area, area) == []
    page = pages.post(url, {**fields, "kind": "group", "name": "nobody", "level": "20"}, status=422)
    assert "no group named nobody" in page.error_beside("name")
    pages.post("/admin/rights/nothing", {**fields, "kind": "everyone", "level": "20"}, status=404)


@pytest.mark.parametrize("url", ["/admin/rights/models", "/admin/rights/models/remove"])
def test_nobody_else_gives_rights_on_everything(client, pages, anna, ask, url):
    fields = {**pages.get(MODEL).form("/theme"), "kind": "account", "name": "anna", "level": "50"}

    assert client.post(url, data=fields).status_code == 403
    assert client.get("/admin/rights").status_code == 403
    assert ask(grants.of_area, Area.MODELS) == []
