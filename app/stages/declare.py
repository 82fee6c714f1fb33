"""Declares stages as they shall be, so that a list of them can live in a file: the same again changes nothing."""

from app.authz.actors import Actor
from app.stages import definitions, settings
from app.stages.definitions import StageRow, Stages
from app.stages.errors import InvalidStagePosition, StageChanged


def put(
    name: str,
    *,
    purpose: str | None = None,
    level: int | None = None,
    position: int | None = None,
    colour: str | None = None,
    seen: str | None = None,
    actor: Actor,
) -> StageRow:
    """Creates the stage, or gives the one of that name what is not None; returns it.

    `position` counts from 1 in the order of the stages; a new stage without one comes before Archived. `seen` is
    the `StageRow.token` of the stage that the actor knows. Raises as `app.stages.settings.create` and `change`,
    `InvalidStagePosition`, and `StageChanged` also where a stage that was seen is gone.
    """
    known = Stages().get(name.lower())
    given = {
        key: value
        for key, value in {"purpose": purpose, "level": level, "colour": colour}.items()
        if value is not None
    }
    if known is None:
        if seen is not None:
            raise StageChanged(name)
        stage = settings.create(name, **given, actor=actor)  # type: ignore[arg-type]
    else:
        stage = settings.change(name, **given, seen=seen, actor=actor)  # type: ignore[arg-type]
    if position is not None:
        _place(stage, position, actor)
    return stage


def position_of(stage: StageRow) -> int:
    """Returns the place of the stage in the order of all, from 1."""
    return definitions.names().index(stage.name) + 1


def _place(stage: StageRow, position: int, actor: Actor) -> None:
    names = definitions.names()
    if not 1 <= position <= len(names):
        raise InvalidStagePosition(len(names))
    names.remove(stage.name)
    names.insert(position - 1, stage.name)
    settings.reorder(names, actor=actor)
