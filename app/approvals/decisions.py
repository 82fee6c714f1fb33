"""The parts of a decision: who may make it, on what, and whether it meets the rule."""

from collections.abc import Sequence

from sqlalchemy import delete

from app.approvals import four_eyes, progress, queries, version_snapshot
from app.approvals.errors import ApprovalThroughOthersToken, NotAnApprover, OwnRequest, VersionChanged
from app.approvals.four_eyes import Part
from app.approvals.queries import RequestRow
from app.approvals.tables import Approval
from app.authz.actors import Actor
from app.db.transactions import db
from app.registry.queries import VersionRow
from app.stages import policy, rules
from app.stages.definitions import StageRow
from app.stages.rules import EffectiveRule


def open_for(
    row: VersionRow, present: StageRow, rule: EffectiveRule, level: int, actor: Actor
) -> list[RequestRow]:
    """Returns the open requests that the actor may decide: not those they have a part in (`app.approvals.four_eyes`),
    unless the rule counts requesters.

    Raises `NothingRequested` or `RequestClosed` where nothing is open, `NotAnApprover`, `OwnRequest` and
    `ApprovalThroughOthersToken` where the actor may not decide.
    """
    requests = queries.open_of(row.id, rule.stage)
    if not requests:
        raise queries.nothing_open(row, rule.stage)
    if not policy.may_decide(present, rule, level, actor):
        raise NotAnApprover(
            actor=actor.name,
            name=row.name,
            number=row.number,
            stage=rule.stage.name,
            rule=rules.describe(rule, present),
        )
    if policy.is_bound(actor) and four_eyes.origin_of(actor).is_borrowed:
        raise ApprovalThroughOthersToken(actor.name)
    parts = _parts_in(requests, row, rule, actor)
    decidable = [request for request, part in zip(requests, parts, strict=True) if part is None]
    if not decidable:
        raise OwnRequest(rules.describe(rule, present), next(part.value for part in parts if part))
    return decidable


def decidable_by(
    requests: list[RequestRow], row: VersionRow, rule: EffectiveRule, actor: Actor
) -> list[RequestRow]:
    """Returns those of the open requests for the rule's stage that a decision of the actor is about."""
    parts = _parts_in(requests, row, rule, actor)
    return [request for request, part in zip(requests, parts, strict=True) if part is None]


def _parts_in(
    requests: Sequence[RequestRow], row: VersionRow, rule: EffectiveRule, actor: Actor
) -> list[Part | None]:
    if rule.requester_counts or not policy.is_bound(actor):
        return [None] * len(requests)
    maker_id = four_eyes.origin_of(actor).token_maker_id
    parties = four_eyes.parties_of_each(requests, {row.id: row})
    return [parties[request.id].part_of(actor.account_id, actor.name, maker_id) for request in requests]


def check_seen(row: VersionRow, present: StageRow, rule: EffectiveRule, seen: str | None) -> str:
    """Returns the facts of the version now. Raises `VersionChanged` where they are not those that were seen."""
    facts = version_snapshot.text_of(row, present, rule)
    if seen is not None and seen != version_snapshot.token(facts):
        raise VersionChanged(row.name, row.number)
    return facts


def check_state(
    row: VersionRow, present: StageRow, rule: EffectiveRule, seen: str | None, actor: Actor
) -> str:
    """Does what `check_seen` does, and raises `RequirementsMissing` where the version lacks what is required."""
    facts = check_seen(row, present, rule, seen)
    if policy.is_bound(actor):
        policy.check_files(row, decides=True)
        policy.check_requirements(row, rule)
    return facts


def give(requests: Sequence[RequestRow], facts: str, *, actor: Actor, comment: str | None, now: int) -> bool:
    """Writes the actor's approval of each request, in place of an older one; returns whether anything is new."""
    given = queries.approvals_of([request.id for request in requests])
    maker_id = four_eyes.origin_of(actor).token_maker_id
    is_new = False
    for request in requests:
        own = [approval for approval in given[request.id] if approval.is_by(actor)]
        if any(approval.facts == facts for approval in own):
            continue
        older = [approval.id for approval in own]
        if older:
            db.session.execute(delete(Approval).where(Approval.id.in_(older)))
        approval = Approval(
            request_id=request.id,
            approver=actor.name,
            approver_id=actor.account_id,
            token_maker_id=maker_id,
            at=now,
            comment=comment or None,
            facts=facts,
        )
        db.session.add(approval)
        is_new = True
    db.session.flush()
    return is_new


def tally(
    requests: Sequence[RequestRow],
    row: VersionRow,
    rule: EffectiveRule,
    present: StageRow,
    facts: str,
    actor: Actor,
) -> tuple[RequestRow | None, int]:
    """Returns the first request that has the approvals required, if any, and the most approvals that one has."""
    given = queries.approvals_of([request.id for request in requests])
    standing = progress.standing_of(given.values(), requests)
    highest = 0
    parties = four_eyes.parties_of_each(requests, {row.id: row})
    for request in requests:
        judged = progress.judge(
            given[request.id], request, parties[request.id], rule, present, facts, standing
        )
        count = sum(approval.counts for approval in judged)
        # The operator is bound by no rule: one approval is enough.
        if count >= rule.approvals or not policy.is_bound(actor):
            return request, count
        highest = max(highest, count)
    return None, highest
