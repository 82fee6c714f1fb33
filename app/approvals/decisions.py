"""The parts of a decision: who may take it, on what, and whether the rule is met by it."""

from collections.abc import Sequence

from sqlalchemy import bindparam, delete, insert

from app.approvals import progress, queries, version_snapshot
from app.approvals.queries import APPROVAL, RequestRow
from app.approvals.tables import Approval
from app.authz.actors import Actor
from app.core.errors import PermissionDenied, StaleState
from app.db.statements import Statement
from app.registry.queries import VersionRow
from app.stages import policy, rules
from app.stages.definitions import StageRow
from app.stages.rules import Rule

_DROP = Statement(delete(Approval.__table__).where(APPROVAL.id == bindparam("approval_id")))
_GIVE = Statement(
    insert(Approval.__table__), columns=("request_id", "approver", "approver_id", "at", "comment", "facts")
)


def open_for(row: VersionRow, present: StageRow, rule: Rule, level: int, actor: Actor) -> list[RequestRow]:
    """The open requests that the actor may decide: not their own, unless the rule lets askers count.

    Raises `NotFound` or `StaleState` where nothing is open, `PermissionDenied` where the actor may not.
    """
    opened = queries.open_of(row.id, rule.stage)
    if not opened:
        raise queries.nothing_open(row, rule.stage)
    if not policy.may_decide(present, rule, level, actor):
        raise PermissionDenied(
            f"{actor.name} may not decide whether version {row.number} of {row.name} moves to "
            f"{rule.stage.name}. {rules.words(rule, present)}"
        )
    others = others_of(opened, rule, actor)
    if not others:
        raise PermissionDenied(
            f"You asked for this yourself, so somebody else decides it. {rules.words(rule, present)}"
        )
    return others


def others_of(opened: list[RequestRow], rule: Rule, actor: Actor) -> list[RequestRow]:
    """Those of the open requests for the rule's stage that a decision of the actor is about."""
    if rule.asker_counts or not policy.is_bound(actor):
        return opened
    return [request for request in opened if not request.is_by(actor)]


def check_seen(row: VersionRow, present: StageRow, rule: Rule, seen: str | None) -> str:
    """The facts of the version now. Raises `StaleState` where they are not those that were seen."""
    facts = version_snapshot.text_of(row, present, rule)
    if seen is not None and seen != version_snapshot.token(facts):
        raise StaleState(
            f"Version {row.number} of {row.name} has changed since you looked at it: look again, then decide."
        )
    return facts


def check_state(row: VersionRow, present: StageRow, rule: Rule, seen: str | None, actor: Actor) -> str:
    """`check_seen`, and the version has what the rule wants to see. Raises `InvalidState` where it has not."""
    facts = check_seen(row, present, rule, seen)
    if policy.is_bound(actor):
        policy.check_requirements(row, rule)
    return facts


def give(requests: Sequence[RequestRow], facts: str, *, actor: Actor, comment: str | None, now: int) -> bool:
    """Write the actor's approval of each request, in place of an older one; whether anything is new."""
    given = queries.approvals_of([request.id for request in requests])
    is_new = False
    for request in requests:
        mine = [one for one in given[request.id] if queries.is_same(actor, one.approver_id, one.approver)]
        if any(one.facts == facts for one in mine):
            continue
        for one in mine:
            _DROP.run(approval_id=one.id)
        _GIVE.run(
            request_id=request.id,
            approver=actor.name,
            approver_id=actor.account_id,
            at=now,
            comment=comment or None,
            facts=facts,
        )
        is_new = True
    return is_new


def tally(
    requests: Sequence[RequestRow], rule: Rule, present: StageRow, facts: str, actor: Actor
) -> tuple[RequestRow | None, int]:
    """The first request that has what the rule takes, if any, and the most approvals that one has."""
    given = queries.approvals_of([request.id for request in requests])
    crowd = progress.crowd_of(given.values(), requests)
    most = 0
    for request in requests:
        judged = progress.judged(given[request.id], request, rule, present, facts, crowd)
        count = sum(one.counts for one in judged)
        # The operator is bound by no rule: one word is enough.
        if count >= rule.approvals or not policy.is_bound(actor):
            return request, count
        most = max(most, count)
    return None, most
