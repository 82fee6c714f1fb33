"""Whatever people ask, approve, withdraw, change and delete in whatever order: a model of the rules in plain
Python says what each of them must be answered, and no version ever holds what its rule forbids.
"""

import contextlib
from dataclasses import dataclass, field
from itertools import count
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from app.approvals import requests, rollback
from app.authz.levels import Level
from app.core.errors import (
    GreenroomError,
    InvalidParameter,
    InvalidState,
    NotFound,
    PermissionDenied,
    StaleState,
)
from app.db.transactions import transaction
from app.registry import versions
from app.stages import checks, history, transitions
from app.stages.errors import RuleNotSatisfiable
from tests.factories.registry import make_model, make_versions
from tests.support.team import LEVELS, Team

NUMBERS = st.integers(1, 2)
STAGES = st.sampled_from(["Production", "Production", "Staging", "Archived"])
PEOPLE = st.sampled_from(["anna", "ben", "bea", "rita", "rolf"])
RISK = ("rita", "rolf", "ben")
NEEDED = {"None": 30, "Staging": 30, "Production": 40, "Archived": 30}
RULE = st.fixed_dictionaries(
    {
        "approvals": st.integers(1, 2),
        "must_request": st.booleans(),
        "requester_counts": st.booleans(),
        "is_exclusive": st.booleans(),
        "needs_description": st.booleans(),
        "approver_groups": st.sampled_from([[], ["risk"]]),
        "emergency_groups": st.sampled_from([[], ["risk"]]),
        "checks": st.sampled_from([[], ["bias"]]),
    }
)
OPEN_RULE: dict[str, Any] = {
    "approvals": 1,
    "must_request": False,
    "requester_counts": False,
    "is_exclusive": False,
    "needs_description": False,
    "approver_groups": [],
    "emergency_groups": [],
    "checks": [],
}


@dataclass
class Version:
    """What the model knows of a version; `asked` are open requests, asker to the approvals given."""

    stage: str = "None"
    description: str = ""
    bias: str | None = None
    is_deleted: bool = False
    moves: int = 0
    held: dict[str, str] = field(default_factory=dict)  # the stages, and the description that it had then
    asked: dict[tuple[str, str], dict[str, tuple]] = field(default_factory=dict)
    closed: set[tuple[str, str]] = field(default_factory=set)

    @property
    def facts(self) -> tuple:
        return self.stage, self.description, self.bias

    def move(self, stage: str) -> None:
        came = self.stage != stage
        self.moves += came
        self.stage = stage
        if came:
            self.held[stage] = self.description
        self.close(stage)

    def close(self, stage: str) -> None:
        for key in [key for key in self.asked if key[0] == stage]:
            del self.asked[key]
            self.closed.add(key)


