"""Asking for a stage and deciding it on pages, what is said about a version, and the inbox."""

import pytest

from app.approvals import comments, requests, rollback
from app.registry import versions
from app.stages import checks, transitions
from tests.factories.accounts import require_sign_in, sign_in
from tests.support.pages import Pages
from tests.support.queries import recorded_queries
from tests.support.team import make_team

VERSION = "/models/churn/versions/1"
NOTICES = "/approvals?show=mentions"


@pytest.fixture
def team(app):
    made = make_team(app)
    require_sign_in(app)
    return made


@pytest.fixture
def browser(app, team):
    """A browser in which that person is signed in."""

    def open_one(name: str) -> Pages:
        client = app.test_client()
        sign_in(app, client, team.ids[name])
        return Pages(client)

    return open_one


@pytest.fixture
def asked(team):
    """Rita's request for Production."""
    return team.do("rita", requests.open_request, "churn", "1", "Production", comment="It is **better** @ben")


@pytest.fixture
def address(asked):
    return f"{VERSION}/requests/{asked.id}"


def stage(team, number=1):
    return team.see("ada", versions.get, "churn", number).stage


def test_a_reader_asks_for_a_stage_and_withdraws_it(team, browser):
    rita = browser("rita")
    version = rita.get(VERSION)
    assert "Move" not in version.text
    assert version.links()["Request a stage change"] == f"{VERSION}/requests/new"
    form = rita.get(f"{VERSION}/requests/new?stage=Production")
    assert (
        "Production requires 1 approval from anyone who manages Production versions (not counting the requester)."
        in form.text
    )
    assert form.form(f"{VERSION}/requests/new")["stage"] == "Production"
    team.do("ben", transitions.transition, "churn", 2, "Staging")
    second = "/models/churn/versions/2/requests/new"
    assert rita.get(second).form(second)["stage"] == "Production"  # the next one

    page = rita.send(f"{VERSION}/requests/new", stage="Production", comment="It is **better**")

    assert page.flashes == ["You requested Production. Approvers have been notified."]
    assert "rita requested just now to move it to Production" in page.text
    assert "It is better" in page.text
    [request] = team.see("ada", requests.open_of, 1)
    page = rita.send(VERSION, f"{VERSION}/requests/{request.id}/withdraw")
    assert "No open requests." in page.text
    assert "withdrawn by rita" in page.text


def test_who_decides_reads_that_the_holders_are_to_be_archived(team, browser):
    asked = team.do("rita", requests.open_request, "churn", "1", "Production", archive_others=True)
    ben = browser("ben")
    assert "to archive the versions in that stage" in ben.get(f"{VERSION}/requests/{asked.id}").text
    assert (
        "rita requested just now to move it to Production and to archive the versions in it"
        in ben.get(VERSION).text
    )
    other = team.do("rita", requests.open_request, "churn", "2", "Production")
    assert "to archive" not in ben.get(f"/models/churn/versions/2/requests/{other.id}").text


def test_who_decides_says_whether_the_holders_are_archived(team, browser):
    team.do("ben", transitions.transition, "churn", "2", "Production")
    team.do("rita", requests.open_request, "churn", "1", "Production", archive_others=True)
    asked = team.do("ada", requests.open_request, "churn", "1", "Production")
    address, ben = f"{VERSION}/requests/{asked.id}", browser("ben")
    assert ben.get(address).form(f"{address}/decide")["archive_others"] == "y", "another asked for it"
    ben.send(address, f"{address}/decide", decision="approve", archive_others=None)
    assert stage(team) == team.see("ada", versions.get, "churn", "2").stage == "Production"

    asked = team.do("rita", requests.open_request, "churn", "1", "Staging")
    address = f"{VERSION}/requests/{asked.id}"
    assert "archive_others" not in ben.get(address).form(f"{address}/decide")
    team.rule("Staging", is_exclusive=True)
    assert "Archive the versions" not in ben.get(address).text


def test_asking_twice_for_the_same_is_refused_and_the_text_stays(team, browser, asked):
    page = browser("rita").send(f"{VERSION}/requests/new", stage="Production", comment="again", status=409)

    assert "that request is still open" in page.summary
    assert page.form(f"{VERSION}/requests/new")["comment"] == "again"


