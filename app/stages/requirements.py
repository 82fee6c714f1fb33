"""What a rule requires of the version itself: checks, description, schema, tags."""

from collections.abc import Sequence

from app import artifacts
from app.artifacts import mlmodel
from app.core.errors import GreenroomError
from app.registry.queries import VersionRow
from app.stages import approver_groups, checks
from app.stages.checks import CheckReporter, CheckRow
from app.stages.missing_requirements import (
    CheckNotPassed,
    DescriptionMissing,
    MissingRequirement,
    SchemaMissing,
    TagMissing,
)
from app.stages.rules import EffectiveRule


def missing(
    row: VersionRow, rule: EffectiveRule, reported: Sequence[CheckRow] | None = None
) -> list[MissingRequirement]:
    """Returns what the rule requires and the version lacks; the doors have a clause for each kind.

    `reported` are its checks, where they were read before.
    """
    if not rule.has_requirements:
        return []
    lacking: list[MissingRequirement] = []
    if rule.checks:
        by_name = {
            check.name: check for check in (checks.of_version(row.id) if reported is None else reported)
        }
        reporters = {reporter.check: reporter for reporter in rule.reporters}
        for name in rule.checks:
            not_passed = _not_passed(name, by_name.get(name), reporters.get(name))
            if not_passed is not None:
                lacking.append(not_passed)
    if rule.needs_description and not (row.description or "").strip():
        lacking.append(DescriptionMissing())
    if rule.needs_schema and not _has_schema(row):
        lacking.append(SchemaMissing())
    lacking += [TagMissing(tag) for tag in rule.tags if not row.tags.get(tag, "").strip()]
    return lacking


def _not_passed(name: str, check: CheckRow | None, reporter: CheckReporter | None) -> CheckNotPassed | None:
    if check is not None and reporter is not None and not _is_by(check, reporter):
        return CheckNotPassed(name, None, reporter=reporter.name)
    if check is None:
        return CheckNotPassed(name, None, reporter=reporter.name if reporter else None)
    if check.state == "passed":
        return None
    return CheckNotPassed(name, check.state, is_of_other_files=not check.is_of_present_files)


def _is_by(check: CheckRow, reporter: CheckReporter) -> bool:
    """Returns whether the check came from its reporter; the operator, without an account, is nobody's reporter."""
    if check.actor_id is None:
        return False
    if reporter.group_id is not None:
        return check.actor_id in approver_groups.members([reporter.group_id])
    return check.actor_id == reporter.account_id


def _has_schema(row: VersionRow) -> bool:
    # A file elsewhere is never opened: a version that lies elsewhere has no schema here.
    if row.storage is None:
        return False
    try:
        file = mlmodel.read_mlmodel(artifacts.parse(row.storage))
    except (GreenroomError, OSError):
        return False
    return file is not None and bool(file.inputs or file.outputs)
