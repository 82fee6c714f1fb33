"""Archiving a model: every version of it in one go, or none where something is in the way."""

from collections import defaultdict
from typing import NamedTuple

from sqlalchemy import bindparam, select

from app.authz.actors import Actor
from app.authz.levels import Level
from app.authz.permissions import Permission
from app.core.errors import AskFirst, InvalidState
from app.db.statements import Statement
from app.registry import access, model_lock, queries
from app.registry.queries import VersionRow
from app.registry.tables import ARCHIVED, ARCHIVED_ID, ModelVersion, Stage
from app.stages import moves, policy, requirements, rules
from app.stages.definitions import Stages
from app.stages.rules import Rule

_NOT_ARCHIVED = Statement(
    select(queries.VERSION.id, queries.VERSION.number, queries.STAGE.name)
    .join_from(ModelVersion.__table__, Stage.__table__, queries.STAGE.id == queries.VERSION.stage_id)
    .where(
        queries.VERSION.model_id == bindparam("model_id"),
        queries.VERSION.deleted_at.is_(None),
        queries.VERSION.stage_id != bindparam("archived"),
    )
    .order_by(queries.STAGE.position, queries.VERSION.number.desc())
)
_VERSIONS_NOT_ARCHIVED = Statement(
    queries.select_versions()
    .where(
        queries.VERSION.model_id == bindparam("model_id"), queries.VERSION.stage_id != bindparam("archived")
    )
    .order_by(queries.VERSION.number),
    VersionRow,
)
NAMED = 5  # how many versions a sentence names


class Plan(NamedTuple):
    """What archiving would do: the versions it moves by the stage they hold, and what is in the way of it.

    `lacking` are sentences about versions that lack what the rule wants to see, `denied` about those that
    the actor may not move without asking. `ids` has the stage of each version by its key.
    """

    numbers: dict[str, list[int]]
    denied: list[str]
    lacking: list[str]
    ids: dict[int, str]

    @property
    def in_the_way(self) -> list[str]:
        """Everything that is."""
        return self.denied + self.lacking


def plan(name: str, *, actor: Actor) -> Plan:
    """What `archive_all` would do for the actor now. Raises `NotFound`, `PermissionDenied`."""
    level = access.check(name, Permission.MODELS_REQUEST, actor)
    known = Stages()
    rule = rules.of(known.find(ARCHIVED), queries.model_id(name))
    return _plan(name, known, rule, level, actor)


def archive_all(name: str, *, comment: str | None = None, actor: Actor) -> int:
    """Archive every version of the model that is not; how many. All of it happens or nothing.

    Raises `NotFound`, `AskFirst` where the actor may not move one of them directly, and `InvalidState`
    where one lacks what the rule of Archived wants to see; both say which.
    """
    level = access.check(name, Permission.MODELS_REQUEST, actor)
    known = Stages()
    model_id = queries.model_id(name)
    model_lock.lock_model(model_id)
    rule = rules.in_force(known.find(ARCHIVED), model_id)
    found = _plan(name, known, rule, level, actor)
    if found.denied:
        first = next(iter(found.numbers.values()))[0]
        raise AskFirst(
            f"Nothing was archived. {' '.join(found.in_the_way)}", model=name, number=first, stage=ARCHIVED
        )
    if found.lacking:
        raise InvalidState(f"Nothing was archived. {' '.join(found.lacking)}")
    if found.ids:
        moves.archive_all(model_id, found.ids, actor=actor, comment=comment)
    return len(found.ids)


def _plan(name: str, known: Stages, rule: Rule, level: Level, actor: Actor) -> Plan:
    model_id = queries.model_id(name)
    numbers: dict[str, list[int]] = defaultdict(list)
    ids = {}
    for version_id, number, stage in _NOT_ARCHIVED.rows(model_id=model_id, archived=ARCHIVED_ID):
        numbers[stage].append(number)
        ids[version_id] = stage
    denied = [
        f"{actor.name} has no right to move {_named(some)} from {stage} to {ARCHIVED} without asking."
        for stage, some in numbers.items()
        if not policy.may_move_directly(known[stage.lower()], rule, level, actor)
    ]
    return Plan(dict(numbers), denied, _lacking(model_id, rule, actor), ids)


def _lacking(model_id: int, rule: Rule, actor: Actor) -> list[str]:
    """A sentence about each version that lacks something: it is rare that one must have anything for this."""
    if not policy.is_bound(actor) or not rule.has_requirements:
        return []
    rows = _VERSIONS_NOT_ARCHIVED.rows(model_id=model_id, archived=ARCHIVED_ID)
    found = [(row, requirements.missing(row, rule)) for row in rows]
    return [f"Version {row.number} {'; '.join(missing)}." for row, missing in found if missing]


def _named(numbers: list[int]) -> str:
    if len(numbers) == 1:
        return f"version {numbers[0]}"
    if len(numbers) <= NAMED:
        return f"versions {', '.join(map(str, numbers))}"
    return f"{len(numbers)} versions, {numbers[0]} among them,"