def test_who_may_approve_does_so_beside_what_would_be_replaced(team, browser, address):
    ben = browser("ben")
    team.do("ben", versions.describe, "churn", "2", "the old one")
    team.do("ada", requests.open_request, "churn", "2", "Staging")

    page = ben.get(address)
    assert "rita requested just now to move it from None to Production" in page.text
    assert "Nothing is in Production" in page.text
    page = ben.send(address, f"{address}/decide", decision="approve", comment="fine")

    assert page.flashes == ["Version 1 is now in Production."]
    assert "Approved by ben" in page.text
    assert stage(team) == "Production"


def test_the_candidate_stands_beside_the_present_holder(team, browser, asked, address):
    team.do("ada", versions.set_tag, "churn", "2", "auc", "0.8")
    team.do("ada", versions.set_tag, "churn", "1", "auc", "0.9")
    second = team.do("rita", requests.open_request, "churn", "2", "Production")
    browser("ben").send(address, f"{address}/decide", decision="approve")

    page = browser("ben").get(f"{VERSION[:-1]}2/requests/{second.id}")

    assert "Compared with version 1 (in Production)" in page.text
    assert "0.8" in page.text
    assert "0.9" in page.text


def test_a_rejection_says_why(team, browser, address):
    page = browser("ben").send(address, f"{address}/decide", decision="reject", comment="No **schema**")

    assert page.flashes == ["You rejected the request to move version 1 to Production."]
    assert "Rejected by ben" in page.text
    assert "No schema" in page.text
    assert stage(team) == "None"


def test_who_may_not_decide_is_not_offered_to_and_is_refused(team, browser, address):
    rolf = browser("rolf")
    page = rolf.get(address)
    assert "not decide this request" in page.text
    assert not [b for b in page.all("button") if b.get("name") == "decision"]

    token = rolf.token()
    rolf.post(f"{address}/decide", {"csrf_token": token, "decision": "approve", "seen": ""}, status=403)

    assert stage(team) == "None"


def test_the_asker_cannot_approve_their_own(team, browser):
    own = team.do("ben", requests.open_request, "churn", "1", "Production")
    page = browser("ben").get(f"{VERSION}/requests/{own.id}")

    assert not [b for b in page.all("button") if b.get("name") == "decision"]
    assert "Withdraw request" in page.text


def test_what_changed_since_it_was_seen_is_not_approved(team, browser, address):
    ben = browser("ben")
    filled = ben.get(address).form(f"{address}/decide")
    team.do("anna", versions.describe, "churn", "1", "quite another")

    page = ben.post(f"{address}/decide", {**filled, "decision": "approve", "comment": "my words"}, status=409)

    assert stage(team) == "None"
    assert page.form(f"{address}/decide")["comment"] == "my words"
    assert "Changed since the request: " in page.text


def test_who_has_approved_is_not_asked_again_while_others_are(team, browser, address):
    team.rule("Production", approvals=2)
    page = browser("ben").send(address, f"{address}/decide", decision="approve", comment="one")

    assert page.flashes == ["You approved: 1 of 2 approvals are given."]
    assert [b.get("value") for b in page.all("button") if b.get("name") == "decision"] == ["reject"]
    page = browser("bea").send(address, f"{address}/decide", decision="approve")
    assert stage(team) == "Production"
    assert "ben approved" in page.text
    assert "bea approved" in page.text


def test_a_decision_that_comes_too_late_is_told_who_decided(team, browser, address):
    bea = browser("bea")
    filled = bea.get(address).form(f"{address}/decide")
    browser("ben").send(address, f"{address}/decide", decision="reject", comment="no")

    page = bea.post(f"{address}/decide", {**filled, "decision": "approve"}, status=409)

    assert "was rejected by ben on" in page.text
    assert stage(team) == "None"


def test_a_stranger_finds_neither_request_nor_comments(team, browser, address):
    carl = browser("carl")

    carl.get(address, 404)
    token = carl.token()
    for path in (
        f"{address}/decide",
        f"{address}/withdraw",
        f"{VERSION}/comments",
        f"{VERSION}/requests/new",
    ):
        carl.post(path, {"csrf_token": token, "comment": "x", "stage": "Production"}, status=404)


