"""Several who decide at the same moment: one comes first, the others are told, and nothing is half done."""

from collections import Counter

import pytest

from app.approvals import requests, rollback
from app.approvals.errors import RequestClosed, RequestStillOpen
from app.authz.viewer import acting_as
from app.core.errors import (
    ApprovalRequired,
    InvalidParameter,
    NotFound,
    PermissionDenied,
    StaleState,
)
from app.registry import models, versions
from app.stages import definitions, history, rule_settings, settings, transitions
from app.stages.definitions import StageRow
from app.stages.errors import StageChanged, StageNameTaken
from tests.support.races import all_at_once

ROUNDS = pytest.mark.parametrize("_round", range(4))
ARGUMENTS = ("churn", 1, "Production")


def act(team, name, verb, *arguments, **values):
    """A verb as that person, inside the transaction that the race opens."""

    def run():
        with acting_as(team[name]) as actor:
            return verb(*arguments, **values, actor=actor)

    return run


def race(team, *actions):
    return all_at_once(team.app, list(actions))


def look(team):
    """The stage of version 1, the states of its requests, and its stays, checked to add up."""
    with team.acting("ada"):
        version = versions.get("churn", 1)
        stays = history.of_version(version.id)
        assert stays[-1].stage == version.stage
        assert [one.to_at for one in stays[:-1]] == [one.from_at for one in stays[1:]]
        assert stays[-1].to_at is None
        return version.stage, Counter(one.state for one in requests.of_version(version.id)), stays


@pytest.fixture
def asked(team):
    team.do("anna", requests.open_request, *ARGUMENTS)
    return team


@ROUNDS
def test_of_many_who_approve_one_moves_the_version_once(asked, _round):
    names = ("ben", "bea", "meg", "ada")
    results = race(asked, *(act(asked, name, requests.approve, *ARGUMENTS) for name in names))
    assert [type(one) for one in results].count(requests.Decision) == 1
    late = [one for one in results if isinstance(one, RequestClosed)]
    assert [one.state for one in late] == ["approved"] * 3
    stage, states, stays = look(asked)
    assert (stage, states, len(stays)) == ("Production", {"approved": 1}, 2)


@ROUNDS
def test_two_approvals_that_meet_are_two(asked, _round):
    asked.rule("Production", approvals=2, must_request=True)
    results = race(asked, *(act(asked, name, requests.approve, *ARGUMENTS) for name in ("ben", "bea")))
    assert sorted(one.moved for one in results) == [False, True]
    assert look(asked)[0] == "Production"


@ROUNDS
@pytest.mark.parametrize(
    ("other", "verb", "state"),
    [("anna", requests.withdraw, "withdrawn"), ("bea", requests.reject, "rejected")],
)
def test_an_approval_meets_what_closes_the_request(asked, other, verb, state, _round):
    approved, closed = race(
        asked, act(asked, "ben", requests.approve, *ARGUMENTS), act(asked, other, verb, *ARGUMENTS)
    )
    stage, states, _ = look(asked)
    if isinstance(approved, StaleState):
        assert (stage, states) == ("None", {state: 1}) and not isinstance(closed, Exception)
    else:
        assert (stage, states) == ("Production", {"approved": 1}) and isinstance(closed, StaleState)


@ROUNDS
def test_an_approval_meets_the_deletion_of_the_version(asked, _round):
    approved, deleted = race(
        asked, act(asked, "ben", requests.approve, *ARGUMENTS), act(asked, "meg", versions.delete, "churn", 1)
    )
    assert deleted is None
    assert isinstance(approved, (NotFound, requests.Decision))
    with asked.acting("ada"):
        stays = history.of_version(1)
    assert all(one.to_at is not None for one in stays)
    assert len(stays) == (1 if isinstance(approved, NotFound) else 2)


@ROUNDS
def test_an_approval_meets_the_deletion_of_the_model(asked, _round):
    approved, deleted = race(
        asked,
        act(asked, "ben", requests.approve, *ARGUMENTS),
        act(asked, "meg", models.delete, "churn"),
    )
    assert deleted is None
    assert isinstance(approved, (NotFound, requests.Decision))
    with asked.acting("ada"):
        stays = history.of_version(1)
    assert all(one.to_at is not None for one in stays)
    assert len(stays) == (1 if isinstance(approved, NotFound) else 2)


