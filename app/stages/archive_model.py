"""Archiving a model: every version of it at once, or none where something stands in the way."""

from collections import defaultdict
from typing import NamedTuple

from sqlalchemy import bindparam, select

from app.authz.actors import Actor
from app.authz.levels import Level
from app.authz.permissions import Permission
from app.core.ids import RegisteredModelId
from app.db.statements import Statement
from app.registry import access, model_lock, queries
from app.registry.queries import VersionRow
from app.registry.tables import ARCHIVED, ARCHIVED_ID, ModelVersion, Stage
from app.stages import moves, policy, requirements, rules
from app.stages.definitions import Stages
from app.stages.errors import ArchivingLacksRequirements, ArchivingNeedsRequests
from app.stages.missing_requirements import MissingRequirement
from app.stages.rules import EffectiveRule


class _StagedVersion(NamedTuple):
    """A version that is not archived, and the stage it is in."""

    id: int
    number: int
    stage: str


_NOT_ARCHIVED = Statement(
    select(queries.VERSION.id, queries.VERSION.number, queries.STAGE.name.label("stage"))
    .join_from(ModelVersion.__table__, Stage.__table__, queries.STAGE.id == queries.VERSION.stage_id)
    .where(
        queries.VERSION.model_id == bindparam("model_id"),
        queries.VERSION.deleted_at.is_(None),
        queries.VERSION.stage_id != bindparam("archived"),
    )
    .order_by(queries.STAGE.position, queries.VERSION.number.desc()),
    _StagedVersion,
)
_NOT_ARCHIVED_WHOLE = Statement(
    queries.select_versions()
    .where(queries.VERSION.model_id == bindparam("model_id"), queries.VERSION.stage_id != ARCHIVED_ID)
    .order_by(queries.VERSION.number),
    VersionRow,
)


class Plan(NamedTuple):
    """What archiving would do: the versions it moves by the stage they are in, and what stands in its way.

    `needs_request` are those of them, by stage, that the actor may not move directly; `lacking` is what single
    versions lack of what the rule of Archived requires, by number. `ids` has the stage of each version by key.
    """

    numbers: dict[str, list[int]]
    needs_request: dict[str, list[int]]
    lacking: dict[int, list[MissingRequirement]]
    ids: dict[int, str]

    @property
    def is_blocked(self) -> bool:
        """Whether anything stands in the way."""
        return bool(self.needs_request or self.lacking)


def plan(name: str, *, actor: Actor) -> Plan:
    """Returns what `archive_all` would do for the actor now. Raises `ModelNotFound`, `PermissionDenied`."""
    level = access.check(name, Permission.MODELS_REQUEST, actor)
    known = Stages()
    model_id = queries.model_id(name)
    return _plan(model_id, known, rules.of(known.find(ARCHIVED), model_id), level, actor)


def archive_all(name: str, *, comment: str | None = None, actor: Actor) -> int:
    """Archives every version of the model that is not archived; returns how many. All of it happens or nothing.

    Raises `ModelNotFound`, `ArchivingNeedsRequests` where the actor may not move one of them directly, and
    `ArchivingLacksRequirements` where one lacks what the rule of Archived requires.
    """
    level = access.check(name, Permission.MODELS_REQUEST, actor)
    known = Stages()
    model_id = queries.model_id(name)
    model_lock.lock_model(model_id)
    rule = rules.in_force(known.find(ARCHIVED), model_id)
    plan = _plan(model_id, known, rule, level, actor)
    if plan.needs_request:
        first = next(iter(plan.numbers.values()))[0]
        raise ArchivingNeedsRequests(name, first, ARCHIVED, plan.needs_request, plan.lacking)
    if plan.lacking:
        raise ArchivingLacksRequirements(plan.lacking)
    if plan.ids:
        moves.archive_all(model_id, plan.ids, actor=actor, comment=comment)
    return len(plan.ids)


def _plan(
    model_id: RegisteredModelId, known: Stages, rule: EffectiveRule, level: Level, actor: Actor
) -> Plan:
    numbers: dict[str, list[int]] = defaultdict(list)
    ids = {}
    for version in _NOT_ARCHIVED.rows(model_id=model_id, archived=ARCHIVED_ID):
        numbers[version.stage].append(version.number)
        ids[version.id] = version.stage
    needs_request = {
        stage: in_stage
        for stage, in_stage in numbers.items()
        if not policy.may_move_directly(known[stage.lower()], rule, level, actor)
    }
    return Plan(dict(numbers), needs_request, _lacking(model_id, rule, actor), ids)


def _lacking(
    model_id: RegisteredModelId, rule: EffectiveRule, actor: Actor
) -> dict[int, list[MissingRequirement]]:
    """Returns what each version lacks that lacks something; rarely does a rule require anything for archiving."""
    if not policy.is_bound(actor) or not rule.has_requirements:
        return {}
    lacking = {
        row.number: requirements.missing(row, rule) for row in _NOT_ARCHIVED_WHOLE.rows(model_id=model_id)
    }
    return {number: missing for number, missing in lacking.items() if missing}
