"""Greenroom's calls on the list of stages: a file that declares them can be sent again and again."""

from types import SimpleNamespace

from app.api.errors import StageLevelUnknown
from app.api.fields import Text, Whole
from app.api.presenters.permissions import LEVELS
from app.api.routing import call
from app.authz.permissions import Permission
from app.http.application import current_actor
from app.stages import declare, definitions, settings
from app.stages.definitions import StageRow

PATH = "/greenroom/stages"
_BY_NAME = {name: level for level, name in LEVELS.items()}


@call("GET", PATH, Permission.MODELS_READ, Text(name="stage"))
def get_stages(args: SimpleNamespace) -> dict:
    """Returns the stage of that name, or all of them in their order."""
    if args.stage is not None:
        return {"stage": present_stage(definitions.find(args.stage))}
    return {"stages": [present_stage(stage) for stage in definitions.all_stages()]}


@call(
    "PUT",
    PATH,
    Permission.SETTINGS,
    Text(name="stage", required=True),
    Text(name="purpose"),
    Text(name="level"),
    Whole(name="position"),
    Text(name="colour"),
    Text(name="seen"),
)
def put_stage(args: SimpleNamespace) -> dict:
    """Creates the stage or changes the one of that name; what is left out stays as it is."""
    if args.level is not None and args.level not in _BY_NAME:
        raise StageLevelUnknown(list(_BY_NAME))
    stage = declare.put(
        args.stage,
        purpose=args.purpose,
        level=None if args.level is None else int(_BY_NAME[args.level]),
        position=args.position,
        colour=args.colour,
        seen=args.seen,
        actor=current_actor(),
    )
    return {"stage": present_stage(stage)}


@call("DELETE", PATH, Permission.SETTINGS, Text(name="stage", required=True), Text(name="to"))
def delete_stage(args: SimpleNamespace) -> dict:
    """Removes the stage; the versions in it go to the stage `to`. One that does not exist is no error."""
    if args.stage.lower() in definitions.Stages():
        settings.remove(args.stage, to=args.to, actor=current_actor())
    return {}


def present_stage(stage: StageRow) -> dict:
    """Returns a stage as its calls take and answer it."""
    return {
        "stage": stage.name,
        "purpose": stage.purpose,
        "level": LEVELS[stage.level],  # type: ignore[index]  # a level of the scale is an int of it
        "position": declare.position_of(stage),
        "colour": stage.colour,
        "etag": stage.token,
    }
