"""Which colour a stage has: the pages paint it so wherever its name stands."""

from flask import g

from app.registry import stage_rows

UNKNOWN = "grey"  # a stage that was removed since


def colour_of(name: str) -> str:
    """The colour of the living stage of that name, one of `app.registry.models.COLOURS`."""
    colours = g.get("stage_colours")
    if colours is None:
        colours = g.stage_colours = {stage.name: stage.colour for stage in stage_rows.every()}
    return colours.get(name, UNKNOWN)
