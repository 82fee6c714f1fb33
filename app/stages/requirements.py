"""What a rule requires of the version itself: checks, description, schema, tags."""

from collections.abc import Mapping

from app import artifacts
from app.artifacts import mlmodel
from app.core.errors import GreenroomError
from app.registry.queries import VersionRow
from app.stages import checks
from app.stages.missing_requirements import (
    CheckNotPassed,
    DescriptionMissing,
    MissingRequirement,
    SchemaMissing,
    TagMissing,
)
from app.stages.rules import EffectiveRule


def missing(
    row: VersionRow, rule: EffectiveRule, states: Mapping[str, str] | None = None
) -> list[MissingRequirement]:
    """Returns what the rule requires and the version lacks; the doors have a clause for each kind.

    `states` are those of its checks, where they were read before.
    """
    if not rule.has_requirements:
        return []
    lacking: list[MissingRequirement] = []
    if rule.checks:
        states = checks.states(row.id) if states is None else states
        for name in rule.checks:
            state = states.get(name)
            if state != "passed":
                lacking.append(CheckNotPassed(name, state))
    if rule.needs_description and not (row.description or "").strip():
        lacking.append(DescriptionMissing())
    if rule.needs_schema and not _has_schema(row):
        lacking.append(SchemaMissing())
    lacking += [TagMissing(tag) for tag in rule.tags if not row.tags.get(tag, "").strip()]
    return lacking


def _has_schema(row: VersionRow) -> bool:
    # A file elsewhere is never opened: a version that lies elsewhere has no schema here.
    if row.storage is None:
        return False
    try:
        file = mlmodel.read_mlmodel(artifacts.parse(row.storage))
    except (GreenroomError, OSError):
        return False
    return file is not None and bool(file.inputs or file.outputs)
