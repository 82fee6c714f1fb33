"""The colours of stages, wherever a page shows a stage's name."""

from flask import g

from app.stages import definitions

UNKNOWN = "grey"  # a stage that has been removed


def colour_of(name: str) -> str:
    """Returns the colour of the living stage of that name, one of `app.registry.tables.COLOURS`."""
    colours = g.get("stage_colours")
    if colours is None:
        colours = g.stage_colours = {stage.name: stage.colour for stage in definitions.all_stages()}
    return colours.get(name, UNKNOWN)