class Course(RuleBasedStateMachine):
    """One model, two versions, five people with rights of different kinds."""

    team: Team
    numbers = count()

    @initialize(fields=RULE, asker=PEOPLE)
    def begin(self, fields, asker):
        self.model = f"model-{next(self.numbers)}"
        with self.team.app.app_context(), transaction():
            make_model(self.model)
            make_versions(2, self.model)
            self.version_ids = {number: versions.get(self.model, number).id for number in (1, 2)}
        for name in ("anna", "ben", "bea", "rita", "rolf", "meg"):
            self.team.grant(self.model, LEVELS[name], name=name)
        self.risk = set(RISK)
        self.team.join("risk", *RISK)
        self.versions = {number: Version() for number in (1, 2)}
        self.rules = {}
        self.set_rule("Production", fields)
        self.ask(asker, 1, "Production")

    def rule_of(self, stage):
        return self.rules.get(stage, OPEN_RULE)

    def has_level(self, name, version, stage):
        return LEVELS[name] >= max(Level.MANAGE_STAGING, NEEDED[version.stage], NEEDED[stage])

    def may_decide(self, name, version, stage):
        return (
            name in self.risk
            if self.rule_of(stage)["approver_groups"]
            else self.has_level(name, version, stage)
        )

    def lacks(self, version, stage):
        rule = self.rule_of(stage)
        return (rule["needs_description"] and not version.description) or (
            rule["checks"] and version.bias != "passed"
        )

    def put(self, number, stage, archive_others=False):
        if self.rule_of(stage)["is_exclusive"] or archive_others:
            for other, version in self.versions.items():
                if other != number and version.stage == stage and not version.is_deleted:
                    version.move("Archived")
        self.versions[number].move(stage)

    def would_fall_back(self, number):
        """Whether clients would load an older version as soon as this one leaves a stage that has to be requested."""
        version = self.versions[number]
        older = [one for other, one in self.versions.items() if other < number and not one.is_deleted]
        return self.rule_of(version.stage)["must_request"] and any(
            one.stage == version.stage for one in older
        )

    @staticmethod
    def or_invalid(expected, is_invalid):
        """The error expected, where the version is in the wrong state besides."""
        return expected or (InvalidState if is_invalid else None)

    def check(self, expected, name, verb, *arguments, **values):
        """Do it; `expected` is the error that it must end with, None for none."""
        try:
            result = self.team.do(name, verb, self.model, *arguments, **values)
        except GreenroomError as error:
            assert expected is not None and isinstance(error, expected), (expected, error)
            return None
        assert expected is None, (expected, result)
        return result

    @rule(
        number=NUMBERS,
        text=st.sampled_from(["", "a", "b"]),
        state=st.sampled_from([None, "passed", "failed"]),
    )
    def change(self, number, text, state):
        if state is None:
            self.describe(number, text)
        else:
            self.report(number, state)

    def describe(self, number, text):
        version = self.versions[number]
        self.check(NotFound if version.is_deleted else None, "anna", versions.describe, number, text)
        if not version.is_deleted:
            version.description = text

    def report(self, number, state):
        version = self.versions[number]
        self.check(NotFound if version.is_deleted else None, "anna", checks.post, number, "bias", state)
        if not version.is_deleted:
            version.bias = state

    @rule(stage=st.sampled_from(["Production", "Staging"]), fields=RULE)
    def set_rule(self, stage, fields):
        # Who is in the groups changes, and a rule that they could not satisfy is refused.
        with contextlib.suppress(RuleNotSatisfiable):
            self.team.rule(stage, self.model, **fields)
            self.rules[stage] = fields

    @rule(name=PEOPLE, number=NUMBERS, stage=STAGES)
    def ask(self, name, number, stage):
        version = self.versions[number]
        expected = None
        if version.is_deleted:
            expected = NotFound
        elif version.stage == stage:
            expected = InvalidState
        elif (stage, name) in version.asked:
            expected = StaleState
        if self.check(expected, name, requests.open_request, number, stage):
            version.asked[stage, name] = {}

    @rule(name=PEOPLE, number=NUMBERS, stage=STAGES, how=st.sampled_from(["withdraw", "approve", "reject"]))
    def decide_anything(self, name, number, stage, how):
        getattr(self, how)(name, number, stage)

    def opened(self):
        return sorted((number, *key) for number, one in self.versions.items() for key in one.asked)

    @precondition(lambda self: self.opened())
    @rule(data=st.data(), whose=st.integers(0, 6), name=PEOPLE)
    def decide_what_is_open(self, data, whose, name):
        """Most decisions are about something: without this, hardly any course would get that far."""
        number, stage, asker = data.draw(st.sampled_from(self.opened()))
        version = self.versions[number]
        if whose > 2:
            may = [one for one in ("ben", "bea", "rita", "rolf") if self.may_decide(one, version, stage)]
            name = data.draw(st.sampled_from(may or ["ben"]))
            if self.lacks(version, stage) and not version.is_deleted:
                self.describe(number, "a")
                self.report(number, "passed")
        if whose == 0:
            self.withdraw(asker, number, stage)
        elif whose == 1:
            self.reject(name, number, stage)
        else:
            self.approve(name, number, stage)

    @precondition(lambda self: self.opened())
    @rule(data=st.data(), text=st.sampled_from(["b", "c"]))
    def approve_before_and_after_a_change(self, data, text):
        """What makes an approval void, which chance alone brings about too seldom."""
        number, stage, _ = data.draw(st.sampled_from(self.opened()))
        if self.versions[number].is_deleted:
            return
        self.report(number, "passed")
        for description in ("a", text):
            self.describe(number, description)
            may = [
                one
                for one in ("ben", "bea", "rita", "rolf")
                if self.may_decide(one, self.versions[number], stage)
            ]
            self.approve(data.draw(st.sampled_from(may or ["ben"])), number, stage)

    def withdraw(self, name, number, stage):
        version = self.versions[number]
        key = (stage, name)
        expected = None
        if version.is_deleted:
            expected = NotFound
        elif key not in version.asked:
            expected = StaleState if key in version.closed else NotFound
        if self.check(expected, name, requests.withdraw, number, stage):
            del version.asked[key]
            version.closed.add(key)

    def decidable(self, name, version, stage):
        """The error that a decision must end with, and the requests that it is about."""
        opened = [key for key in version.asked if key[0] == stage]
        others = [key for key in opened if key[1] != name or self.rule_of(stage)["requester_counts"]]
        if version.is_deleted:
            return NotFound, []
        if not opened:
            return (StaleState if any(key[0] == stage for key in version.closed) else NotFound), []
        if not self.may_decide(name, version, stage) or not others:
            return PermissionDenied, []
        return None, others

    def approve(self, name, number, stage):
        version = self.versions[number]
        expected, others = self.decidable(name, version, stage)
        if expected is None and self.lacks(version, stage):
            expected = InvalidState
        decision = self.check(expected, name, requests.approve, number, stage)
        if decision is None:
            return
        is_met = False
        for key in others:
            version.asked[key][name] = version.facts
            is_met = is_met or self.valid(version, key) >= self.rule_of(stage)["approvals"]
        assert decision.moved is is_met
        if is_met:
            version.close(stage)
            self.put(number, stage)

    def valid(self, version, key):
        stage, asker = key
        return sum(
            facts == version.facts
            and self.may_decide(name, version, stage)
            and (name != asker or self.rule_of(stage)["requester_counts"])
            for name, facts in version.asked[key].items()
        )

    def reject(self, name, number, stage):
        version = self.versions[number]
        expected, _ = self.decidable(name, version, stage)
        if self.check(expected, name, requests.reject, number, stage):
            version.close(stage)

    @rule(name=PEOPLE, number=NUMBERS, stage=STAGES, archive_others=st.booleans())
    def move(self, name, number, stage, archive_others):
        version = self.versions[number]
        archive_others = archive_others and stage != "Archived"
        expected = None
        if version.is_deleted:
            expected = NotFound
        elif self.rule_of(stage)["must_request"] or not self.has_level(name, version, stage):
            expected = PermissionDenied
        elif self.lacks(version, stage):
            expected = InvalidState
        expected = self.or_invalid(expected, self.would_fall_back(number))
        if self.check(expected, name, transitions.transition, number, stage, archive_others=archive_others):
            self.put(number, stage, archive_others)

    @rule(name=st.sampled_from(RISK))
    def leave_or_join(self, name):
        """Whose approvals count is asked when they are counted."""
        (self.team.leave if name in self.risk else self.team.join)("risk", name)
        self.risk ^= {name}

    @precondition(
        lambda self: any(one.held.keys() - {one.stage, "Archived"} for one in self.versions.values())
    )
    @rule(data=st.data(), name=PEOPLE)
    def give_back(self, data, name):
        """Return to what held a stage before, by the rule or by its emergency clause."""
        former = [
            (number, stage)
            for number, one in self.versions.items()
            for stage in sorted(one.held.keys() - {one.stage, "Archived", "None"})
        ]
        number, stage = data.draw(st.sampled_from(former or [(1, "Production")]))
        version, fields = self.versions[number], self.rule_of(stage)
        expected = None
        if version.is_deleted:
            expected = NotFound
        elif stage not in version.held.keys() - {version.stage}:
            expected = (InvalidState, InvalidParameter)
        elif not (fields["emergency_groups"] and name in self.risk):
            if fields["must_request"] or not self.has_level(name, version, stage):
                expected = PermissionDenied
            elif self.lacks(version, stage):
                expected = InvalidState
        is_changed = fields["needs_description"] and version.description != version.held.get(stage)
        expected = self.or_invalid(expected, is_changed)
        if self.check(expected, name, rollback.roll_back, number, stage, reason="It scores worse"):
            self.put(number, stage, archive_others=True)

    # Late, since nothing can be done to what is deleted but to find it gone.
    @precondition(lambda self: sum(one.moves for one in self.versions.values()) > 3)
    @rule(number=NUMBERS)
    def delete(self, number):
        version = self.versions[number]
        self.check(NotFound if version.is_deleted else None, "meg", versions.delete, number)
        version.is_deleted = True

    @invariant()
    def the_registry_is_as_the_rules_say(self):
        with self.team.acting("ada"):
            for number, version in self.versions.items():
                if version.is_deleted:
                    self.has_ended(number)
                    continue
                row = versions.get(self.model, number)
                assert row.stage == version.stage
                opened = {(one.stage, one.requester) for one in requests.open_of(row.id)}
                assert opened == set(version.asked)
                self.adds_up(history.of_version(row.id), version)

    def has_ended(self, number):
        stays = history.of_version(self.version_ids[number])
        assert all(one.to_at is not None and one.is_deleted for one in stays)
        assert len(stays) == self.versions[number].moves + 1

    def adds_up(self, stays, version):
        assert stays[0].stage == "None" and stays[-1].stage == version.stage
        assert [one.to_at for one in stays[:-1]] == [one.from_at for one in stays[1:]]
        assert all(one.to_at is not None for one in stays[:-1]) and stays[-1].to_at is None
        assert all(one.stage != two.stage for one, two in zip(stays, stays[1:], strict=False))
        assert len(stays) == version.moves + 1


@pytest.fixture
def risk(team):
    team.group("risk", *RISK)
    return team


def test_any_course_of_events_ends_as_the_rules_say(risk):
    machine = type("CourseOfTeam", (Course,), {"team": risk})
    run_state_machine_as_test(
        machine,
        settings=settings(max_examples=60, stateful_step_count=40, suppress_health_check=list(HealthCheck)),
    )
