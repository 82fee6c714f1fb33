"""Returning to a former holder: by the stage's rule, or by its emergency clause with everybody told."""

import pytest

from app.approvals import notices, rollback
from app.approvals.errors import HolderChanged
from app.core.errors import ApprovalRequired, InvalidParameter, InvalidState, NotFound
from app.http.error_sentences import sentence
from app.registry import versions
from app.stages import checks, history, transitions


@pytest.fixture
def replaced(team):
    """Version 1 was in Production and version 2 is."""
    for number in (1, 2):
        team.do("ben", transitions.transition, "churn", number, "Production", archive_others=True)
    return team


def held(team):
    return {number: team.see("ada", versions.get, "churn", number).stage for number in (1, 2)}


def give_back(team, name, number=1, stage="Production", **values):
    return team.do(name, rollback.roll_back, "churn", number, stage, **values)


def test_the_former_holder_is_back_and_the_present_one_archived(replaced):
    assert give_back(replaced, "ben", reason="Worse on Mondays").stage == "Production"
    assert held(replaced) == {1: "Production", 2: "Archived"}


@pytest.mark.parametrize("name", ["anna", "rita", "sven"])
def test_who_may_not_move_it_there_may_not_return_to_it(replaced, name):
    with pytest.raises(ApprovalRequired):
        give_back(replaced, name, reason="x")
    assert held(replaced) == {1: "Archived", 2: "Production"}


def test_the_rule_holds_for_a_return(replaced):
    replaced.rule("Production", must_request=True)
    with pytest.raises(ApprovalRequired):
        give_back(replaced, "ben", reason="x")
    replaced.rule("Production", checks=["bias"])
    with pytest.raises(InvalidState):
        give_back(replaced, "ben", reason="x")
    replaced.do("anna", checks.post, "churn", 1, "bias", "passed")
    give_back(replaced, "ben")


def test_an_emergency_passes_the_rule_with_a_reason_and_everybody_is_told(replaced):
    replaced.group("oncall", "rita", "rolf")
    replaced.group("risk", "anna")
    replaced.rule(
        "Production",
        must_request=True,
        approver_groups=["risk"],
        emergency_groups=["oncall"],
        needs_description=True,
    )
    for reason in (None, "  "):
        with pytest.raises(InvalidParameter) as refused:
            give_back(replaced, "rita", reason=reason)
        assert refused.value.field == "reason"
    give_back(replaced, "rita", reason="Everybody gets the same price")
    assert held(replaced) == {1: "Production", 2: "Archived"}
    for name, told in (("rolf", True), ("anna", True), ("rita", False), ("ben", False)):
        with replaced.acting(name) as actor:
            found = notices.of(actor)[0]
        assert [(one.kind, one.text, one.stage, one.number) for one in found] == told * [
            ("emergency", "Everybody gets the same price", "Production", 1)
        ]


def test_who_may_move_directly_needs_the_clause_for_what_the_version_lacks(replaced):
    replaced.group("oncall", "ben")
    replaced.rule("Production", emergency_groups=["oncall"], needs_description=True)
    with pytest.raises(InvalidParameter):
        give_back(replaced, "ben")
    give_back(replaced, "ben", reason="Down")


def test_where_the_rule_names_no_approvers_the_managers_are_told(replaced):
    replaced.group("oncall", "rita")
    replaced.rule("Production", must_request=True, emergency_groups=["oncall"])
    give_back(replaced, "rita", reason="Down")
    told = []
    for name in ("ben", "bea", "meg", "ada", "anna", "sven", "carl"):
        with replaced.acting(name) as actor:
            told += [name] * len(notices.of(actor)[0])
    assert told == ["ben", "bea", "meg", "ada"]


@pytest.mark.parametrize(
    ("number", "stage", "error"),
    [
        (3, "Production", InvalidParameter),
        (2, "Production", InvalidState),
        (9, "Production", NotFound),
        (1, "None", InvalidParameter),
        (2, "Archived", InvalidParameter),
        (1, "Live", InvalidParameter),
    ],
)
def test_what_cannot_be_returned_to(replaced, number, stage, error):
    with pytest.raises(error):
        give_back(replaced, "ben", number, stage)


def test_who_saw_another_version_in_the_stage_looks_again(replaced):
    replaced.do("ben", transitions.transition, "churn", 3, "Production", archive_others=True)
    with pytest.raises(HolderChanged) as refused:
        give_back(replaced, "ben", seen_holder=2)
    assert sentence(refused.value) == "Version 3 of churn is in Production now, instead of version 2."
    give_back(replaced, "ben", seen_holder=3)


def test_a_return_is_remembered(replaced):
    row = give_back(replaced, "ben")
    stays = replaced.see("ada", history.of_version, row.id)
    assert [one.stage for one in stays] == ["None", "Production", "Archived", "Production"]
