"""What a rule wants to see of the version itself: checks, description, schema, tags."""

from collections.abc import Mapping

from app import artifacts
from app.artifacts import mlmodel
from app.core.errors import GreenroomError
from app.registry.queries import VersionRow
from app.stages import checks
from app.stages.rules import Rule


def missing(row: VersionRow, rule: Rule, states: Mapping[str, str] | None = None) -> list[str]:
    """What the version lacks, each as the end of a sentence about it ("has no description").

    `states` are those of its checks, where they were read before.
    """
    if not rule.has_requirements:
        return []
    found = []
    if rule.checks:
        states = checks.states(row.id) if states is None else states
        for name in rule.checks:
            state = states.get(name)
            if state != "passed":
                found.append(f"has not passed the check {name} ({_STATES[state]})")
    if rule.needs_description and not (row.description or "").strip():
        found.append("has no description")
    if rule.needs_schema and not _has_schema(row):
        found.append("has no schema that can be read here")
    found += [f"has no tag {tag}" for tag in rule.tags if not row.tags.get(tag, "").strip()]
    return found


_STATES = {None: "which nobody has reported", "pending": "which is pending", "failed": "which has failed"}


def _has_schema(row: VersionRow) -> bool:
    # A file elsewhere is never opened: a version that lies elsewhere has no schema here.
    if row.storage is None:
        return False
    try:
        file = mlmodel.read_mlmodel(artifacts.parse(row.storage))
    except (GreenroomError, OSError):
        return False
    return file is not None and bool(file.inputs or file.outputs)