def test_a_request_is_found_under_its_own_version_only(browser, asked):
    browser("ben").get(f"{VERSION[:-1]}2/requests/{asked.id}", 404)
    browser("ben").get(f"{VERSION}/requests/999", 404)


def test_comments_are_written_edited_and_deleted_by_their_author(team, browser):
    rita, ben, meg = browser("rita"), browser("ben"), browser("meg")
    page = rita.send(VERSION, f"{VERSION}/comments", comment="What about *small* ones? <script>x</script>")
    assert "What about small ones?" in page.text
    [said] = team.see("ada", comments.of_version, 1)
    edit = f"{VERSION}/comments/{said.id}/edit"
    assert "Edit" not in ben.get(VERSION).text.split("Comments")[1].split("Description")[0]

    page = rita.send(edit, comment="Never mind.")
    assert "Never mind." in page.text
    assert "edited" in page.text
    ben.get(edit, status=403)
    ben.post(edit, {"csrf_token": ben.token(), "comment": "mine"}, status=403)
    ben.post(f"{VERSION}/comments/{said.id}/delete", {"csrf_token": ben.token()}, status=403)

    page = meg.send(VERSION, f"{VERSION}/comments/{said.id}/delete")
    assert page.flashes == ["Comment deleted. You can restore it here."]
    assert "Never mind." in page.text
    gone, link = f"{VERSION}/comments/{said.id}/deleted", "See what was deleted"
    assert "Never mind." not in ben.get(VERSION).text and link not in ben.get(VERSION).links()
    assert meg.get(VERSION).links()[link] == gone
    ben.get(gone, status=403)
    ben.post(f"{VERSION}/comments/{said.id}/restore", {"csrf_token": ben.token()}, status=403)

    page = rita.send(gone, f"{VERSION}/comments/{said.id}/restore")
    assert page.flashes == ["Comment restored."]
    assert "Never mind." in page.text and "restored a comment on version 1" in page.text
    assert rita.client.get(gone).location == f"{VERSION}#comments"


def test_an_empty_comment_is_refused_beside_its_field(browser):
    page = browser("rita").send(VERSION, f"{VERSION}/comments", comment="  ", status=422)

    assert page.error_beside("comment") == "Write some text."


def test_checks_are_shown_with_a_line_for_ci(team, browser):
    team.do(
        "anna", checks.post, "churn", "1", "bias", "failed", link="https://ci.example.com/7", summary="5 %"
    )

    page = browser("rita").get(VERSION)

    assert "failed bias 5 %" in page.text
    assert page.links()["bias"] == "https://ci.example.com/7"
    assert "/api/2.0/greenroom/checks" in page.text


def test_the_inbox_has_what_waits_and_the_navigation_counts_it(team, browser, asked):
    team.do("anna", checks.post, "churn", "1", "bias", "passed")
    ben = browser("ben")

    page = ben.get("/approvals")

    # The request, and that its comment calls ben.
    assert "Approvals 2 waiting for you" in ben.get("/models").links()
    assert {"Waiting for me 1 new", "Notifications 1 new", "Decided"} <= page.links().keys()
    assert "churn version 1 to Production, requested by rita" in page.text
    assert "It is better @ben" in page.text
    assert "0 of 1 approval" in page.text
    assert "Checks: bias passed." in page.text
    assert "Nothing is waiting for you" in browser("rolf").get("/approvals").text
    assert "Nothing is waiting for you" in browser("carl").get("/approvals").text


def test_the_inbox_tells_what_one_asked_what_was_decided_and_who_called(team, browser, asked, address):
    assert "rita mentioned you on churn version 1, about Production" in browser("ben").get(NOTICES).text
    assert "churn version 1 to Production" in browser("rita").get("/approvals?show=asked").text
    browser("ben").send(address, f"{address}/decide", decision="reject", comment="no schema")

    page = browser("rolf").get("/approvals?show=decided")

    assert "Rejected by ben" in page.text
    assert "no schema" in page.text
    assert "No decisions yet" in browser("carl").get("/approvals?show=decided").text


