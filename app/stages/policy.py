"""Who may move a version directly, and who may decide the requests of others."""

from collections.abc import Collection

from app import manifests
from app.authz.actors import Actor
from app.authz.permissions import may_move
from app.manifests.tables import PENDING, UNREADABLE
from app.registry.queries import VersionRow
from app.registry.tables import ARCHIVED, NONE
from app.stages import approver_groups, requirements, rules
from app.stages.definitions import StageRow
from app.stages.errors import FilesNotApprovable, RequestNeeded, RequirementsMissing
from app.stages.rules import EffectiveRule


def is_bound(actor: Actor) -> bool:
    """Returns whether rules bind the actor: everybody with an account, administrators too, but not the operator."""
    return actor.account_id is not None


def may_move_directly(
    present: StageRow, rule: EffectiveRule, level: int, actor: Actor, groups: Collection[int] | None = None
) -> bool:
    """Returns whether the actor, of that level on the model, may move a version from `present` without a request.

    `groups` are those that the actor is in, where they were read before.
    """
    if not is_bound(actor):
        return True
    if not rule.must_request and may_move(level, present.level, rule.stage.level):
        return True
    return approver_groups.is_in(actor, rule.direct_groups, groups)


def may_decide(
    present: StageRow, rule: EffectiveRule, level: int, actor: Actor, groups: Collection[int] | None = None
) -> bool:
    """Returns whether the actor's approval counts for a version in `present`, unless the request is their own."""
    if not is_bound(actor):
        return True
    if rule.approver_groups:
        return approver_groups.is_in(actor, rule.approver_groups, groups)
    return may_move(level, present.level, rule.stage.level)


def check_direct(row: VersionRow, present: StageRow, rule: EffectiveRule, level: int, actor: Actor) -> None:
    """Raises `RequestNeeded` unless the actor may move the version directly, else as `check_requirements`."""
    if not is_bound(actor):
        return
    if not may_move_directly(present, rule, level, actor):
        raise RequestNeeded(
            model=row.name,
            number=row.number,
            present=present.name,
            stage=rule.stage.name,
            actor=actor.name,
            rule=rules.describe(rule, present),
        )
    if rule.stage.name not in (NONE, ARCHIVED):
        check_files(row)
    check_requirements(row, rule)


def check_files(row: VersionRow, *, decides: bool = False) -> None:
    """Raises `FilesNotApprovable` where the version's files are not those that were registered.

    For a decision they must have a digest, too, unless they are elsewhere: nobody approves what is not known.
    """
    content = manifests.of_version(row.id)
    if content.mismatch_at is not None:
        raise FilesNotApprovable(row.name, row.number, "mismatched")
    if decides and content.state in (PENDING, UNREADABLE):
        raise FilesNotApprovable(row.name, row.number, content.state)


def check_requirements(row: VersionRow, rule: EffectiveRule) -> None:
    """Raises `RequirementsMissing` where the version lacks what the rule requires."""
    lacking = requirements.missing(row, rule)
    if lacking:
        raise RequirementsMissing(row.name, row.number, rule.stage.name, lacking)