@ROUNDS
def test_an_approval_meets_a_change_of_the_rule(asked, _round):
    """Either it came first, under the old rule, or it counts as one of the two that are needed now."""
    setting = act(asked, "ada", rule_settings.set_rule, "Production", approvals=2, must_request=True)
    approved, rule = race(asked, act(asked, "ben", requests.approve, *ARGUMENTS), setting)
    assert rule.approvals == 2
    stage, states, _ = look(asked)
    assert (stage, dict(states)) == (
        ("Production", {"approved": 1}) if approved.moved else ("None", {"open": 1})
    )


@ROUNDS
def test_a_direct_move_meets_a_rule_that_forbids_it(team, _round):
    setting = act(team, "ada", rule_settings.set_rule, "Production", must_request=True)
    moved, _ = race(team, act(team, "ben", transitions.transition, *ARGUMENTS), setting)
    assert look(team)[0] == ("None" if isinstance(moved, ApprovalRequired) else "Production")


@ROUNDS
def test_of_many_clicks_of_one_asker_one_asks(team, _round):
    results = race(team, *[act(team, "anna", requests.open_request, *ARGUMENTS)] * 6)
    assert [type(one) for one in results].count(RequestStillOpen) == 5
    assert look(team)[1] == {"open": 1}


@ROUNDS
def test_one_version_alone_holds_an_exclusive_stage_however_many_come(team, _round):
    team.rule("Production", is_exclusive=True)
    for number in (1, 2, 3):
        team.do("anna", requests.open_request, "churn", number, "Production")
    race(
        team,
        *(act(team, "ben", requests.approve, "churn", number, "Production") for number in (1, 2)),
        act(team, "bea", transitions.transition, "churn", 3, "Production"),
    )
    with team.acting("ada"):
        held = sorted(versions.get("churn", number).stage for number in (1, 2, 3))
    assert held == ["Archived", "Archived", "Production"]
    look(team)


@ROUNDS
def test_two_who_return_leave_one_holder(team, _round):
    for number in (1, 2, 3):
        team.do("ben", transitions.transition, "churn", number, "Production", archive_others=True)
    race(
        team,
        *(
            act(team, name, rollback.roll_back, "churn", number, "Production")
            for name, number in (("ben", 1), ("bea", 2))
        ),
    )
    with team.acting("ada"):
        held = sorted(versions.get("churn", number).stage for number in (1, 2, 3))
    assert held == ["Archived", "Archived", "Production"]
    look(team)


@ROUNDS
def test_no_version_is_left_in_a_stage_that_is_removed_meanwhile(team, _round):
    team.do("ada", settings.create, "Canary")
    team.do("anna", requests.open_request, "churn", 1, "Canary")
    team.do("sven", transitions.transition, "churn", 2, "Canary")
    team.do("anna", requests.open_request, "churn", 3, "Canary")
    results = race(
        team,
        act(team, "ada", settings.remove, "Canary", to="Archived"),
        act(team, "sven", requests.approve, "churn", 1, "Canary", archive_others=True),
        act(team, "ben", transitions.transition, "churn", 3, "Canary", archive_others=True),
    )
    assert isinstance(results[0], int)
    for late in results[1:]:
        assert isinstance(late, (StaleState, InvalidParameter, tuple)), late
    with team.acting("ada"):
        held = {versions.get("churn", number).stage for number in (1, 2, 3)}
    assert "Canary" not in held
    look(team)


@ROUNDS
def test_of_two_stages_of_one_name_one_is_made(team, _round):
    results = race(team, *[act(team, "ada", settings.create, "QA")] * 4)
    assert [type(one) for one in results].count(StageNameTaken) == 3
    assert team.see("ada", definitions.names).count("QA") == 1


@ROUNDS
def test_two_who_ask_and_approve_each_other_move_it_once(team, _round):
    for name in ("ben", "bea"):
        team.do(name, requests.open_request, *ARGUMENTS)
    results = race(team, *(act(team, name, requests.approve, *ARGUMENTS) for name in ("ben", "bea")))
    assert Counter(type(one) for one in results) == {requests.Decision: 1, RequestClosed: 1}
    assert not any(isinstance(one, PermissionDenied) for one in results)
    assert look(team)[1] == {"approved": 2}


@ROUNDS
def test_of_two_edits_of_one_stage_one_is_saved(team, _round):
    seen = team.see("ada", definitions.find, "Staging").token
    edits = [
        act(team, "ada", settings.change, "Staging", purpose=text, seen=seen) for text in ("Mine", "Theirs")
    ]
    results = race(team, *edits)
    saved = [one.purpose for one in results if isinstance(one, StageRow)]
    assert [type(one) for one in results].count(StageChanged) == 1
    assert saved == [team.see("ada", definitions.find, "Staging").purpose]
