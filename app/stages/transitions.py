"""The newest version in each stage, and the verb that moves a version from one stage to another directly."""

from collections.abc import Sequence

from app.authz.actors import Actor
from app.authz.permissions import Permission
from app.registry import access, queries
from app.registry.queries import VersionRow
from app.registry.tables import ARCHIVED, NONE
from app.stages import model_names, moves, policy, rules
from app.stages.definitions import StageRow, Stages
from app.stages.errors import StageNotActive, VersionMoved


def latest(name: str, stages: Sequence[str] = ()) -> list[VersionRow]:
    """Returns the newest version in each of the stages named, or in every stage, in the order of their numbers.

    Raises `ModelNotFound`, and `UnknownStage` for a name that no stage has.
    """
    by_stage = {row.stage.lower(): row for row in queries.latest_of(name)}
    wanted = {stage.lower() for stage in stages} or by_stage.keys()
    if not wanted <= by_stage.keys():  # the stage of a version exists; only others need to be looked up
        known = Stages()
        for stage in stages:
            known.find(stage)
    return [row for stage, row in by_stage.items() if stage in wanted]


def transition(
    name: str,
    number: int | str,
    stage: str,
    *,
    archive_others: bool = False,
    actor: Actor,
    comment: str | None = None,
    seen_stage: str | None = None,
) -> VersionRow:
    """Moves a version to a stage; with `archive_others`, every other version in that stage is archived.

    All of it happens or none, and nothing that the stage's rule forbids (`app.stages.rules`). To move
    a version to where it is changes nothing but its time.
    Raises `NotFound`, `UnknownStage`, `StageNotActive` for a stage whose versions cannot be archived,
    `VersionMoved` when the version has left `seen_stage`, which the actor saw it in, `RequestNeeded` (a
    `PermissionDenied`) for an actor who may not do this directly but may request it, and
    `RequirementsMissing` for a version that lacks what the rule requires.
    """
    known = Stages()
    target = known.find(stage)
    if archive_others:
        check_archiving(known, target, stage)
    level = access.check(name, Permission.MODELS_REQUEST, actor)
    row = queries.locked_version(name, number)
    rule = rules.in_force(target, row.model_id)
    policy.check_direct(row, known[row.stage.lower()], rule, level, actor)
    if seen_stage is not None and seen_stage != row.stage:
        raise VersionMoved(name, row.number, row.stage)
    if target.name != row.stage:
        model_names.check_no_fallback(row, known[row.stage.lower()], level, actor)
    return moves.move(
        row, target, archive_others=archive_others or rule.is_exclusive, actor=actor, comment=comment
    )


def check_archiving(known: Stages, target: StageRow, stage: str) -> None:
    """Raises `StageNotActive` for a stage, named so by the client, whose versions cannot be archived."""
    if target.name in (NONE, ARCHIVED):
        active = [
            known_stage.name for known_stage in known.values() if known_stage.name not in (NONE, ARCHIVED)
        ]
        raise StageNotActive(stage, active)
