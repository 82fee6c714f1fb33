"""How far requests have come: which approvals count, what is still needed, and what the viewer may do about it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from app import manifests
from app.approvals import four_eyes, queries, version_snapshot
from app.approvals.four_eyes import Part, Parties
from app.approvals.queries import ApprovalRow, RequestRow
from app.approvals.version_snapshot import Change
from app.authz.actors import Actor
from app.registry import access, version_runs
from app.registry.queries import VersionRow
from app.stages import approver_groups, checks, policy, requirements, rules
from app.stages.approver_groups import Standing
from app.stages.checks import CheckRow
from app.stages.definitions import ALIAS_MARK, StageRow, Stages
from app.stages.governed import aliases as governed_aliases
from app.stages.missing_requirements import MissingRequirement
from app.stages.rules import EffectiveRule


class Abilities(NamedTuple):
    """What somebody may do about an open request."""

    decide: bool
    withdraw: bool
    move: bool


@dataclass(frozen=True)
class PartyExcluded:
    """Somebody with a part in the request approved, such as the requester, and the rule does not count that."""

    part: Part


@dataclass(frozen=True)
class NoLongerApprover:
    """The approver has left the groups or lost the level that the rule requires."""

    approver: str


VoidReason = PartyExcluded | NoLongerApprover | Change


class JudgedApproval(NamedTuple):
    """An approval as the rule judges it now; `void_because` says why it does not count, if it does not."""

    approver: str
    approver_id: int | None
    at: int
    comment: str | None
    void_because: tuple[VoidReason, ...]

    @property
    def counts(self) -> bool:
        """Whether it counts."""
        return not self.void_because

    def is_by(self, actor: Actor) -> bool:
        """Returns whether the actor gave it."""
        return queries.is_same(actor, self.approver_id, self.approver)


class Progress(NamedTuple):
    """How far a request has come: its rule and `description`, the approvals given, and what is still needed.

    `checks` are what was last reported of the version, `missing` what it lacks, `changed` what is not as
    it was when the request was made; `seen` goes into the form that decides. `may` is what the viewer may
    do about it.
    """

    rule: EffectiveRule
    description: str
    approvals: list[JudgedApproval]
    checks: list[CheckRow]
    missing: list[MissingRequirement]
    changed: list[Change]
    seen: str
    may: Abilities

    @property
    def given(self) -> int:
        """How many approvals count."""
        return sum(approval.counts for approval in self.approvals)

    @property
    def needed(self) -> int:
        """How many approvals it takes."""
        return self.rule.approvals

    def has_approval_of(self, actor: Actor) -> bool:
        """Returns whether an approval of the actor holds for the version as it is."""
        return any(approval.counts and approval.is_by(actor) for approval in self.approvals)


class _Context:
    """The stages, the rules in force, and the actor's levels and groups: read once for all of some requests."""

    def __init__(self, requests: Sequence[RequestRow], versions: Mapping[int, VersionRow], actor: Actor):
        self.actor = actor
        self.parties = four_eyes.parties_of_each(requests, versions)
        self.origin = four_eyes.origin_of(actor)
        self.stages = Stages()
        targets = [(self._target(request), request.model_id) for request in requests]
        in_force = zip(requests, rules.of_each(targets), strict=True)
        self.rules = {request.id: rule for request, rule in in_force}
        self.levels = access.levels_on({request.model_id for request in requests})
        self.groups = approver_groups.groups_of(actor)

    def _target(self, request: RequestRow) -> StageRow:
        if request.stage.startswith(ALIAS_MARK):
            return governed_aliases.target_of(request.stage_id, request.stage)
        return self.stages.find(request.stage)

    def part_of(self, request: RequestRow) -> Part | None:
        """Returns the part that the actor has in the request."""
        actor = self.actor
        return self.parties[request.id].part_of(actor.account_id, actor.name, self.origin.token_maker_id)

    def present(self, version: VersionRow) -> StageRow:
        """Returns the stage that the version is in."""
        return self.stages[version.stage.lower()]

    def abilities(self, request: RequestRow, version: VersionRow) -> Abilities:
        """Returns what the actor may do about the request."""
        rule, present, actor = self.rules[request.id], self.present(version), self.actor
        level = self.levels[request.model_id]
        counts = rule.requester_counts or not policy.is_bound(actor) or self.part_of(request) is None
        return Abilities(
            decide=counts and policy.may_decide(present, rule, level, actor, self.groups),
            withdraw=queries.may_withdraw(request, level, actor),
            move=policy.may_move_directly(present, rule, level, actor, self.groups),
        )


