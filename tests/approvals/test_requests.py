"""The life of a request: asked, argued about, void by a change, decided once, and what is said to latecomers."""

import re

import pytest

from app import artifacts
from app.accounts import accounts
from app.activity import timeline
from app.approvals import requests
from app.approvals.errors import RequestClosed, RequestStillOpen, VersionChanged
from app.authz.actors import Actor
from app.authz.levels import Level
from app.core.errors import InvalidParameter, InvalidState, NotFound, PermissionDenied, StaleState
from app.db.transactions import db
from app.http.approval_clauses import clause
from app.http.error_sentences import sentence
from app.manifests.tables import ManifestOfVersion
from app.registry import versions
from app.stages import checks, history, settings, transitions
from tests.factories.registry import ANNA, BEN, make_model, make_versions


def ask(team, name="anna", stage="Production", number=1, **values):
    return team.do(name, requests.open_request, "churn", number, stage, **values)


def approve(team, name, stage="Production", number=1, **values):
    return team.do(name, requests.approve, "churn", number, stage, **values)


def progress(team, request, name="ada"):
    with team.acting(name) as actor:
        return requests.progress(request, versions.get("churn", request.number), actor)


def states(team, number=1):
    version = team.see("ada", versions.get, "churn", number)
    return {one.requester: one.state for one in team.see("ada", requests.of_version, version.id)}


def test_a_request_remembers_who_asked_what_and_why(team):
    request = ask(team, "rita", comment="It is **better**")
    assert (request.name, request.number, request.from_stage, request.stage) == (
        "churn",
        1,
        "None",
        "Production",
    )
    assert (request.requester, request.comment, request.state) == ("rita", "It is **better**", "open")
    assert team.see("rolf", requests.get, request.id) == request


def test_a_stranger_does_not_see_it(team):
    request = ask(team)
    with pytest.raises(NotFound):
        team.see("carl", requests.get, request.id)


def test_several_people_ask_for_the_same_but_nobody_twice(team):
    ask(team, "anna")
    ask(team, "rita")
    ask(team, "anna", stage="Staging")
    with pytest.raises(RequestStillOpen):
        ask(team, "anna")
    assert states(team)["rita"] == "open"


def test_once_withdrawn_one_may_ask_again(team):
    ask(team)
    team.do("anna", requests.withdraw, "churn", 1, "Production")
    ask(team)


@pytest.mark.parametrize(
    ("number", "stage", "error"),
    [
        (9, "Production", NotFound),
        (1, "Live", InvalidParameter),
        (1, "None", InvalidState),
        ("x", "Production", InvalidParameter),
    ],
)
def test_what_cannot_be_asked(team, number, stage, error):
    with pytest.raises(error):
        ask(team, number=number, stage=stage)


def test_a_comment_that_is_too_long_is_refused(team):
    with pytest.raises(InvalidParameter) as refused:
        ask(team, comment="x" * 65_536)
    assert refused.value.field == "comment"


def test_archived_has_no_holders_to_archive(team):
    with pytest.raises(InvalidParameter):
        ask(team, stage="Archived", archive_others=True)


# Withdrawing.


def test_the_asker_or_a_manager_withdraws(team):
    ask(team, "anna")
    ask(team, "rita")
    with pytest.raises(PermissionDenied):
        team.do("ben", requests.withdraw, "churn", 1, "Production", requester="anna")
    team.do("anna", requests.withdraw, "churn", 1, "Production", comment="Not yet")
    team.do("meg", requests.withdraw, "churn", 1, "Production", requester="rita")
    assert states(team) == {"anna": "withdrawn", "rita": "withdrawn"}


def test_an_asker_is_named_in_any_case(team):
    ask(team, "rita")
    team.do("meg", requests.withdraw, "churn", 1, "Production", requester="RITA")
    assert states(team) == {"rita": "withdrawn"}
    with pytest.raises(RequestClosed) as refused:
        team.do("meg", requests.withdraw, "churn", 1, "Production", requester="Rita")
    assert (refused.value.state, refused.value.decided_by) == ("withdrawn", "meg")


