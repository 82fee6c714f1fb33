"""Rolling a stage back to a version that was in it before."""

from collections.abc import Sequence
from typing import NamedTuple

from app.approvals import held_facts, mentions
from app.approvals.errors import (
    ChangedSinceInStage,
    EmergencyReasonNeeded,
    HolderChanged,
    NeverInStage,
    ReasonForChangedNeeded,
    ReasonTooLong,
    StageNotForRollback,
    VersionAlreadyInStage,
)
from app.approvals.held_facts import Difference
from app.audit.recorder import Kind
from app.authz.actors import Actor
from app.authz.permissions import Permission
from app.core import clock
from app.core.errors import ApprovalRequired, GreenroomError
from app.core.ids import RegisteredModelId
from app.registry import access, queries
from app.registry.queries import VersionRow
from app.registry.tables import ARCHIVED, NONE
from app.stages import approver_groups, history, moves, policy, requirements, rules
from app.stages.definitions import StageRow, Stages
from app.stages.errors import RequirementsMissing
from app.stages.rules import EffectiveRule
from app.stages.tables import REFUSE

MAX_REASON_LENGTH = 2_000
MAX_NAMES = 200  # characters in which an event names what changed


def roll_back(
    name: str,
    number: int | str,
    stage: str,
    *,
    reason: str | None = None,
    seen_holder: int | None = None,
    actor: Actor,
) -> VersionRow:
    """Moves a previous version back into the stage and archives what is in it now; all of it or nothing.

    Anyone who may move the version there directly may do this. Who may not, but is in a group of the rule's
    emergency clause, may do it with a `reason`, whatever the version lacks; everybody with a part in the
    rule is notified. `seen_holder` is the version that the actor saw in the stage.
    Raises `NotFound`, `StageNotForRollback`, `NeverInStage`, `EmergencyReasonNeeded`, `VersionAlreadyInStage`,
    `RequirementsMissing`, `HolderChanged` where another version is in the stage by now, `RequestNeeded`, and where the
    version is not what it was in the stage `ChangedSinceInStage` or, without a reason, `ReasonForChangedNeeded`.
    """
    known = Stages()
    target = known.find(stage)
    if target.name in (NONE, ARCHIVED):
        raise StageNotForRollback(target.name)
    level = access.check(name, Permission.MODELS_REQUEST, actor)
    row = queries.locked_version(name, number)
    rule = rules.in_force(target, row.model_id)
    _check_previous(row, target)
    _check_holder(row, target, seen_holder)
    present = known[row.stage.lower()]
    is_emergency = _is_emergency(row, present, rule, level, actor)
    changed = held_facts.differences(row, target.id, rule)
    if is_emergency:
        _check_reason(reason, target)
        policy.check_files(row)
    else:
        policy.check_direct(row, present, rule, level, actor)
    if policy.is_bound(actor):
        _check_changed(row, rule, changed, reason)
    kind = Kind.VERSION_RETURNED_IN_EMERGENCY if is_emergency else Kind.VERSION_RETURNED
    moved = moves.move(
        row, target, archive_others=True, actor=actor, comment=reason, kind=kind, subject=_names(changed)
    )
    if is_emergency:
        concerned = concerned_by(rule, present, row.model_id)
        mentions.notify(
            {account_id for account_id in concerned if account_id != actor.account_id},
            "emergency",
            row,
            actor=actor,
            now=clock.now_ms(),
            text=reason,
            stage_id=target.id,
        )
    return moved


class Preview(NamedTuple):
    """How an actor would roll back to a version: by the rule, or by its emergency clause.

    `refusal` is the error that says why they may not, and `changed` what is not as it was when the version held the
    stage. `holder` is the number of the version that would be archived, the newest if there are many.
    """

    rule: EffectiveRule
    description: str
    changed: list[Difference]
    holder: int | None
    is_emergency: bool
    refusal: GreenroomError | None