def abilities_of(requests: Sequence[RequestRow], version: VersionRow, actor: Actor) -> list[Abilities]:
    """Returns what the actor, who was shown these requests about one version, may do about each of them."""
    context = _Context(requests, {version.id: version}, actor)
    return [context.abilities(request, version) for request in requests]


def of_each(
    requests: Sequence[RequestRow], versions: Mapping[int, VersionRow], actor: Actor
) -> list[Progress]:
    """Returns how far each open request has come; `versions` has what they are about, by its id.

    The actor is the viewer. It takes the same number of statements however many requests there are, and a
    look at the files of the versions that are kept here.
    """
    if not requests:
        return []
    context = _Context(requests, versions, actor)
    given = queries.approvals_of([request.id for request in requests])
    standing = standing_of(given.values(), requests)
    reported = checks.of_versions({request.version_id for request in requests})
    contents = manifests.of_versions({request.version_id for request in requests})
    metrics = version_runs.last_metrics({request.version_id for request in requests})
    presents = [context.present(versions[request.version_id]) for request in requests]
    descriptions = rules.describe_each([context.rules[request.id] for request in requests], presents)
    progress = []
    for request, present, description in zip(requests, presents, descriptions, strict=True):
        version, rule = versions[request.version_id], context.rules[request.id]
        version_checks = reported[request.version_id]
        states = {check.name: check.state for check in version_checks}
        content = contents[request.version_id]
        facts = version_snapshot.text_of(version, present, rule, states, content, metrics[request.version_id])
        progress.append(
            Progress(
                rule=rule,
                description=description,
                checks=version_checks,
                seen=version_snapshot.token(facts),
                approvals=judge(
                    given[request.id], request, context.parties[request.id], rule, present, facts, standing
                ),
                missing=requirements.missing(version, rule, version_checks),
                changed=version_snapshot.differences(request.facts, facts),
                may=context.abilities(request, version),
            )
        )
    return progress


def of(request: RequestRow, version: VersionRow, actor: Actor) -> Progress:
    """Returns how far one open request has come."""
    return of_each([request], {version.id: version}, actor)[0]


def standing_of(given: Iterable[Sequence[ApprovalRow]], requests: Iterable[RequestRow]) -> Standing:
    """Returns what those who gave these approvals are in and may do to the models of these requests."""
    approvals = [approval for approvals in given for approval in approvals]
    approvers = {approval.approver_id for approval in approvals if approval.approver_id is not None}
    return Standing(approvers, {request.model_id for request in requests})


def judge(
    approvals: Iterable[ApprovalRow],
    request: RequestRow,
    parties: Parties,
    rule: EffectiveRule,
    present: StageRow,
    facts: str,
    standing: Standing,
) -> list[JudgedApproval]:
    """Returns the approvals with why each does not count, if so, under the rule and for the version as it is.

    `standing` knows everybody who gave one.
    """
    return [
        JudgedApproval(
            approver=approval.approver,
            approver_id=approval.approver_id,
            at=approval.at,
            comment=approval.comment,
            void_because=tuple(_objections(approval, request, parties, rule, present, facts, standing)),
        )
        for approval in approvals
    ]


def _objections(
    approval: ApprovalRow,
    request: RequestRow,
    parties: Parties,
    rule: EffectiveRule,
    present: StageRow,
    facts: str,
    standing: Standing,
) -> Sequence[VoidReason]:
    # Without an account it was the operator, whom rules do not bind.
    if approval.approver_id is not None:
        part = parties.part_of(approval.approver_id, approval.approver, approval.token_maker_id)
        if part is not None and not rule.requester_counts:
            return [PartyExcluded(part)]
        if rule.approver_groups:
            counts = standing.is_in(approval.approver_id, rule.approver_groups)
        else:
            needed = rules.highest_level(present, rule.stage)
            counts = standing.level(approval.approver_id, request.model_id) >= needed
        if not counts:
            return [NoLongerApprover(approval.approver)]
    return version_snapshot.differences(approval.facts, facts)
