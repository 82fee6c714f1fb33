"""What holds each stage, and the verb by which a version is moved from one to another on anybody's call."""

from collections.abc import Sequence

from app.authz.actors import Actor
from app.authz.permissions import Permission
from app.core.errors import InvalidParameter, StaleState
from app.registry import access, queries
from app.registry.queries import VersionRow
from app.registry.tables import ARCHIVED, NONE
from app.stages import definitions, moves, policy, rules
from app.stages.definitions import StageRow, Stages

every = definitions.every
names = definitions.names

__all__ = ["StageRow", "check_archiving", "every", "latest", "names", "transition"]


def latest(name: str, stages: Sequence[str] = ()) -> list[VersionRow]:
    """The newest version in each of the stages named, or in every stage, in the order of their numbers.

    Raises `NotFound` for the model and `InvalidParameter` for a stage that there is not.
    """
    by_stage = {row.stage.lower(): row for row in queries.latest_of(name)}
    wanted = {text.lower() for text in stages} or by_stage.keys()
    if not wanted <= by_stage.keys():  # what a version holds is a stage; only others need to be looked up
        known = Stages()
        for text in stages:
            known.find(text)
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
    """Move a version to a stage; with `archive_others`, whatever else holds that stage is archived.

    All of it happens or none, and nothing that the stage's rule forbids (`app.stages.rules`). To move
    a version to where it is changes nothing but its time.
    Raises `NotFound`, `InvalidParameter` for a stage that there is not or whose holders cannot be
    archived, `StaleState` when the version has left `seen_stage`, which the actor saw it in, `AskFirst`
    (a `PermissionDenied`) for an actor who may not do this directly but may ask for it, and
    `InvalidState` for a version that lacks what the rule wants to see.
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
        raise StaleState(f"Version {row.number} of {name} has moved to {row.stage} in the meantime.")
    return moves.move(
        row, target, archive_others=archive_others or rule.is_exclusive, actor=actor, comment=comment
    )


def check_archiving(known: Stages, target: StageRow, stage: str) -> None:
    """Raise `InvalidParameter` for a stage, called so by the client, whose holders cannot be archived."""
    if target.name in (NONE, ARCHIVED):
        active = [one.name for one in known.values() if one.name not in (NONE, ARCHIVED)]
        raise InvalidParameter(
            f"Model version transition cannot archive existing model versions because '{stage}' is not an "
            f"Active stage. Valid stages are {active}",
            field="stage",
        )
