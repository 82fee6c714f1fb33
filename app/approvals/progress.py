"""How far requests have come: which approvals count, what is in the way, and what the viewer may do about it."""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from app.approvals import queries, version_snapshot
from app.approvals.queries import ApprovalRow, RequestRow
from app.authz.actors import Actor
from app.registry import access
from app.registry.queries import VersionRow
from app.stages import approver_groups, checks, policy, requirements, rules
from app.stages.approver_groups import Crowd
from app.stages.checks import CheckRow
from app.stages.definitions import StageRow, Stages
from app.stages.rules import Rule


class Abilities(NamedTuple):
    """What somebody may do about an open request."""

    decide: bool
    withdraw: bool
    move: bool


class Progress(NamedTuple):
    """How far a request has come: its rule in words, the approvals given, and what is still in the way.

    `checks` are what was last reported of the version, `missing` what it lacks, `changed` what is not as
    it was when this was asked; `seen` goes into the form that decides. `may` is what the viewer may do
    about it.
    """

    rule: Rule
    words: str
    approvals: list[ApprovalRow]
    checks: list[CheckRow]
    missing: list[str]
    changed: list[str]
    seen: str
    may: Abilities

    @property
    def given(self) -> int:
        """How many approvals count."""
        return sum(one.counts for one in self.approvals)

    @property
    def needed(self) -> int:
        """How many approvals it takes."""
        return self.rule.approvals

    def has_approval_of(self, actor: Actor) -> bool:
        """Whether an approval of the actor holds for the version as it is."""
        return any(one.counts and one.is_by(actor) for one in self.approvals)


class _Ground:
    """The stages, the rules in force, and where the actor stands: read once for all of some requests."""

    def __init__(self, requests: Sequence[RequestRow], actor: Actor):
        self.actor = actor
        self.stages = Stages()
        wanted = [(self.stages.find(one.stage), one.model_id) for one in requests]
        self.rules = {one.id: rule for one, rule in zip(requests, rules.of_each(wanted), strict=True)}
        self.levels = access.levels_on({one.model_id for one in requests})
        self.groups = approver_groups.groups_of(actor)

    def present(self, version: VersionRow) -> StageRow:
        """The stage that the version is in."""
        return self.stages[version.stage.lower()]

    def abilities(self, request: RequestRow, version: VersionRow) -> Abilities:
        """What the actor may do about the request."""
        rule, present, actor = self.rules[request.id], self.present(version), self.actor
        level = self.levels[request.model_id]
        counted = rule.asker_counts or not policy.is_bound(actor) or not request.is_by(actor)
        return Abilities(
            decide=counted and policy.may_decide(present, rule, level, actor, self.groups),
            withdraw=queries.may_withdraw(request, level, actor),
            move=policy.may_move_directly(present, rule, level, actor, self.groups),
        )


def abilities_of(requests: Sequence[RequestRow], version: VersionRow, actor: Actor) -> list[Abilities]:
    """What the actor, who was shown these requests about one version, may do about each of them."""
    ground = _Ground(requests, actor)
    return [ground.abilities(one, version) for one in requests]


def of_each(
    requests: Sequence[RequestRow], versions: Mapping[int, VersionRow], actor: Actor
) -> list[Progress]:
    """How far each open request has come; `versions` has what they are about, by its id.

    The actor is the viewer. In the same number of statements however many requests there are; besides,
    the files that are kept here are looked at.
    """
    if not requests:
        return []
    ground = _Ground(requests, actor)
    given = queries.approvals_of([one.id for one in requests])
    crowd = crowd_of(given.values(), requests)
    reported = checks.of_versions({one.version_id for one in requests})
    presents = [ground.present(versions[one.version_id]) for one in requests]
    words = rules.words_of_each([ground.rules[one.id] for one in requests], presents)
    found = []
    for request, present, said in zip(requests, presents, words, strict=True):
        version, rule = versions[request.version_id], ground.rules[request.id]
        its_checks = reported[request.version_id]
        states = {one.name: one.state for one in its_checks}
        facts = version_snapshot.text_of(version, present, rule, states)
        found.append(
            Progress(
                rule=rule,
                words=said,
                checks=its_checks,
                seen=version_snapshot.token(facts),
                approvals=judged(given[request.id], request, rule, present, facts, crowd),
                missing=requirements.missing(version, rule, states),
                changed=version_snapshot.differences(request.facts, facts),
                may=ground.abilities(request, version),
            )
        )
    return found


def of(request: RequestRow, version: VersionRow, actor: Actor) -> Progress:
    """How far one open request has come."""
    return of_each([request], {version.id: version}, actor)[0]


def crowd_of(given: Iterable[Sequence[ApprovalRow]], requests: Iterable[RequestRow]) -> Crowd:
    """Those who gave these approvals, as they stand to the models of these requests."""
    approvers = {one.approver_id for some in given for one in some if one.approver_id is not None}
    return Crowd(approvers, {one.model_id for one in requests})


def judged(
    approvals: Iterable[ApprovalRow],
    request: RequestRow,
    rule: Rule,
    present: StageRow,
    facts: str,
    crowd: Crowd,
) -> list[ApprovalRow]:
    """The approvals with why each does not count, if so, under the rule and for the version as it is.

    `crowd` knows everybody who gave one.
    """
    return [
        one._replace(void_because=tuple(_against(one, request, rule, present, facts, crowd)))
        for one in approvals
    ]


def _against(
    one: ApprovalRow, request: RequestRow, rule: Rule, present: StageRow, facts: str, crowd: Crowd
) -> Sequence[str]:
    # Without an account it was the operator, whom rules do not bind.
    if one.approver_id is not None:
        if one.approver_id == request.asker_id and not rule.asker_counts:
            return ["the rule does not let the asker approve"]
        if rule.approver_groups:
            counts = crowd.is_in(one.approver_id, rule.approver_groups)
        else:
            needed = rules.highest_level(present, rule.stage)
            counts = crowd.level(one.approver_id, request.model_id) >= needed
        if not counts:
            return [f"{one.approver} is not among those who approve (any more)"]
    return version_snapshot.differences(one.facts, facts)
