"""Administration: people, services and groups, by who may, and by nobody else."""

import re

import pytest

from app.accounts import accounts, groups, passwords, tokens
from app.authz.actors import LOCAL_USER
from app.core.errors import NotFound
from app.db.transactions import db
from app.settings.oidc import Provider
from app.sharing import token_models
from app.stages import rule_settings
from tests.factories.accounts import PASSWORD, make_account, require_sign_in, sign_in

NEW = "a lamp that hums at noon"
PAGES = (
    "/admin/users",
    "/admin/services",
    "/admin/groups",
    "/admin/rights",
    "/admin/new-user",
    "/admin/new-service",
    "/admin/new-group",
    "/admin/accounts/ben",
    "/admin/accounts/ben/password",
    "/admin/accounts/ben/tokens",
    "/admin/accounts/ben/delete",
)


@pytest.fixture
def ben(app, do):
    """A person who is signed in elsewhere."""
    return do(lambda actor: make_account("ben", password=PASSWORD))


@pytest.fixture
def root(app, client, do, ben):
    """An administrator who is signed in."""
    made = do(lambda actor: make_account("root", password=PASSWORD, is_admin=True))
    require_sign_in(app)
    sign_in(app, client, made.id)
    return made


@pytest.fixture
def theirs(app, root, ben):
    """A browser that ben is signed in with."""
    browser = app.test_client()
    sign_in(app, browser, ben.id)
    assert browser.get("/account").status_code == 200
    return browser


def press(pages, url, **fields):
    return pages.post(url, {**pages.get("/admin/users").form("/theme"), **fields})


def test_people_and_services_are_listed_apart_and_found_by_words(pages, root, do):
    do(accounts.create, "ci", kind="service", full_name="Nightly training")
    do(accounts.create, "clara", full_name="Clara Immerwahr")
    users, services = pages.get("/admin/users"), pages.get("/admin/services")

    assert {"ben", "root", "clara"} <= users.links().keys() and "ci" not in users.links()
    assert "ci" in services.links() and "ben" not in services.links()
    assert (
        "root Administrator" in users.text and "clara Clara Immerwahr Member cannot sign in yet" in users.text
    )
    found = pages.get("/admin/users?q=immer").links()
    assert "clara" in found and "ben" not in found
    assert "No accounts match" in pages.get("/admin/users?q=nobody-like-this").text


def test_a_long_list_comes_in_pages(pages, root, do):
    for number in range(60):
        do(lambda actor, number=number: make_account(f"person-{number:02}"))
    first = pages.get("/admin/users")
    second = pages.get(first.links()["Next page"])

    assert "person-00" in first.links() and "person-59" not in first.links()
    assert "person-59" in second.links() and "First page" in second.links()
    assert pages.get("/admin/users?page_token=nonsense", status=400)


def test_a_person_is_made_with_a_password_and_signs_in(app, pages, root):
    page = pages.send("/admin/new-user", name="clara", full_name="Clara", password=NEW, again=NEW)
    assert page.flashes == ["Account clara created."]

    browser = app.test_client()
    token = re.search(r'name="csrf_token" value="([^"]+)"', browser.get("/sign-in").text)[1]
    answer = browser.post("/sign-in", data={"name": "clara", "password": NEW, "csrf_token": token})
    assert answer.status_code == 303


def test_a_person_without_a_password_waits(pages, root, ask):
    page = pages.send("/admin/new-user", name="clara", is_admin="y")

    assert "not yet: set a password" in page.text
    row = ask(accounts.find, "clara")
    assert row.is_admin and not row.has_password


@pytest.mark.parametrize(
    ("fields", "field", "words"),
    [
        ({"name": ""}, "name", "Give a name."),
        ({"name": "BEN"}, "name", "There is an account named BEN already."),
        ({"name": "<b>"}, "name", "An account's name has"),
        ({"name": "x", "password": "short", "again": "short"}, "password", "at least 12"),
        ({"name": "x", "password": NEW, "again": ""}, "again", "match"),
        ({"name": "x", "full_name": "y" * 201}, "full_name", "Full name"),
    ],
)
def test_an_account_that_cannot_be_is_refused_beside_the_field(pages, root, ask, fields, field, words):
    page = pages.send("/admin/new-user", status=422, **fields)

    assert words in page.error_beside(field)
    assert page.form("/admin/new-user")["name"] == fields["name"]
    assert len(ask(accounts.search)[0]) == 2


