"""Who may move a version directly, and who may decide what others ask for."""

from collections.abc import Collection

from app.authz.actors import Actor
from app.authz.permissions import may_move
from app.core.errors import AskFirst, InvalidState
from app.registry.queries import VersionRow
from app.stages import approver_groups, requirements, rules
from app.stages.definitions import StageRow
from app.stages.rules import Rule


def is_bound(actor: Actor) -> bool:
    """Whether rules bind the actor: everybody with an account, administrators too, but not the operator."""
    return actor.account_id is not None


def may_move_directly(
    present: StageRow, rule: Rule, level: int, actor: Actor, groups: Collection[int] | None = None
) -> bool:
    """Whether the actor, of that level on the model, may move a version from `present` without asking.

    `groups` are those that the actor is in, where they were read before.
    """
    if not is_bound(actor):
        return True
    if not rule.must_ask and may_move(level, present.level, rule.stage.level):
        return True
    return approver_groups.is_in(actor, rule.direct_groups, groups)


def may_decide(
    present: StageRow, rule: Rule, level: int, actor: Actor, groups: Collection[int] | None = None
) -> bool:
    """Whether the actor's approval counts for a version in `present`, if they did not ask themselves."""
    if not is_bound(actor):
        return True
    if rule.approver_groups:
        return approver_groups.is_in(actor, rule.approver_groups, groups)
    return may_move(level, present.level, rule.stage.level)


def check_direct(row: VersionRow, present: StageRow, rule: Rule, level: int, actor: Actor) -> None:
    """Raise `AskFirst` unless the actor may move the version directly, `InvalidState` where it lacks something."""
    if not is_bound(actor):
        return
    if not may_move_directly(present, rule, level, actor):
        raise AskFirst(
            f"{actor.name} has no right to move version {row.number} of {row.name} from {present.name} to "
            f"{rule.stage.name} without asking. {rules.words(rule, present)}",
            model=row.name,
            number=row.number,
            stage=rule.stage.name,
        )
    check_requirements(row, rule)


def check_requirements(row: VersionRow, rule: Rule) -> None:
    """Raise `InvalidState` where the version lacks what the rule wants to see."""
    lacking = requirements.missing(row, rule)
    if lacking:
        raise InvalidState(
            f"Version {row.number} of {row.name} cannot go to {rule.stage.name} yet: "
            f"it {'; it '.join(lacking)}."
        )