def test_notices_are_new_until_they_are_read(team, browser):
    for number in ("1", "2", "3"):
        team.do("rita", comments.create, "churn", number, "Look, *@ben*")
    ben, bea = browser("ben"), browser("bea")
    token = bea.get("/models/churn/versions/1").form("/models/churn/versions/1/comments")["csrf_token"]
    page = ben.get(NOTICES)
    assert page.text.count("Mark as read") == 3 and "Approvals 3 waiting for you" in page.links()
    read = "/approvals/notices/read"
    newest = [one.get("value", "") for one in page.all("input") if one.get("name") == "id"]

    bea.post(read, {"csrf_token": token, "id": newest[0], "next": NOTICES})  # not hers
    assert ben.get(NOTICES).text.count("Mark as read") == 3
    csrf = next(one.get("value", "") for one in page.all("input") if one.get("name") == "csrf_token")
    page = ben.post(read, {"csrf_token": csrf, "id": newest[0], "next": NOTICES})
    assert page.text.count("Mark as read") == 2 and "Notifications 2 new" in page.links()
    page = ben.post(read, {"csrf_token": csrf, "up_to": newest[0], "next": NOTICES})
    assert "Mark as read" not in page.text and "Approvals" in page.links()
    assert page.text.count("rita mentioned you on churn version") == 3

    team.group("oncall", "rita")
    team.group("risk", "ben")
    team.rule(
        "Production",
        must_request=True,
        approver_groups=["risk"],
        emergency_groups=["oncall"],
        direct_groups=["risk"],
    )
    for number in (1, 2):
        team.do("ben", transitions.transition, "churn", number, "Production", archive_others=True)
    team.do("rita", rollback.roll_back, "churn", 1, "Production", reason="All get\nthe same *price*")
    page = ben.get(NOTICES)
    assert "rita rolled Production back to churn version 1 in an emergency, without approvals" in page.text
    assert "All get the same *price*" in page.text
    assert page.links()["churn version 1"] == "/models/churn/history"
    assert "Notifications 1 new" in page.links()


def test_the_history_shows_what_was_said_by_its_first_words(team, browser, asked, address):
    made = team.do("anna", comments.create, "churn", "1", "Secret, since taken back")
    team.do("anna", comments.delete, made.id)
    team.do("anna", comments.create, "churn", "1", "Kept")
    team.do(
        "bea",
        requests.reject,
        "churn",
        "1",
        "Production",
        comment="# No\n\n[see](javascript:alert(1)) **this**",
    )
    page = browser("rolf").get(VERSION)
    assert "It is better @ben" in page.text and "**" not in page.text and "Secret" not in page.text
    assert page.links()["See the comments"] == "#comments"
    assert page.links()["See the request of rita for Production"] == address
    assert "No" in browser("rolf").get("/models/churn").text


@pytest.mark.parametrize(
    "query",
    [
        "model=churn",
        "stage=Production",
        "person=rita",
        "model=churn&stage=Production&person=rita",
        "model=%00",
    ],
)
def test_the_inbox_is_narrowed_down_by_the_address(browser, asked, query):
    assert "requested by rita" in browser("ben").get(f"/approvals?{query}").text


@pytest.mark.parametrize("query", ["model=other", "stage=Staging", "person=anna", "days=1"])
def test_the_inbox_leaves_out_what_does_not_fit(browser, asked, query):
    assert "requested by rita" not in browser("ben").get(f"/approvals?{query}").text


def test_personal_mode_has_no_inbox_and_moves_at_once(client):
    pages = Pages(client)

    pages.get("/approvals", 404)
    assert "Approvals" not in pages.get("/models").links()


def test_the_statements_of_the_inbox_do_not_depend_on_the_number_of_versions_shown(app, team, browser, asked):
    ben = browser("ben")
    ben.get("/approvals")
    with recorded_queries(app) as few:
        ben.get("/approvals")
    for number in ("2", "3"):
        team.do("rita", requests.open_request, "churn", number, "Production")
    with recorded_queries(app) as more:
        ben.get("/approvals")

    assert len(more) == len(few)