def test_somebody_with_a_deleted_ones_name_withdraws_their_own_request(team):
    first = ask(team, "anna")
    team.do("ada", accounts.delete, "anna")
    team.add("anna", Level.EDIT)
    second = ask(team, "anna")

    assert team.do("anna", requests.withdraw, "churn", 1, "Production", requester="anna").id == second.id
    with pytest.raises(PermissionDenied):
        team.do("anna", requests.withdraw, "churn", 1, "Production")
    third = ask(team, "anna")
    gone = team.do("meg", requests.withdraw, "churn", 1, "Production", requester="anna", request_id=third.id)
    assert (gone.id, team.see("meg", requests.get, first.id).state) == (third.id, "open")


def test_what_nobody_asked_cannot_be_withdrawn_or_decided(team):
    for verb in (requests.withdraw, requests.approve, requests.reject):
        with pytest.raises(NotFound):
            team.do("ben", verb, "churn", 1, "Production")


# Deciding, and coming too late.


def test_a_rejection_closes_every_request_for_the_same_with_its_reason(team):
    ask(team, "anna")
    ask(team, "rita")
    ask(team, "rita", stage="Staging")
    decision = team.do("ben", requests.reject, "churn", 1, "Production", comment="The recall is worse")
    assert (decision.request.state, decision.request.reason) == ("rejected", "The recall is worse")
    found = team.see("ada", requests.of_version, decision.version.id)
    assert sorted((one.requester, one.stage, one.state) for one in found) == [
        ("anna", "Production", "rejected"),
        ("rita", "Production", "rejected"),
        ("rita", "Staging", "open"),
    ]


def test_who_may_not_approve_may_not_reject(team):
    ask(team)
    with pytest.raises(PermissionDenied):
        team.do("rita", requests.reject, "churn", 1, "Production")
    with pytest.raises(PermissionDenied):
        team.do("anna", requests.reject, "churn", 1, "Production")


@pytest.mark.parametrize(
    ("decide", "word", "who"),
    [
        (lambda team: approve(team, "bea"), "approved", "bea"),
        (lambda team: team.do("bea", requests.reject, "churn", 1, "Production"), "rejected", "bea"),
        (lambda team: team.do("anna", requests.withdraw, "churn", 1, "Production"), "withdrawn", "anna"),
        (lambda team: team.do("meg", transitions.transition, "churn", 1, "Production"), "superseded", "meg"),
    ],
)
def test_whoever_decides_too_late_is_told_who_decided_and_when(team, decide, word, who):
    ask(team)
    decide(team)
    for verb in (requests.approve, requests.reject):
        with pytest.raises(RequestClosed) as refused:
            team.do("ben", verb, "churn", 1, "Production")
        assert re.search(rf"was {word}.* by {who} on 20\d\d-.*UTC", sentence(refused.value))
    with pytest.raises(RequestClosed) as refused:
        team.do("anna", requests.withdraw, "churn", 1, "Production")
    assert word in sentence(refused.value)


def test_nothing_is_decided_about_a_deleted_version(team):
    ask(team)
    team.do("meg", versions.delete, "churn", 1)
    with pytest.raises(NotFound):
        approve(team, "ben")


def test_a_move_by_approval_names_its_request_in_the_history(team):
    request = ask(team)
    approve(team, "ben", comment="Go")
    last = team.see("ada", history.of_version, request.version_id)[-1]
    assert (last.stage, last.actor, last.request_id) == ("Production", "ben", request.id)
    kinds = [one.kind for one in team.see("ada", timeline.timeline, version_id=request.version_id)]
    assert kinds[:3] == ["version.transitioned", "request.approved", "request.opened"]


def test_removing_the_stage_closes_what_was_asked_of_it(team):
    team.do("ada", settings.create, "QA")
    ask(team, stage="QA")
    team.do("ada", settings.remove, "QA")
    assert states(team) == {"anna": "overtaken"}


# A change makes approvals void.


def change_files(team):
    """Somebody reports another digest of files that are elsewhere; those that are here are held."""
    with team.acting("ada"):
        version_id = versions.get("churn", 1).id
        manifest = db.session.get(ManifestOfVersion, version_id)
        manifest.reported_digest = "b" * 64