def test_a_service_is_made_and_gets_a_token(app, pages, root):
    page = pages.send("/admin/new-service", name="ci", full_name="Nightly training")
    assert page.h1 == "ci" and "Service account" in page.text and "with tokens" in page.text
    assert "Set password" not in page.links()

    made = pages.send("/admin/accounts/ci/tokens/new", name="nightly", status=200)
    [secret] = set(re.findall(r"grn_[\w-]{43}", made.text))
    assert f"export MLFLOW_TRACKING_USERNAME=ci export MLFLOW_TRACKING_PASSWORD={secret}" in made.text
    header = {"Authorization": f"Bearer {secret}"}
    assert (
        app.test_client().get("/api/2.0/mlflow/registered-models/search", headers=header).status_code == 200
    )


def test_the_tokens_of_others_are_seen_and_revoked(pages, root, ben, do, ask):
    token, _ = do(lambda actor: token_models.create(ben.id, "laptop", actor=LOCAL_USER))
    assert "laptop" in pages.get("/admin/accounts/ben/tokens").text

    pages.send(f"/admin/accounts/ben/tokens/{token.id}/revoke")
    assert ask(tokens.get, token.id).revoked_at is not None
    assert pages.get(f"/admin/accounts/root/tokens/{token.id}/revoke", status=404)


def test_disabling_signs_out_at_once_and_enabling_lets_in_again(pages, root, ben, theirs, ask):
    assert "All browsers are signed out" in pages.get("/admin/accounts/ben/disable").text
    page = pages.send("/admin/accounts/ben/disable")
    assert page.flashes == ["ben is disabled."]
    assert theirs.get("/account").status_code == 303

    page = pages.send("/admin/accounts/ben", "/admin/accounts/ben/enable")
    assert page.flashes == ["ben can sign in again."]
    assert ask(accounts.find, "ben").disabled_at is None


def test_another_password_signs_out_everywhere(pages, root, theirs, ask):
    page = pages.send("/admin/accounts/ben/password", password=NEW, again=NEW)

    assert page.flashes == ["ben has a new password and is signed out everywhere."]
    assert theirs.get("/account").status_code == 303
    stored = ask(
        lambda: db.session.execute(db.text("SELECT password_hash FROM account WHERE name = 'ben'")).scalar()
    )
    assert passwords.verify(NEW, stored)
    page = pages.send("/admin/accounts/ben/password", password="short", again="short", status=422)
    assert "at least 12" in page.error_beside("password")


def test_ones_own_password_is_changed_with_the_present_one(client, root):
    assert client.get("/admin/accounts/root/password").location == "/account/password"


def test_administration_is_given_and_taken_and_never_lost(pages, root, ask):
    url = "/admin/accounts/{}/administrator"
    assert pages.send(url.format("ben")).flashes == ["ben is now an administrator."]
    assert pages.send(url.format("ben")).flashes == ["ben is no longer an administrator."]

    page = pages.send(url.format("root"), status=422)
    assert "This is the last administrator" in page.summary
    assert ask(accounts.find, "root").is_admin


def test_who_is_no_administrator_any_more_is_out_at_once(app, client, pages, root, do):
    do(accounts.set_admin, "ben", True)
    do(accounts.set_admin, "root", False)

    assert client.get("/admin/users").status_code == 403
    assert "Administration" not in pages.get("/models").links()


def test_deleting_says_what_goes_and_what_stays(pages, root, theirs, do, ask):
    do(groups.create, "risk")
    do(groups.add, "risk", "ben")
    text = pages.get("/admin/accounts/ben/delete").text
    assert "This can't be undone" in text and "its membership in risk" in text

    page = pages.send("/admin/accounts/ben/delete")
    assert (page.h1, page.flashes) == ("Users", ["ben is deleted."])
    assert theirs.get("/account").status_code == 303
    with pytest.raises(NotFound):
        ask(accounts.find, "ben")


@pytest.mark.parametrize("verb", ["disable", "delete"])
def test_nobody_shuts_themselves_out(pages, root, ask, verb):
    assert f"/admin/accounts/root/{verb}" not in pages.get("/admin/accounts/root").links().values()
    page = pages.send(f"/admin/accounts/root/{verb}", status=422)

    assert f"You cannot {verb} your own account" in page.summary
    assert ask(accounts.find, "root").disabled_at is None