def preview(row: VersionRow, stage: str, level: int, actor: Actor) -> Preview:
    """Returns how the actor, of that level on the model, would roll back to the version; for pages that offer it.

    Raises `NeverInStage` and `VersionAlreadyInStage`, as `roll_back` does.
    """
    known = Stages()
    target, present = known.find(stage), known[row.stage.lower()]
    rule = rules.of(target, row.model_id)
    _check_previous(row, target)
    refusal: GreenroomError | None = None
    is_emergency = _is_emergency(row, present, rule, level, actor)
    if not is_emergency:
        try:
            policy.check_direct(row, present, rule, level, actor)
        except (ApprovalRequired, RequirementsMissing) as error:
            refusal = error
    changed = held_facts.differences(row, target.id, rule)
    if refusal is None and policy.is_bound(actor) and _is_refused(rule, changed):
        refusal = ChangedSinceInStage(row.name, row.number, target.name, changed)
    holders = _holders(row.model_id, target)
    return Preview(
        rule, rules.describe(rule, present), changed, holders[0] if holders else None, is_emergency, refusal
    )


def concerned_by(rule: EffectiveRule, present: StageRow, model_id: RegisteredModelId) -> set[int]:
    """Returns the accounts with a part in a rule: those of its groups, and where it names no approvers, the
    managers of the stages.
    """
    accounts = approver_groups.members(rule.all_groups)
    if not rule.approver_groups:
        accounts |= approver_groups.with_level(model_id, rules.highest_level(present, rule.stage))
    return accounts


def _is_emergency(row: VersionRow, present: StageRow, rule: EffectiveRule, level: int, actor: Actor) -> bool:
    # Nobody needs the clause for what they may do anyway.
    if not policy.is_bound(actor) or not approver_groups.is_in(actor, rule.emergency_groups):
        return False
    return not policy.may_move_directly(present, rule, level, actor) or bool(requirements.missing(row, rule))


def _check_previous(row: VersionRow, target: StageRow) -> None:
    if row.stage == target.name:
        raise VersionAlreadyInStage(row.name, row.number, target.name)
    if not any(period.stage == target.name for period in history.of_version(row.id)):
        raise NeverInStage(row.name, row.number, target.name)


def _check_holder(row: VersionRow, target: StageRow, seen_holder: int | None) -> None:
    if seen_holder is None:
        return
    holders = _holders(row.model_id, target)
    if seen_holder not in holders:
        raise HolderChanged(row.name, target.name, seen_holder, holders[0] if holders else None)


def _holders(model_id: RegisteredModelId, target: StageRow) -> list[int]:
    newest = queries.latest_per_stage([model_id]).get(model_id, [])
    return [version.number for version in newest if version.stage == target.name]


def _is_refused(rule: EffectiveRule, changed: Sequence[Difference]) -> bool:
    # What was never written down is nobody's doing: it takes a reason, whatever the rule says.
    return bool(changed) and list(changed) != [held_facts.UNKNOWN] and rule.rollback_changed == REFUSE


def _check_changed(
    row: VersionRow, rule: EffectiveRule, changed: Sequence[Difference], reason: str | None
) -> None:
    if _is_refused(rule, changed):
        raise ChangedSinceInStage(row.name, row.number, rule.stage.name, changed)
    if changed and not (reason or "").strip():
        raise ReasonForChangedNeeded(row.name, row.number, rule.stage.name, changed)


def _names(changed: Sequence[Difference]) -> str | None:
    """Returns what the event says of a version that is not what it was: the parts by name."""
    names = [one.part if one.name is None else f"{one.part} {one.name}" for one in changed]
    return ", ".join(names)[:MAX_NAMES] or None


def _check_reason(reason: str | None, target: StageRow) -> None:
    if not (reason or "").strip():
        raise EmergencyReasonNeeded(target.name)
    if len(reason or "") > MAX_REASON_LENGTH:
        raise ReasonTooLong(MAX_REASON_LENGTH)