CHANGES = {
    "description": (lambda team: team.do("anna", versions.describe, "churn", 1, "Another"), "description"),
    "check": (
        lambda team: team.do("anna", checks.post, "churn", 1, "bias", "failed"),
        "check bias has failed",
    ),
    "tag": (lambda team: team.do("anna", versions.set_tag, "churn", 1, "owner", "rolf"), "tag owner"),
    "files": (change_files, "the files changed"),
    "stage": (
        lambda team: team.do("sven", transitions.transition, "churn", 1, "Staging"),
        "from None to Staging",
    ),
}


@pytest.fixture
def half_approved(team):
    """A request with one of the two approvals it takes, for a version whose files are here."""
    from sqlalchemy import text

    team.rule("Production", approvals=2, must_request=True, tags=["owner"])
    team.do("anna", versions.set_tag, "churn", 1, "owner", "anna")
    with team.acting("ada"):
        artifacts.store().write(artifacts.parse("models/m/model.pkl"), [b"1"], None)
        db.session.execute(text("UPDATE model_version SET storage = 'models/m' WHERE number = 1"))
    request = ask(team)
    approve(team, "ben")
    return request


@pytest.mark.parametrize("part", CHANGES)
def test_an_approval_is_void_once_the_version_is_not_what_was_approved(team, half_approved, part):
    change, said = CHANGES[part]
    assert progress(team, half_approved).given == 1
    change(team)
    now = progress(team, half_approved)
    assert now.given == 0
    assert said in " ".join(map(clause, now.changed))
    assert said in " ".join(map(clause, now.approvals[0].void_because))
    assert not approve(team, "bea").moved
    assert approve(team, "ben").moved


def test_a_tag_that_the_rule_does_not_name_changes_nothing(team, half_approved):
    team.do("anna", versions.set_tag, "churn", 1, "colour", "red")
    assert approve(team, "bea").moved


def test_a_change_that_is_taken_back_leaves_the_approval_as_it_was(team, half_approved):
    team.do("anna", versions.describe, "churn", 1, "Another")
    team.do("anna", versions.describe, "churn", 1, None)
    assert approve(team, "bea").moved


def test_a_stage_that_is_renamed_leaves_the_approval_as_it_was(team):
    team.rule("Production", approvals=2, must_request=True)
    team.do("sven", transitions.transition, "churn", 1, "Staging")
    request = ask(team)
    approve(team, "ben")
    team.do("ada", settings.change, "Staging", name="Shadow")
    now = progress(team, request)
    assert (now.given, now.changed) == (1, [])
    assert approve(team, "bea").moved


def test_nobody_approves_what_they_have_not_seen(team, half_approved):
    seen = progress(team, half_approved).seen
    team.do("anna", versions.describe, "churn", 1, "Another")
    for verb in (requests.approve, requests.reject):
        with pytest.raises(VersionChanged):
            team.do("bea", verb, "churn", 1, "Production", seen=seen)
    team.do("bea", requests.approve, "churn", 1, "Production", seen=progress(team, half_approved).seen)


def test_a_rule_that_asks_for_less_is_met_by_the_next_who_agrees(team, half_approved):
    team.rule("Production", approvals=1, must_request=True, tags=["owner"])
    assert approve(team, "ben").moved


def test_progress_says_what_the_viewer_may_do(team):
    request = ask(team)
    found = {name: progress(team, request, name) for name in ("anna", "rita", "ben", "meg", "sven")}
    assert {name: one.may.decide for name, one in found.items()} == {
        "anna": False,
        "rita": False,
        "ben": True,
        "meg": True,
        "sven": False,
    }
    assert [name for name, one in found.items() if one.may.withdraw] == ["anna", "meg"]
    assert [name for name, one in found.items() if one.may.move] == ["ben", "meg"]
    assert (found["ben"].given, found["ben"].needed, found["ben"].missing) == (0, 1, [])


# Without accounts.


def test_in_personal_mode_one_asks_and_approves_by_oneself(work):
    make_model()
    make_versions(1)
    requests.open_request("churn", 1, "Production", actor=ANNA)
    requests.open_request("churn", 1, "Production", actor=BEN)
    with pytest.raises(StaleState):
        requests.open_request("churn", 1, "Production", actor=ANNA)
    assert requests.approve("churn", 1, "Production", actor=Actor(name="anna")).moved