def test_a_group_is_made_filled_edited_and_deleted(pages, root, ask, do):
    page = pages.send("/admin/new-group", name="risk", description="Who answers for <b>risk</b>")
    assert page.flashes == ["Group risk created."] and "Who answers for <b>risk</b>" in page.text

    page = pages.post("/admin/groups/risk/members", {**page.form("/theme"), "account": "BEN"})
    assert "ben" in page.links()
    page = pages.post("/admin/groups/risk/members", {**page.form("/theme"), "account": "nobody"}, status=422)
    assert "There is no account named nobody." in page.error_beside("account")
    page = press(pages, "/admin/groups/risk/members/remove", account="ben")
    assert page.flashes == ["ben is no longer in the group."]

    page = pages.send("/admin/groups/risk/edit", name="hazard", description="")
    assert page.h1 == "hazard"
    assert "This can't be undone" in pages.get("/admin/groups/hazard/delete").text
    assert "part in the rules" not in pages.get("/admin/groups/hazard/delete").text
    do(groups.add, "hazard", "ben")
    part = {"approver_groups": [ask(groups.find, "hazard").id]}
    do(rule_settings.set_rule, "Production", **part)
    do(rule_settings.set_rule, "Staging", **part)
    assert "removed from the rules of Staging, Production." in pages.get("/admin/groups/hazard/delete").text
    page = pages.send("/admin/groups/hazard/delete")
    assert page.flashes == ["Group hazard deleted."]
    assert ask(groups.search)[0] == []


@pytest.mark.parametrize("name", ["everyone", "users", "admins", "a b", "<script>"])
def test_a_group_that_cannot_be_is_refused_beside_the_field(pages, root, name):
    assert pages.send("/admin/new-group", name=name, status=422).error_beside("name")


def test_members_of_a_group_of_administrators_are_some(pages, client, root, theirs, do):
    do(groups.create, "keepers")
    do(groups.add, "keepers", "ben")
    assert theirs.get("/admin/users").status_code == 403

    page = pages.send("/admin/groups/keepers/administrators")
    assert page.flashes == ["Members of keepers are now administrators."]
    assert theirs.get("/admin/users").status_code == 200

    pages.send("/admin/groups/keepers/administrators")
    assert theirs.get("/admin/users").status_code == 403


def test_the_last_way_to_an_administrator_is_not_closed(pages, root, do):
    do(groups.create, "keepers", is_admin=True)
    do(groups.add, "keepers", "root")
    do(accounts.set_admin, "root", False)

    for url in ("/admin/groups/keepers/delete", "/admin/groups/keepers/administrators"):
        assert "This is the last administrator" in pages.send(url, status=422).summary
    fields = {**pages.get("/admin/groups/keepers").form("/theme"), "account": "root"}
    page = pages.post("/admin/groups/keepers/members/remove", fields, status=422)
    assert "This is the last administrator" in page.summary


def test_an_account_is_let_wait_for_single_sign_on(app, pages, root, theirs, ask):
    url = "/admin/accounts/ben/single-sign-on"
    assert pages.get(url, status=404), "there is no provider"
    object.__setattr__(
        app.settings, "oidc", Provider("https://login.example.com", "greenroom", "s", name="Example Ltd")
    )
    assert pages.get("/admin/accounts/ben").links()["Hand over to single sign-on"] == url
    assert (
        "The next person who signs in through Example Ltd as ben takes over the account"
        in pages.get(url).text
    )

    pages.send(url)
    assert theirs.get("/account").status_code == 303
    assert not ask(accounts.find, "ben").has_password


@pytest.mark.parametrize("url", PAGES)
def test_the_pages_are_for_administrators(theirs, url):
    answer = theirs.get(url)

    assert answer.status_code == 403
    assert "Only an administrator may do that." in answer.text


@pytest.mark.parametrize(
    "url",
    [
        "new-user",
        "new-service",
        "new-group",
        "accounts/ben/password",
        "accounts/ben/delete",
        "accounts/ben/disable",
        "accounts/ben/enable",
        "accounts/ben/administrator",
        "accounts/ben/tokens/new",
        "rights/models",
    ],
)
def test_forms_are_refused_without_their_token(client, root, ask, url):
    before = ask(accounts.find, "ben")

    assert client.post(f"/admin/{url}", data={"name": "x", "password": NEW, "again": NEW}).status_code == 400
    assert ask(accounts.find, "ben") == before


@pytest.mark.parametrize(
    "url",
    [
        "/admin/accounts/nobody",
        "/admin/accounts/nobody/tokens",
        "/admin/groups/nobody",
        "/admin/accounts/nobody/delete",
        "/admin/groups/nobody/edit",
    ],
)
def test_who_is_not_there_is_not_there(pages, root, url):
    assert "There is no" in pages.get(url, status=404).text


@pytest.mark.parametrize("url", ["/admin/users", "/admin/new-user", "/admin/groups", "/admin/rights"])
def test_in_personal_mode_there_is_nobody_to_administer(pages, url):
    assert "set up your team first" in pages.get(url, status=404).text


def test_administration_begins_with_the_people(client, root):
    assert client.get("/admin").location == "/admin/users"
