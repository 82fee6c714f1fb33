"""Returning to a version that held a stage before."""

from typing import NamedTuple

from app.approvals import mentions
from app.audit.recorder import Kind
from app.authz.actors import Actor
from app.authz.permissions import Permission
from app.core import clock
from app.core.errors import AskFirst, InvalidParameter, InvalidState, StaleState
from app.registry import access, queries
from app.registry.queries import VersionRow
from app.registry.tables import ARCHIVED, NONE
from app.stages import approver_groups, history, moves, policy, requirements, rules
from app.stages.definitions import StageRow, Stages
from app.stages.rules import Rule

LONGEST_REASON = 2_000


def return_to(
    name: str,
    number: int | str,
    stage: str,
    *,
    reason: str | None = None,
    seen_holder: int | None = None,
    actor: Actor,
) -> VersionRow:
    """Put a former holder of the stage back and archive what holds it now; all of it or nothing.

    Whoever may move the version there directly may do this. Who may not, but is in a group of the rule's
    emergency clause, may do it with a `reason`, whatever the version lacks; everybody with a part in the
    rule is told. `seen_holder` is the version that the actor saw in the stage.
    Raises `NotFound`, `InvalidParameter` for a version that never held the stage and for an emergency
    without a reason, `InvalidState` where it is there already or lacks something, `StaleState` where
    another version holds the stage by now, and `AskFirst`.
    """
    known = Stages()
    target = known.find(stage)
    if target.name in (NONE, ARCHIVED):
        raise InvalidParameter(f"One does not return a version to {target.name}; move it.", field="stage")
    level = access.check(name, Permission.MODELS_REQUEST, actor)
    row = queries.locked_version(name, number)
    rule = rules.in_force(target, row.model_id)
    _check_former(row, target)
    _check_holder(row, target, seen_holder)
    present = known[row.stage.lower()]
    is_emergency = _is_emergency(row, present, rule, level, actor)
    if is_emergency:
        _check_reason(reason, target)
    else:
        policy.check_direct(row, present, rule, level, actor)
    kind = Kind.VERSION_RETURNED_IN_EMERGENCY if is_emergency else Kind.VERSION_RETURNED
    moved = moves.move(row, target, archive_others=True, actor=actor, comment=reason, kind=kind)
    if is_emergency:
        mentions.notify(
            concerned(rule, present, row.model_id) - {actor.account_id},
            "emergency",
            row,
            actor=actor,
            now=clock.now_ms(),
            text=reason,
            stage_id=target.id,
        )
    return moved


class Way(NamedTuple):
    """How an actor would return to a version: by the rule, or by its emergency clause.

    `refusal` says why they may not. `holder` is the number of what would be archived, the newest if many.
    """

    rule: Rule
    words: str
    holder: int | None
    is_emergency: bool
    refusal: str | None


def way(row: VersionRow, stage: str, level: int, actor: Actor) -> Way:
    """How the actor, of that level on the model, would return to the version; for pages that offer it.

    Raises `InvalidParameter` and `InvalidState` where the version is none to return to, as `return_to` does.
    """
    known = Stages()
    target, present = known.find(stage), known[row.stage.lower()]
    rule = rules.of(target, row.model_id)
    _check_former(row, target)
    is_emergency, refusal = _is_emergency(row, present, rule, level, actor), None
    if not is_emergency:
        try:
            policy.check_direct(row, present, rule, level, actor)
        except (AskFirst, InvalidState) as error:
            refusal = error.message
    holders = _holders(row.model_id, target)
    return Way(rule, rules.words(rule, present), holders[0] if holders else None, is_emergency, refusal)


def concerned(rule: Rule, present: StageRow, model_id: int) -> set[int]:
    """The accounts with a part in a rule: those of its groups, and where it names none who approve, the
    managers of the stages.
    """
    found = approver_groups.members(rule.all_groups)
    if not rule.approver_groups:
        found |= approver_groups.with_level(model_id, rules.highest_level(present, rule.stage))
    return found


def _is_emergency(row: VersionRow, present: StageRow, rule: Rule, level: int, actor: Actor) -> bool:
    # Nobody needs the clause for what they may do anyway.
    if not policy.is_bound(actor) or not approver_groups.is_in(actor, rule.emergency_groups):
        return False
    return not policy.may_move_directly(present, rule, level, actor) or bool(requirements.missing(row, rule))


def _check_former(row: VersionRow, target: StageRow) -> None:
    if row.stage == target.name:
        raise InvalidState(f"Version {row.number} of {row.name} is in {target.name} already.")
    if not any(stay.stage == target.name for stay in history.of_version(row.id)):
        raise InvalidParameter(
            f"Version {row.number} of {row.name} has never been in {target.name}.", field="version"
        )


def _check_holder(row: VersionRow, target: StageRow, seen_holder: int | None) -> None:
    if seen_holder is None:
        return
    holders = _holders(row.model_id, target)
    if seen_holder not in holders:
        now = f"version {holders[0]}" if holders else "no version"
        raise StaleState(f"By now {now} holds {target.name} of {row.name}, not version {seen_holder}.")


def _holders(model_id: int, target: StageRow) -> list[int]:
    newest = queries.latest_per_stage([model_id]).get(model_id, [])
    return [one.number for one in newest if one.stage == target.name]


def _check_reason(reason: str | None, target: StageRow) -> None:
    if not (reason or "").strip():
        raise InvalidParameter(
            f"Say why {target.name} must not wait for approvals: everybody with a part in its rule will read it.",
            field="reason",
        )
    if len(reason or "") > LONGEST_REASON:
        raise InvalidParameter(f"A reason has at most {LONGEST_REASON} characters.", field="reason")
