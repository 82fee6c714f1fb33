"""Which colour a stage has: the pages paint it so wherever its name stands."""

from flask import g

from app.stages import definitions

UNKNOWN = "grey"  # a stage that was removed since


def colour_of(name: str) -> str:
    """The colour of the living stage of that name, one of `app.registry.tables.COLOURS`."""
    colours = g.get("stage_colours")
    if colours is None:
        colours = g.stage_colours = {stage.name: stage.colour for stage in definitions.all_stages()}
    return colours.get(name, UNKNOWN)
